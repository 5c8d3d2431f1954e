"""The audit log: everything for officers, the own base for registrars."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from lms.lib.audit import log
from lms.lib.listing import csv_response, paginate

from .. import audit
from ..forms import AuditFilterForm
from ..models import Organisation, User
from ..permissions import audit_scope

EXPORT_ROWS = 20_000


@login_required
@require_safe
def audit_log(request: HttpRequest) -> HttpResponse:
    """Filter by action, person (their UUID: no names in addresses) and days; `?export=csv` gives the same as CSV."""
    scope = audit_scope(request.user)
    if scope is not None and not scope:
        raise PermissionDenied
    form = AuditFilterForm(request.GET, actions=audit.actions(), people=_people(scope))
    wanted: dict = {}
    if form.is_valid():
        data = form.cleaned_data
        wanted = {"action": data["action"], "since": data["since"], "until": data["until"]}
        if data["person"]:
            wanted["person"] = User.objects.filter(uuid=data["person"]).first() or User(pk=0)
    rows = audit.entries(scope, **wanted)
    if request.GET.get("export") == "csv" and form.is_valid():
        return _export(request, scope, rows[:EXPORT_ROWS])
    page = paginate(request, rows, 50)
    page.object_list = audit.readable(page.object_list)
    context = {"form": form, "page": page, "sees_all": scope is None}
    return render(request, "accounts/audit_log.html", context)


def _people(scope: set[int] | None) -> list[tuple[str, str]]:
    """People with a role in the scope, for the filter; anybody else is reached by the link on their name."""
    people = User.objects.filter(memberships__isnull=False)
    if scope is not None:
        people = people.filter(memberships__organisation__in=scope)
    named = people.distinct().order_by("full_name").values_list("uuid", "full_name")
    return [(str(uuid), name) for uuid, name in named]


def _export(request: HttpRequest, scope: set[int] | None, rows) -> HttpResponse:
    organisation = Organisation.objects.filter(pk=min(scope)).first() if scope else None
    log(request.user, "accounts.audit.export", by=request.user, organisation=organisation)
    headings = [
        _("Time"), pgettext("audit log", "Action"), _("Person"), _("Object"), _("Organisation"), _("Details"),
    ]  # fmt: skip
    cells = (
        [
            timezone.localtime(entry.at).isoformat(timespec="seconds"), entry.action,
            entry.person.full_name if entry.person else "", entry.label, entry.organisation or "",
            "; ".join(f"{key}: {value}" for key, value in entry.details),
        ]
        for entry in audit.readable(rows)
    )  # fmt: skip
    return csv_response("audit-log.csv", headings, cells)
