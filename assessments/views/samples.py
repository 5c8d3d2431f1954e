"""Samples of marked work: draw one, take the next script of one, read what came of it. Moderators see no name and no base."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Organisation
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.listing import csv_response, paginate

from ..models import Mark, Result, SampleDraw, SampledScript, SampleRule
from ..models.marks import Kind
from ..oversight_permissions import (
    get_sampled,
    sampled_bases,
    samples_of,
    user_answers_finding,
    user_draws_samples,
    user_sees_samples,
    user_sets_sample_rule,
)  # fmt: skip
from ..permissions import user_is_moderator
from ..risks import pool_of, risks_of
from ..sample_forms import AnswerForm, DrawForm

ROWS = 50
REASONS = {
    "random": gettext_lazy("by lot"),
    "near": gettext_lazy("near the pass mark"),
    "similar": gettext_lazy("like another work"),
    "new_assessor": gettext_lazy("new assessor"),
    "outlying": gettext_lazy("assessor far from the others"),
    "new_assignment": gettext_lazy("new case"),
}


def words(reasons: list[str]) -> list[str]:
    return [str(REASONS[reason]) for reason in reasons]


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What was drawn and what came of it: by base, outcome and reason, 50 on a page, as CSV. A constant number of queries."""
    if not user_sees_samples(request.user):
        raise PermissionDenied
    rows = samples_of(request.user).select_related(
        "draw", "submission__enrolment__cohort__organisation", "submission__assignment__item", "submission__assignment__part"
    )
    base, state, reason = (request.GET.get(key, "") for key in ("base", "state", "reason"))
    within = Organisation.objects.filter(cohorts__enrolments__submissions__samples__in=samples_of(request.user))
    bases = list(within.distinct().order_by("name"))
    if base:
        rows = rows.filter(submission__enrolment__cohort__organisation__slug=base)
    if state == "open":
        rows = rows.open()
    elif state == "unanswered":
        rows = rows.filter(outcome=SampledScript.Outcome.FINDING, answer="")
    elif state in SampledScript.Outcome.values:
        rows = rows.filter(outcome=state)
    if reason in REASONS:  # a short list of words; the comparison of text works on every database
        rows = rows.filter(reasons__icontains=f'"{reason}"')
    rows = rows.order_by("-draw__drawn_at", "-pk")
    if request.GET.get("format") == "csv":
        return _export(request, rows)
    page = paginate(request, rows, ROWS)
    for row in page:
        row.words = words(row.reasons)
    context = {
        "page": page, "bases": bases, "base": base, "state": state, "reason": reason, "reasons": REASONS.items(),
        "outcomes": SampledScript.Outcome.choices, "draws": user_draws_samples(request.user),
        "sets_rule": user_sets_sample_rule(request.user),
    }  # fmt: skip
    return render(request, "assessments/sample_list.html", context)


def _export(request: HttpRequest, rows) -> HttpResponse:
    """The filtered list, under anonymous codes; logged for each base in it."""
    found = list(rows)
    for base in {row.submission.enrolment.cohort.organisation for row in found}:
        log(base, "assessments.sample.export", by=request.user, organisation=base, count=len(found))
    lines = (
        [row.submission.enrolment.cohort.organisation.name, row.submission.enrolment.anonymous_code,
         row.submission.assignment.item.title, localdate(row.draw.drawn_at), row.draw.get_pool_display(),
         "; ".join(words(row.reasons)), row.get_outcome_display() or _("waiting"), row.note, row.answer]
        for row in found
    )  # fmt: skip
    headings = [
        _("Base"), _("Trainee"), _("Case"), _("Drawn"), _("Drawn from"), _("Why"), _("Outcome"), _("Reason"), _("What follows"),
    ]  # fmt: skip
    return csv_response(f"samples-{localdate():%Y%m%d}.csv", headings, lines)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def draw(request: HttpRequest) -> HttpResponse:
    """How many scripts a draw would take from what (GET), and the draw itself (POST). Nobody chooses which."""
    if not user_draws_samples(request.user):
        raise PermissionDenied
    at, rule = now(), SampleRule.objects.at(now())
    every = user_sets_sample_rule(request.user)
    data = request.POST if request.method == "POST" else request.GET if "pool" in request.GET else None
    form = DrawForm(data, bases=sampled_bases(request.user), every=every)
    counts = None
    if data is not None and form.is_valid():
        kind, base = form.cleaned_data["pool"], form.cleaned_data["organisation"]
        pool = pool_of(kind, organisation=base, released_since=at - timedelta(days=form.cleaned_data["days"]))
        risks = risks_of(pool, at=at)
        if request.method == "POST":
            return _drawn(request, kind, base, risks, at=at)
        risky = sum(bool(found) for found in risks.values())
        counts = {
            "pool": len(risks), "lot": rule.size.by_lot(len(risks)), "risky": rule.size.by_risk(risky),
            "risks": [(REASONS[name], sum(name in found for found in risks.values())) for name in REASONS if name != "random"],
        }  # fmt: skip
    context = {"form": form, "counts": counts, "rule": rule}
    return render(request, "assessments/sample_draw.html", context, status=422 if form.errors else 200)


def _drawn(request: HttpRequest, kind: str, base, risks: dict[int, list[str]], *, at) -> HttpResponse:
    try:
        made = SampleDraw.make(kind, risks, organisation=base, by=request.user, at=at)
    except WrongState as nothing:
        messages.warning(request, nothing.message)
        return redirect("sample_draw")
    count = made.sampled.count()
    text = ngettext("%(count)s script drawn.", "%(count)s scripts drawn.", count) % {"count": count}
    messages.success(request, text)
    return redirect("sample_list")


@login_required
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Take the next sampled script of another base; who holds one already goes on with that one."""
    if not user_is_moderator(request.user):
        raise PermissionDenied
    turn = SampledScript.take_next(request.user, at=now())
    if turn is None:
        messages.info(request, _("No sampled script waits for you."))
        return redirect("moderation_queue")
    return redirect(turn)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One sampled script: why it was drawn, the marks, what came of it; the base answers a finding."""
    sampled = get_sampled(request.user, uuid)
    waits = sampled.outcome == SampledScript.Outcome.FINDING and not sampled.answer
    may = waits and user_answers_finding(request.user, sampled)
    form = AnswerForm(request.POST or None, batches=sampled.regrades())
    if request.method == "POST":
        if not user_answers_finding(request.user, sampled):
            raise PermissionDenied
        if form.is_valid():
            try:
                sampled.record_answer(
                    form.cleaned_data["answer"], regrade=form.cleaned_data["regrade"], by=request.user, at=now()
                )
                messages.success(request, _("Kept."))
            except WrongState as late:
                messages.warning(request, late.message)
            return redirect("sample_detail", uuid)
    marks = Mark.objects.filter(submission=sampled.submission_id).exclude(kind__in=[Kind.APPEAL, Kind.SAMPLE])
    context = {
        "sampled": sampled, "words": words(sampled.reasons), "item": sampled.submission.assignment.item,
        "part": sampled.submission.assignment.part, "code": sampled.submission.enrolment.anonymous_code,
        "base": sampled.submission.enrolment.cohort.organisation, "marks": list(marks),
        "found": Mark.objects.filter(allocation__sampled=sampled).first(),
        "result": Result.objects.filter(submission=sampled.submission_id).order_by("released_at").last(),
        "holds": sampled.holds(now()), "form": form if may else None,
    }  # fmt: skip
    return render(request, "assessments/sample_detail.html", context, status=422 if form.errors else 200)
