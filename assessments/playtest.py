"""The case player lent to previews (`curriculum.case_players`): drawn as trainees see it, with nothing behind it.

It knows no enrolment and no run, so it can't record anything; the way so far stands in the address of the page.
"""

from django.http import HttpRequest
from django.template.loader import render_to_string

from curriculum import case_players
from curriculum.playthrough import Playthrough

from .play import TraceStep, shown_exhibits
from .productform import draw


def trace_of(play: Playthrough) -> list[TraceStep]:
    """The way so far as the pages of a run draw it; nobody decided it, so it has no time."""
    return [
        TraceStep(
            step.stage,
            step.option,
            None,
            tuple(o for o in step.stage.decision.options if o != step.option) if step.stage.decision else (),
        )
        for step in play.passed
    ]


def render(request: HttpRequest, play: Playthrough) -> str:
    """Return the present stage with its exhibits and choices; after the last one the work product and the debrief."""
    trace = trace_of(play)
    deliverable = play.script.deliverable
    context = {
        "script": play.script,
        "stage": play.stage,
        "trace": trace,
        "last": trace[-1] if trace else None,
        "way": play.way,
        "astray": play.astray,
        "exhibits": shown_exhibits(play.script, play.stages_seen, play.stage.key if play.stage else ""),
        "deliverable": deliverable,
        "fields": draw(deliverable, {}) if deliverable and play.stage is None else [],
    }
    return render_to_string("assessments/_playtest.html", context, request=request)


case_players.register(case_players.CasePlayer(render, "assessments/case.css"))
