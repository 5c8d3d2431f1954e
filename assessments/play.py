"""A case run as it is shown: the exhibits with what is new, the way so far, and what the other ways would have brought."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from curriculum.cases import CaseScript, Exhibit, Option, Stage

from .models import Decision


@dataclass(frozen=True)
class ShownExhibit:
    """is_new: brought by the present stage."""

    exhibit: Exhibit
    is_new: bool


@dataclass(frozen=True)
class TraceStep:
    """One stage gone through: what was chosen there (None where nothing was asked), when (None in a preview), the other
    ways."""

    stage: Stage
    option: Option | None
    decided_at: datetime | None
    others: tuple[Option, ...]


def shown_exhibits(script: CaseScript, before: Iterable[str], now: str = "") -> list[ShownExhibit]:
    """Return what can be seen: new exhibits first, each group in the order of the case.

    before: keys of the stages already left; now: key of the present stage, "" when all are left.
    """
    known = {exhibit.key for exhibit in script.visible_exhibits(set(before))}
    visible = script.visible_exhibits({*before, now})
    shown = [ShownExhibit(exhibit, bool(now) and exhibit.key not in known) for exhibit in visible]
    return sorted(shown, key=lambda item: not item.is_new)


def trace_steps(script: CaseScript, decisions: Iterable[Decision]) -> list[TraceStep]:
    """Return the way so far, in order. A stage the script does not know is left out."""
    steps = []
    for decision in decisions:
        stage = script.stage(decision.stage_key)
        if stage is None:
            continue
        options = stage.decision.options if stage.decision else ()
        chosen = stage.decision.option(decision.option_key) if stage.decision else None
        others = tuple(option for option in options if option.key != decision.option_key)
        steps.append(TraceStep(stage, chosen, decision.decided_at, others))
    return steps
