"""Playing a case: one stage after the other, then the work product, and the debrief once it is handed in."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.lib.errors import WrongState

from ..models import CaseRun, Submission
from ..permissions import get_own_run
from ..play import TraceStep, shown_exhibits, trace_steps


@login_required
@require_safe
def play(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The present stage: what happened, what can be seen, what is to be decided. Five queries."""
    return _page(request, get_own_run(request.user, uuid))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take one decision, or move on from a stage that asks none. A stale page is shown where the run is now.

    A GET (the answer's address read again, the language switch) goes to the run.
    """
    run = get_own_run(request.user, uuid)
    if request.method != "POST":
        return redirect(run)
    stage_key, option_key = request.POST.get("stage", ""), request.POST.get("option", "")
    stage = run.script().stage(stage_key)
    if stage is not None and stage.decision and not option_key and run.stage_key == stage_key:
        return _page(request, run, error=_("Choose one of the options."), status=422)
    try:
        run.decide(stage_key, option_key, at=now())
    except WrongState as late:
        run.refresh_from_db()
        return _page(request, run, notice=late.message, status=409)
    return redirect(run)


@login_required
@require_safe
def debrief(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The own way beside the other ways, and the author's debrief: once the work product is handed in."""
    run = get_own_run(request.user, uuid)
    submission = run.submissions.exclude(status=Submission.Status.DRAFT).order_by("attempt").first()
    if submission is None:
        messages.info(request, _("The debrief opens once you have handed in the work product."))
        return redirect(run)
    script = run.script()
    context = {
        "run": run,
        "script": script,
        "item": run.assignment.item,
        "enrolment": run.enrolment,
        "cohort": run.enrolment.cohort,
        "trace": trace_steps(script, run.decisions.all()),
        "submission": submission,
    }
    return render(request, "assessments/case_debrief.html", context)


def _page(request: HttpRequest, run: CaseRun, *, error: str = "", notice: str = "", status: int = 200) -> HttpResponse:
    script = run.script()
    trace = trace_steps(script, run.decisions.all())
    latest = run.submissions.order_by("-attempt").first() if run.is_played else None
    now_key = "" if run.is_played else run.stage_key
    context = {
        "run": run,
        "script": script,
        "item": run.assignment.item,
        "enrolment": run.enrolment,
        "cohort": run.enrolment.cohort,
        "stage": script.stage(run.stage_key) if not run.is_played else None,
        "trace": trace,
        "last": trace[-1] if trace else None,
        "exhibits": shown_exhibits(script, [step.stage.key for step in trace], now_key),
        "steps": steps_of(run, trace, latest),
        "submission": latest,
        "error": error,
        "notice": notice,
    }
    return render(request, "assessments/case_play.html", context, status=status)


def steps_of(run: CaseRun, trace: list[TraceStep], submission: Submission | None) -> list[dict[str, Any]]:
    """Return the way through the case for `components/steps.html`. Stages to come are not given away."""
    steps = [
        {"label": step.stage.title, "state": "done", "note": step.option.text if step.option else ""} for step in trace
    ]
    if not run.is_played:
        steps.append({"label": run.script().stage(run.stage_key).title, "state": "current"})
    handed_in = submission is not None and not submission.is_draft
    url = ""
    if submission is not None:
        url = reverse("submission_receipt", args=[submission.uuid]) if handed_in else submission.get_absolute_url()
    state = "done" if handed_in else "current" if run.is_played else "todo"
    steps.append({"label": _("Work product"), "state": state, "url": url})
    debrief_url = reverse("case_debrief", args=[run.uuid]) if handed_in else ""
    steps.append({"label": _("Debrief"), "state": "current" if handed_in else "todo", "url": debrief_url})
    return steps
