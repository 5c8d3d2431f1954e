"""Declared conflicts of interest: one's own, and for registrars and officers those of the people they answer for."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.listing import csv_response, paginate

from ..conflict_forms import ConflictForm
from ..models import Conflict
from ..oversight_permissions import conflicts_of, user_declares_conflicts, user_sees_conflicts

ROWS = 50


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest) -> HttpResponse:
    """What one declared, and the form for another."""
    if not user_declares_conflicts(request.user):
        raise PermissionDenied
    form = ConflictForm(request.POST if request.method == "POST" else None, judge=request.user)
    if request.method == "POST" and form.is_valid():
        Conflict.declare(request.user, at=now(), **form.cleaned_data)
        messages.success(request, _("Kept. No work that this concerns is given to you while it holds."))
        return redirect("conflicts")
    page = paginate(request, Conflict.objects.filter(declared_by=request.user).select_related("cohort", "base"), ROWS)
    for row in page:
        row.now = row.holds(now())
    context = {"form": form, "page": page}
    return render(request, "assessments/conflicts.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask, then end one's own declaration. A second click finds it ended."""
    found = Conflict.objects.select_related("cohort", "base").filter(uuid=uuid, declared_by=request.user).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        try:
            found.end(by=request.user, at=now())
            messages.success(request, _("Ended."))
        except WrongState as late:
            messages.info(request, late.message)
        return redirect("conflicts")
    return render(request, "assessments/conflict_end.html", {"conflict": found})


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What the people of the base, or of every base, declared: by name, kind and whether it holds, as CSV. Five queries."""
    if not user_sees_conflicts(request.user):
        raise PermissionDenied
    at = now()
    rows = conflicts_of(request.user).select_related("declared_by", "cohort", "base").order_by("-declared_at", "-pk")
    state, name, kind = (request.GET.get(key, "").strip() for key in ("state", "name", "kind"))
    if name:
        rows = rows.filter(Q(declared_by__full_name__icontains=name) | Q(declared_by__email__icontains=name))
    if kind in ("person", "employer"):
        rows = rows.exclude(**{kind: ""})
    elif kind in ("cohort", "base"):
        rows = rows.exclude(**{kind: None})
    holding = Conflict.objects.holding(at).values("pk")
    if state == "holding":
        rows = rows.filter(pk__in=holding)
    elif state == "over":
        rows = rows.exclude(pk__in=holding)
    if request.GET.get("format") == "csv":
        found = list(rows)
        for organisation in {membership.organisation for membership in request.user.active_memberships}:
            log(organisation, "assessments.conflict.export", by=request.user, organisation=organisation, count=len(found))
        lines = (
            [row.declared_by.full_name, row.target, row.reason, row.since, row.until or "",
             localdate(row.declared_at), _("yes") if row.holds(at) else _("no")]
            for row in found
        )  # fmt: skip
        headings = [_("Declared by"), _("Conflict with"), _("Reason"), _("From"), _("Until"), _("Declared on"), _("Holds")]
        return csv_response(f"conflicts-{at:%Y%m%d}.csv", headings, lines)
    page = paginate(request, rows, ROWS)
    for row in page:
        row.now = row.holds(at)
    context = {"page": page, "state": state, "name": name, "kind": kind}
    return render(request, "assessments/conflict_list.html", context)
