"""Playing a case: one stage after the other, talks at the table, then the work product, and the debrief once it is in."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from curriculum import bargaining, engine
from curriculum.caserules import Negotiation
from curriculum.paths import compare, ways
from lms.lib.errors import WrongState

from .. import play as shown
from .. import talks
from ..models import CaseRun, OfferIncomplete, Submission
from ..models.casework import MOVED_ON, is_room
from ..permissions import get_own_run
from ..play import TraceStep, trace_steps
from ..terms import offer_errors


@login_required
@require_safe
def play(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The present stage: what happened, what can be seen, what is to be decided. Five queries without news."""
    run = get_own_run(request.user, uuid)
    run.tick(at=now())
    return _page(request, run)


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
    run.tick(at=now())
    try:
        run.decide(stage_key, option_key, at=now())
    except WrongState as late:
        return _late(request, run, late)
    return redirect(run)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def talk(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One step of a negotiation: an offer, taking their proposal, or ending the talks. What was typed stays typed.

    "reckon" shows what an offer would come to, without making it: nothing is kept.
    """
    run = get_own_run(request.user, uuid)
    if request.method != "POST":
        return redirect(run)
    stage_key, step = request.POST.get("stage", ""), request.POST.get("step", "offer")
    run.tick(at=now())
    try:
        if step == "accept":
            run.accept(stage_key, at=now())
        elif step == "leave":
            run.leave(stage_key, at=now())
        elif step == "reckon":
            if run.is_played or run.stage_key != stage_key:
                raise WrongState(MOVED_ON, obj=run)
            return _page(request, run, typed=_typed(request), reckon=True)
        else:
            typed = _typed(request)
            turn = request.POST.get("turn", "")
            run.offer(stage_key, typed, turn=int(turn) if turn.isdecimal() else 0, at=now())
    except OfferIncomplete as wrong:
        return _page(request, run, typed=typed, term_errors=wrong.problems, status=422)
    except WrongState as late:
        return _late(request, run, late)
    return redirect(run)


@login_required
@require_POST
def pause(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Let the clock stand still, or go on."""
    run = get_own_run(request.user, uuid)
    run.tick(at=now())
    try:
        if request.POST.get("go_on"):
            run.resume(at=now())
        else:
            run.pause(at=now())
    except WrongState as late:
        return _late(request, run, late)
    return redirect(run)


@login_required
@require_safe
def debrief(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The own way beside the other ways, and the author's debrief: once the work product is handed in."""
    run = get_own_run(request.user, uuid)
    submission = _handed_in(run)
    if submission is None:
        messages.info(request, _("The debrief opens once you have handed in the work product."))
        return redirect(run)
    script = run.script()
    every = ways(script)
    variables = {variable.key: variable for variable in script.variables}
    lines = compare(script, run.state().variables, every) if variables else []
    context = {
        **_about(run),
        "chapters": talks.chapters(script, run.decisions.all(), started_at=run.started_at),
        "submission": submission,
        "ways": len(every),
        "compared": [{"line": line, "variable": variables[line.key]} for line in lines],
    }
    return render(request, "assessments/case_debrief.html", context)


@login_required
@require_safe
def replay(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The run step by step, with what could be seen and how the variables stood at each moment; once handed in."""
    run = get_own_run(request.user, uuid)
    if _handed_in(run) is None:
        messages.info(request, _("The debrief opens once you have handed in the work product."))
        return redirect(run)
    script = run.script()
    moments = [decision for decision in run.decisions.all() if trace_steps(script, [decision])]
    asked = request.GET.get("step", "1")
    place = max(1, min(len(moments), int(asked) if asked.isdecimal() else 1))
    moment = moments[place - 1]
    visible = set(moment.visible)
    after = moments[place].variables if place < len(moments) else run.state().variables
    context = {
        **_about(run),
        "script": script,
        "place": place,
        "count": len(moments),
        "step": trace_steps(script, [moment])[0],
        "exhibits": [shown.ShownExhibit(exhibit, False) for exhibit in script.exhibits if exhibit.key in visible],
        "before": shown.gauges(script, moment.variables),
        "after": shown.gauges(script, after, moment.variables),
        "moments": [(number, trace_steps(script, [m])[0]) for number, m in enumerate(moments, 1)],
    }
    return render(request, "assessments/case_replay.html", context)


def _typed(request: HttpRequest) -> dict[str, str]:
    """Return the terms of the offer form as they were typed."""
    return {name.removeprefix("t."): value for name, value in request.POST.items() if name.startswith("t.")}


def _handed_in(run: CaseRun) -> Submission | None:
    return run.submissions.exclude(status=Submission.Status.DRAFT).order_by("attempt").first()


def _about(run: CaseRun) -> dict[str, Any]:
    return {
        "run": run, "script": run.script(), "item": run.assignment.item, "enrolment": run.enrolment,
        "cohort": run.enrolment.cohort,
    }  # fmt: skip


def _late(request: HttpRequest, run: CaseRun, late: WrongState) -> HttpResponse:
    run.refresh_from_db()
    return _page(request, run, notice=str(late.message), status=409)


def _page(
    request: HttpRequest, run: CaseRun, *, error: str = "", notice: str = "", typed: Mapping[str, str] | None = None,
    term_errors: Mapping[str, str] | None = None, reckon: bool = False, status: int = 200,
) -> HttpResponse:  # fmt: skip
    script = run.script()
    decisions = list(run.decisions.all())
    state = shown.state_of(run, decisions)
    trace = trace_steps(script, decisions)
    latest = run.submissions.order_by("-attempt").first() if run.is_played else None
    stage = state.stage
    here = stage.key if stage else ""
    seen = next((row.visible for row in reversed(decisions) if row.stage_key != here), [])
    at = now()
    context = {
        **_about(run),
        "stage": stage,
        "options": engine.open_options(state),
        "trace": trace,
        "last": _last(trace, here),
        "news": shown.news_of(stage, state),
        "news_in": engine.seconds_to_news(state, at=at),
        "has_news": any(inject.after for other in script.stages for inject in other.injects),
        "paused": state.paused_at is not None,
        "gauges": shown.gauges(script, state.variables, decisions[-1].variables if decisions else None),
        "counterparts": script.counterparts,
        "exhibits": shown.shown_exhibits(script, state.visited, here, state.released, seen),
        "steps": steps_of(run, trace, latest),
        "submission": latest,
        "error": error,
        "notice": notice,
    }
    if stage is not None and is_room(stage):
        seat = run.room_seats.filter(stage_key=stage.key).select_related("room").first()
        context |= {"table": stage.negotiation.room, "seat": seat}
    elif stage is not None and stage.negotiation is not None:
        if reckon and (found := bargaining.offer_problems(stage.negotiation, typed or {})):
            term_errors, reckon, status = found, False, 422
        context["talk"] = _talk(script, stage.negotiation, state, typed, term_errors, reckon=reckon)
    return render(request, "assessments/case_play.html", context, status=status)


def _last(trace: list[TraceStep], present: str) -> TraceStep | None:
    """What led to the present stage: the last step of the stage before."""
    return next((step for step in reversed(trace) if step.stage.key != present), None)


def _talk(
    script, talk: Negotiation, state: engine.State, typed: Mapping[str, str] | None, errors: Mapping[str, str] | None, *,
    reckon: bool,
) -> dict[str, Any]:  # fmt: skip
    rounds = state.rounds
    counter = rounds[-1].counter if rounds else None
    wrong = offer_errors(errors or {})
    tried = bargaining.read_offer(talk, typed) if reckon and typed else None
    offers = [
        (_("Worked out, not offered"), tried),
        (_("Your last offer"), rounds[-1].offer if rounds else None),
        (_("Their proposal"), counter),
    ]
    return {
        "counterpart": script.counterpart(talk.counterpart),
        "rounds": shown.talk_rounds(talk, rounds),
        "fields": shown.term_fields(talk, rounds, typed, wrong),
        "errors": wrong,
        "turn": len(rounds) + 1,
        "left": talk.rounds - len(rounds),
        "of": talk.rounds,
        "counter": shown.terms_of(talk, counter) if counter else (),
        "figures": shown.figures(state, talk, offers),
        "can_reckon": bool(talk.outcomes),
    }


def steps_of(run: CaseRun, trace: list[TraceStep], submission: Submission | None) -> list[dict[str, Any]]:
    """Return the way through the case for `components/steps.html`. Stages to come are not given away."""
    notes: dict[str, str] = {}
    titles: dict[str, str] = {}
    for step in trace:
        titles[step.stage.key] = step.stage.title
        notes[step.stage.key] = step.option.text if step.option else notes.get(step.stage.key, "")
    present = "" if run.is_played else run.stage_key
    steps = [{"label": title, "state": "done", "note": notes[key]} for key, title in titles.items() if key != present]
    if present:
        steps.append({"label": run.script().stage(present).title, "state": "current"})
    handed_in = submission is not None and not submission.is_draft
    url = ""
    if submission is not None:
        url = reverse("submission_receipt", args=[submission.uuid]) if handed_in else submission.get_absolute_url()
    state = "done" if handed_in else "current" if run.is_played else "todo"
    steps.append({"label": _("Work product"), "state": state, "url": url})
    debrief_url = reverse("case_debrief", args=[run.uuid]) if handed_in else ""
    steps.append({"label": _("Debrief"), "state": "current" if handed_in else "todo", "url": debrief_url})
    return steps
