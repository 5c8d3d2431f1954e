"""Appeals at the base: the list, one appeal with its two decisions, and the fresh assessor's turn."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Role
from accounts.permissions import organisation_ids
from lms.lib.audit import log
from lms.lib.listing import csv_response, paginate
from training.models import Cohort

from ..appeal_forms import DecisionForm, FormalForm
from ..appeals import steps_of
from ..models import Appeal
from ..permissions import (
    OF_APPEAL,
    appeals_of,
    get_base_appeal,
    user_decides_appeal,
    user_decides_form,
    user_handles_appeals,
    user_is_assessor,
    user_sees_appellant,
)  # fmt: skip
from .appeals import serve_file

ROWS = 50


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The appeals of the person's bases by state, deadline and cohort, 50 on a page, as CSV. A constant number of queries."""
    if not user_handles_appeals(request.user):
        raise PermissionDenied
    at = now()
    rows = appeals_of(request.user).select_related(*OF_APPEAL).order_by("-lodged_at", "-pk")
    cohorts = list(Cohort.objects.filter(enrolments__results__appeal__in=appeals_of(request.user)).distinct().order_by("code"))
    state, chosen = request.GET.get("state", "open"), request.GET.get("cohort", "")
    if state == "open":
        rows = rows.open()
    elif state == "overdue":
        rows = rows.overdue(at)
    elif state in Appeal.Status.values:
        rows = rows.filter(status=state)
    if cohort := next((found for found in cohorts if str(found.uuid) == chosen), None):
        rows = rows.filter(result__enrolment__cohort=cohort)
    named = organisation_ids(request.user, Role.REGISTRAR)
    if request.GET.get("format") == "csv":
        return _export(request, rows, named, at)
    page = paginate(request, rows, ROWS)
    for appeal in page:
        enrolment = appeal.result.enrolment
        appeal.who = enrolment.user.full_name if enrolment.cohort.organisation_id in named else enrolment.anonymous_code
        appeal.late = appeal.is_overdue(at)
    context = {"page": page, "state": state, "cohorts": cohorts, "chosen": chosen, "states": Appeal.Status.choices}
    return render(request, "assessments/appeal_list.html", context)


def _export(request: HttpRequest, rows, named: set[int], at) -> HttpResponse:
    """The filtered list. Personal data for registrars, so it is logged for each base; moderators get codes."""
    found = list(rows)
    cohorts = {appeal.result.enrolment.cohort.organisation_id: appeal.result.enrolment.cohort for appeal in found}
    for cohort in cohorts.values():
        log(cohort, "assessments.appeal.export", by=request.user, organisation=cohort.organisation, count=len(found))

    def day(value) -> str:
        return f"{localtime(value):%Y-%m-%d %H:%M}" if value else ""

    lines = []
    for appeal in found:
        enrolment = appeal.result.enrolment
        who = enrolment.user.full_name if enrolment.cohort.organisation_id in named else enrolment.anonymous_code
        lines.append([
            who, enrolment.cohort.code, appeal.result.assignment.item.title, appeal.get_ground_display(),
            appeal.get_status_display(), day(appeal.lodged_at), appeal.due_day or "", _("yes") if appeal.is_overdue(at) else "",
            appeal.result.total, appeal.new_result.total if appeal.new_result else None,
        ])  # fmt: skip
    headings = [
        _("Trainee"), _("Cohort"), _("Case"), _("Ground"), _("State"), _("Lodged"), _("Decision due"), _("Overdue"),
        _("Result"), _("New result"),
    ]  # fmt: skip
    return csv_response(f"appeals-{at:%Y%m%d}.csv", headings, lines)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One appeal of the base, and the decision that is next: on form, or on the appeal itself."""
    appeal = get_base_appeal(request.user, uuid)
    if request.method == "POST":
        kind = "formal" if "admit" in request.POST else "decision"
        may = user_decides_form if kind == "formal" else user_decides_appeal
        if not may(request.user, appeal):
            raise PermissionDenied
        form = FormalForm(request.POST) if kind == "formal" else DecisionForm(request.POST)
        if form.is_valid():
            _decide(request, appeal, form)
            return redirect("appeal_detail", uuid)
        return _detail_page(request, appeal, form)
    return _detail_page(request, appeal)


def _decide(request: HttpRequest, appeal: Appeal, form: FormalForm | DecisionForm) -> None:
    data, at = form.cleaned_data, now()
    if isinstance(form, DecisionForm):
        appeal.decide(upheld=data["outcome"] == "upheld", reason=data["reason"], by=request.user, at=at)
        messages.success(request, _("Decided. The trainee gets an e-mail."))
    elif data["admit"] == "yes":
        appeal.admit(reason=data["reason"], by=request.user, at=at)
        messages.success(request, _("Admitted. The work waits for a fresh assessor."))
    else:
        appeal.reject(reason=data["reason"], by=request.user, at=at)
        messages.success(request, _("Not admitted. The trainee gets an e-mail."))


def _detail_page(request: HttpRequest, appeal: Appeal, form=None) -> HttpResponse:
    states = Appeal.Status
    mark = appeal.fresh_mark()
    context = {
        "appeal": appeal,
        "steps": steps_of(appeal),
        "overdue": appeal.is_overdue(now()),
        "item": appeal.result.assignment.item,
        "enrolment": appeal.result.enrolment,
        "named": user_sees_appellant(request.user, appeal),
        "mark": mark,
        "outcome": appeal.outcome() if appeal.status == states.MARKED else None,
        "form": form,
    }
    if form is None and appeal.status == states.LODGED and user_decides_form(request.user, appeal):
        context["form"] = FormalForm()
    if form is None and appeal.status == states.MARKED and user_decides_appeal(request.user, appeal):
        context["form"] = DecisionForm()
    return render(request, "assessments/appeal_detail.html", context, status=422 if form is not None else 200)


@login_required
@require_safe
def file(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The file of an appeal of the base."""
    return serve_file(get_base_appeal(request.user, uuid))


@login_required
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Take the most urgent appeal to mark afresh; who holds one already goes on with that one."""
    if not user_is_assessor(request.user):
        raise PermissionDenied
    turn = Appeal.take_next(request.user, at=now())
    if turn is None:
        messages.info(request, _("No appeal is waiting to be marked afresh by you."))
        return redirect("marking_queue")
    return redirect(turn)
