"""Certificates to be looked at because a result behind them was changed."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.lib.language import local
from lms.lib.listing import csv_response, paginate

from ..forms import LookForm
from ..models import ResultNotice
from ..permissions import user_can_change_status, user_can_look_at, user_sees_register, visible_notices

ROWS = 50
WITH = (
    "certificate__organisation", "certificate__award__enrolment", "before", "result__assignment__item", "result__submission",
    "looked_by",
)  # fmt: skip


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What waits to be looked at, or was, 50 on a page, as CSV. A constant number of queries."""
    if not user_sees_register(request.user):
        raise PermissionDenied
    rows = visible_notices(request.user).select_related(*WITH)
    state, verdict = request.GET.get("state", "open"), request.GET.get("verdict", "")
    if state in ("open", "done"):
        rows = rows.filter(looked_at__isnull=state == "open")
    if verdict in ResultNotice.Verdict.values:
        rows = rows.filter(verdict=verdict)
    if request.GET.get("format") == "csv":
        headings = [
            _("Certificate number"), _("Holder"), _("Training base"), _("Case"), _("Points before"), _("Points after"),
            _("How it stands"), _("Changed"), _("Looked at"), _("What was found"),
        ]  # fmt: skip
        lines = (
            [row.certificate.number, row.certificate.holder_name, local(row.certificate.organisation, "name"),
             local(row.result.assignment.item, "title"), row.before.total, row.result.total, row.get_verdict_display(),
             _day(row.noticed_at), _day(row.looked_at), row.note]
            for row in rows
        )  # fmt: skip
        return csv_response(f"certificates-to-look-at-{localdate():%Y%m%d}.csv", headings, lines)
    context = {
        "page": paginate(request, rows, ROWS), "state": state, "verdict": verdict, "verdicts": ResultNotice.Verdict.choices
    }  # fmt: skip
    return render(request, "certificates/notice_list.html", context)


def _day(moment) -> str:
    return f"{localtime(moment):%Y-%m-%d}" if moment else ""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One of them: what changed, how the certificate stands today, and what was found."""
    notice = visible_notices(request.user).select_related(*WITH, "certificate__award__rule").filter(uuid=uuid).first()
    if notice is None:
        raise Http404
    form = LookForm(request.POST or None)
    if request.method == "POST":
        if not user_can_look_at(request.user, notice):
            raise PermissionDenied
        if form.is_valid():
            notice.look(note=form.cleaned_data["note"], by=request.user, at=now())
            messages.success(request, _("Recorded."))
            return redirect("certificate_notices")
    waits = notice.looked_at is None and user_can_look_at(request.user, notice)
    context = {
        "notice": notice, "today": ResultNotice.verdict_on(notice.certificate), "form": form if waits else None,
        "changes_status": user_can_change_status(request.user, notice.certificate),
    }  # fmt: skip
    return render(request, "certificates/notice.html", context, status=422 if form.errors else 200)
