"""Regrades: the list, the draft that comes out of a what-if, the preview, and the steps of two people."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib.audit import log
from lms.lib.jobs.models import Job
from lms.lib.language import local
from lms.lib.listing import csv_response, paginate
from training.models import Cohort

from ..corrections import criteria_of
from ..gradebook_files import word_of
from ..models import Assignment, RegradeBatch, RegradeLine, RegradeTerms
from ..permissions import (
    get_gradebook_cohort,
    get_regrade,
    regrades_of,
    user_can_change_regrade,
    user_can_decide_regrade,
    user_can_simulate_policy,
    user_sees_regraded_names,
    user_sees_regrades,
    user_sets_regrade_terms,
)
from ..regrading import as_json, in_words, simulate
from ..whatif_form import ReasonForm, RegradeForm

ROWS = 50
ASK = ["GET", "HEAD", "POST"]


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The regrades that the person sees, latest first, by state and cohort, as CSV. A constant number of queries."""
    if not user_sees_regrades(request.user):
        raise PermissionDenied
    rows = regrades_of(request.user).select_related("organisation", "edition", "cohort", "drafted_by", "decided_by", "reverses")
    cohorts = list(Cohort.objects.filter(regrades__in=regrades_of(request.user)).distinct().order_by("code"))
    state, chosen = request.GET.get("state", ""), request.GET.get("cohort", "")
    if state in RegradeBatch.Status.values:
        rows = rows.filter(status=state)
    if cohort := next((found for found in cohorts if str(found.uuid) == chosen), None):
        rows = rows.filter(cohort=cohort)
    if request.GET.get("format") == "csv":
        return _list_as_csv(rows)
    context = {
        "page": paginate(request, rows, ROWS), "state": state, "states": RegradeBatch.Status.choices, "cohorts": cohorts,
        "chosen": chosen, "sets_terms": user_sets_regrade_terms(request.user),
    }  # fmt: skip
    return render(request, "assessments/regrade_list.html", context)


def _list_as_csv(rows: QuerySet[RegradeBatch]) -> HttpResponse:
    headings = [
        _("Drafted"), _("Training base"), _("Edition"), _("Cohort"), _("Reason"), _("State"), _("Results to change"),
        _("Left out"), _("Drafted by"), _("Decided by"),
    ]  # fmt: skip
    lines = (
        [
            f"{row.drafted_at:%Y-%m-%d}", local(row.organisation, "name"), local(row.edition, "title"),
            row.cohort.code if row.cohort else _("every cohort"), row.reason, row.get_status_display(),
            row.summary.get("changes"), row.summary.get("left"), row.drafted_by.full_name,
            row.decided_by.full_name if row.decided_by else "",
        ]
        for row in rows
    )  # fmt: skip
    return csv_response(f"regrades-{localdate():%Y%m%d}.csv", headings, lines)


@login_required
@require_http_methods(ASK)
def draft(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Draft a regrade of a cohort. It begins with the corrections of a what-if, when the address names them, and is simulated
    at once."""
    cohort = get_gradebook_cohort(request.user, uuid)
    if not user_can_simulate_policy(request.user, cohort):
        raise PermissionDenied
    tasks = Assignment.objects.filter(part__plan__edition=cohort.edition_id).select_related("item", "part")
    tasks = list(tasks.order_by("part__position", "position"))
    initial = {f"added_{task.uuid}": request.GET.get(f"added_{task.uuid}") for task in tasks}
    initial |= {f"without_{task.uuid}": request.GET.getlist(f"without_{task.uuid}") for task in tasks}
    form = RegradeForm(tasks, criteria_of(tasks), request.POST or None, initial)
    if request.method == "POST" and form.is_valid():
        data, at = form.cleaned_data, now()
        batch = RegradeBatch.draft(
            cohort.edition, organisation=cohort.organisation, cohort=cohort if data["scope"] == "cohort" else None,
            corrections=as_json(form.corrections()), reason=data["reason"], on_change=data["on_change"], by=request.user, at=at,
        )  # fmt: skip
        simulate(batch, by=request.user, at=at)
        messages.success(request, _("Drafted and simulated. No result has changed; a second person decides."))
        return redirect(batch)
    terms = RegradeTerms.objects.at(now())
    context = {"cohort": cohort, "form": form, "terms": terms}
    return render(request, "assessments/regrade_draft.html", context, status=422 if form.errors else 200)


FILTERS = {
    "changing": Q(state__in=["waiting", "applied"]),
    "gains": Q(state__in=["waiting", "applied"], passed=True, before__passed=False),
    "loses": Q(state__in=["waiting", "applied"], passed=False, before__passed=True),
    "left": Q(state="left"),
    "certificates": ~Q(certificate=""),
}


@login_required
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One regrade: what it corrects, its preview trainee by trainee, 50 on a page, as CSV, and the next step."""
    batch = get_regrade(request.user, uuid)
    named = user_sees_regraded_names(request.user, batch)
    rows = batch.lines.select_related("enrolment__user", "enrolment__cohort", "assignment__item", "before", "after")
    rows = rows.order_by("enrolment__cohort", "enrolment__user__full_name" if named else "enrolment__anonymous_code", "pk")
    which = request.GET.get("which", "")
    if which in FILTERS:
        rows = rows.filter(FILTERS[which])
    if request.GET.get("format") == "csv":
        return _export(request, batch, rows, named=named)
    changes, decides = user_can_change_regrade(request.user, batch), user_can_decide_regrade(request.user, batch)
    job = Job.objects.filter(key=batch.job_key).first() if batch.status == RegradeBatch.Status.APPROVED else None
    over = batch.status in (RegradeBatch.Status.APPLIED, RegradeBatch.Status.STOPPED)
    context = {
        "batch": batch, "named": named, "page": paginate(request, rows, ROWS), "which": which, "words": in_words(batch),
        "steps": steps_of(batch), "stale": batch.moved_on().count() if batch.status == "simulated" else 0,
        "changes": changes and batch.is_open,
        "decides": decides and batch.status == RegradeBatch.Status.SIMULATED,
        "own": request.user.pk == batch.drafted_by_id, "job": job,
        "reverses": changes and over and batch.may_be_reversed(),
        "follows": changes and over and batch.left_over().exists(),
        "reversal": batch.reversals.exclude(status__in=RegradeBatch.OVER).first(),
        "applied": batch.lines.filter(state=RegradeLine.State.APPLIED).count() if over else 0,
    }  # fmt: skip
    return render(request, "assessments/regrade.html", context)


def steps_of(batch: RegradeBatch) -> list[dict[str, str]]:
    """The steps of a regrade for `components/steps.html`."""
    states = RegradeBatch.Status
    if batch.status in batch.OVER:
        return [
            {"label": pgettext("regrade", "Drafted"), "state": "done"},
            {"label": batch.get_status_display(), "state": "done"},
        ]
    place = {states.DRAFTED: 1, states.SIMULATED: 2, states.APPROVED: 3}.get(batch.status, 4)
    last = pgettext("regrade", "Stopped") if batch.status == states.STOPPED else pgettext("regrade", "Applied")
    names = [
        pgettext("regrade", "Drafted"), pgettext("regrade", "Simulated"), pgettext("regrade", "Approved by a second person"), last
    ]  # fmt: skip
    return [
        {"label": name, "state": "done" if number < place or place == 4 else "current" if number == place else "todo"}
        for number, name in enumerate(names)
    ]


def _export(request: HttpRequest, batch: RegradeBatch, rows: QuerySet[RegradeLine], *, named: bool) -> HttpResponse:
    """The filtered lines. Personal data for registrars and officers, so it is logged; moderators get codes."""
    log(batch, "assessments.regrade.export", by=request.user, organisation=batch.organisation, count=rows.count())
    headings = [
        _("Trainee") if named else _("Anonymous code"), _("Cohort"), _("Case"), _("Points before"), _("Verdict before"),
        _("Points after"), _("Verdict after"), _("Weighted total before"), _("Weighted total after"), _("Certificate"),
        _("State"), _("Reason"),
    ]  # fmt: skip
    lines = (
        [
            line.enrolment.user.full_name if named else line.enrolment.anonymous_code, line.enrolment.cohort.code,
            local(line.assignment.item, "title"), line.before.total, word_of(line.before.passed), line.total,
            word_of(line.passed), line.whole["before"][0], line.whole["after"][0], line.certificate,
            line.get_state_display(), line.get_why_display(),
        ]
        for line in rows
    )  # fmt: skip
    return csv_response(f"regrade-{batch.drafted_at:%Y%m%d}.csv", headings, lines)


@login_required
@require_POST
def simulate_again(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Reckon the preview anew, on today's results."""
    batch = get_regrade(request.user, uuid)
    if not user_can_change_regrade(request.user, batch):
        raise PermissionDenied
    simulate(batch, by=request.user, at=now())
    messages.success(request, _("Simulated again on today's results."))
    return redirect(batch)


@login_required
@require_http_methods(ASK)
def approve(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask, then approve exactly the preview that was read; a job applies it."""
    batch = get_regrade(request.user, uuid)
    if not user_can_decide_regrade(request.user, batch):
        raise PermissionDenied
    if request.method == "POST":
        batch.approve(seen=request.POST.get("seen", ""), by=request.user, at=now())
        messages.success(request, _("Approved. The results are being corrected; the trainees get an e-mail."))
        return redirect(batch)
    return render(request, "assessments/regrade_approve.html", {"batch": batch, "words": in_words(batch)})


@login_required
@require_http_methods(ASK)
def refuse(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Refuse it, with a reason."""
    batch = get_regrade(request.user, uuid)
    if not user_can_decide_regrade(request.user, batch):
        raise PermissionDenied
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        batch.refuse(note=form.cleaned_data["reason"], by=request.user, at=now())
        messages.success(request, _("Refused. No result changes."))
        return redirect(batch)
    text = _("No result changes. Whoever drafted it reads the reason.")
    return _ask(request, batch, form, _("Refuse this regrade"), text, pgettext("regrade", "Refuse"))


@login_required
@require_http_methods(ASK)
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask, then take the draft back."""
    batch = get_regrade(request.user, uuid)
    if not user_can_change_regrade(request.user, batch):
        raise PermissionDenied
    if request.method == "POST":
        batch.withdraw(by=request.user, at=now())
        messages.success(request, _("Withdrawn. No result changes."))
        return redirect(batch)
    return _ask(request, batch, None, _("Withdraw this regrade"), _("It stays readable; no result changes."), _("Withdraw"))


@login_required
@require_http_methods(ASK)
def take_back(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Draft the way back of what was applied, with a reason; it is simulated at once and takes a second person again."""
    batch = get_regrade(request.user, uuid)
    if not user_can_change_regrade(request.user, batch):
        raise PermissionDenied
    form = ReasonForm(request.POST or None)
    form.fields["reason"].help_text = _("Every trainee concerned reads it with the result.")
    if request.method == "POST" and form.is_valid():
        back = batch.draft_reversal(reason=form.cleaned_data["reason"], by=request.user, at=now())
        simulate(back, by=request.user, at=now())
        messages.success(request, _("Drafted and simulated. No result has changed; a second person decides."))
        return redirect(back)
    text = _("A further regrade puts back what stood before, by further results. It takes a second person, as this one did.")
    return _ask(request, batch, form, _("Take this regrade back as a whole"), text, _("Draft the way back"))


def _ask(request: HttpRequest, batch: RegradeBatch, form: ReasonForm | None, title: str, text: str, submit: str) -> HttpResponse:
    context = {"batch": batch, "form": form, "title": title, "text": text, "submit": submit}
    return render(request, "assessments/regrade_ask.html", context, status=422 if form and form.errors else 200)


@login_required
@require_POST
def follow(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Draft the same correction for those who were left out, and simulate it."""
    batch = get_regrade(request.user, uuid)
    if not user_can_change_regrade(request.user, batch):
        raise PermissionDenied
    follower = batch.draft_follower(by=request.user, at=now())
    simulate(follower, by=request.user, at=now())
    messages.success(request, _("Drafted and simulated. No result has changed; a second person decides."))
    return redirect(follower)
