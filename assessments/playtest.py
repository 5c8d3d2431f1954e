"""The case player lent to previews (`curriculum.case_players`): drawn as trainees see it, with nothing behind it.

It knows no enrolment and no run, so it can't record anything; the way so far stands in the address of the page.
"""

from django.http import HttpRequest
from django.template.loader import render_to_string

from curriculum import case_players
from curriculum.cases import Stage
from curriculum.engine import holds, open_options
from curriculum.playthrough import Passed, Playthrough

from .play import TraceStep, gauges, shown_exhibits, talk_rounds, term_fields
from .productform import draw


def trace_of(play: Playthrough) -> list[TraceStep]:
    """The way so far as the pages of a run draw it; nobody decided it, so it has no time."""
    following = [step.stage for step in play.passed[1:]] + [play.stage]
    return [_step(step, after) for step, after in zip(play.passed, following, strict=False)]  # none passed: none told


def _step(step: Passed, after: Stage | None) -> TraceStep:
    """after: the stage that followed; an offer that led on from its stage was accepted."""
    if step.news is not None:
        return TraceStep(step.stage, None, None, (), "inject", step.news.title, step.news.text)
    talk = step.stage.negotiation
    if talk is not None:
        made = after is None or after.key != step.stage.key
        texts = {"accept": talk.deal_text, "leave": talk.failure_text, "offer": talk.deal_text if made else ""}
        return TraceStep(step.stage, None, None, (), step.kind, text=texts[step.kind])
    options = step.stage.decision.options if step.stage.decision else ()
    return TraceStep(step.stage, step.option, None, tuple(o for o in options if o != step.option))


def render(request: HttpRequest, play: Playthrough) -> str:
    """Return the present stage with its exhibits and choices; after the last one the work product and the debrief."""
    trace = trace_of(play)
    deliverable, state, stage = play.script.deliverable, play.state, play.stage
    context = {
        "script": play.script,
        "stage": stage,
        "options": open_options(state) if state else [],
        "trace": trace,
        "last": next((step for step in reversed(trace) if stage is None or step.stage.key != stage.key), None),
        "way": play.way,
        "astray": play.astray,
        "gauges": gauges(play.script, state.variables) if state else [],
        "news": [i for i in stage.injects if state and (stage.key, i.key) in state.fired] if stage else [],
        "waiting": [i for i in stage.injects if state and (stage.key, i.key) not in state.fired and holds(i.condition, state)]
        if stage
        else [],
        "exhibits": shown_exhibits(play.script, play.stages_seen, stage.key if stage else "", state.released if state else ()),
        "deliverable": deliverable,
        "fields": draw(deliverable, {}) if deliverable and stage is None else [],
    }
    if stage is not None and stage.negotiation is not None and state is not None:
        counter = state.rounds[-1].counter if state.rounds else None
        context["talk"] = {
            "counterpart": play.script.counterpart(stage.negotiation.counterpart),
            "room": stage.negotiation.room,
            "rounds": talk_rounds(stage.negotiation, state.rounds),
            "fields": term_fields(stage.negotiation, state.rounds),
            "counter": counter,
            "left": stage.negotiation.rounds - len(state.rounds),
        }
    return render_to_string("assessments/_playtest.html", context, request=request)


case_players.register(case_players.CasePlayer(render, "assessments/case.css"))
