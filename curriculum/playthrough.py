"""A case followed along a row of choices, for previews: nothing is kept, the way stands in the address. Pure.

A choice is the key of an option, "" where nothing is asked; in a negotiation "offer:fee=100;scope=sole", "accept" or "leave"; and
"news:key" lets a piece of timed news break in, for a preview has no clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from . import bargaining, engine
from .caserules import Inject
from .cases import CaseScript, Option, Stage

NOW = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Passed:
    """A step. option: what was chosen, None where nothing is asked; kind: decide, offer, accept, leave or news."""

    stage: Stage
    option: Option | None
    choice: str = ""
    kind: str = "decide"
    news: Inject | None = None


@dataclass(frozen=True)
class Playthrough:
    """Where a row of choices leads. stage: the present one, None when the decisions are made. astray: the row named a
    choice that is not there (the case was changed since, or someone wrote the address by hand); it was followed as far
    as it goes."""

    script: CaseScript
    passed: tuple[Passed, ...]
    stage: Stage | None
    astray: bool = False
    state: engine.State | None = None

    @property
    def way(self) -> list[str]:
        """The choices that were followed, "" where nothing was asked."""
        return [step.choice for step in self.passed]

    @property
    def stages_seen(self) -> list[str]:
        return self.state.visited if self.state else []


def follow(script: CaseScript, way: Iterable[str]) -> Playthrough:
    """Return where the choices lead, from the first stage on. A case with a circle ends where it would come round."""
    if not script.stages:
        return Playthrough(script, (), None, bool(list(way)))
    state = engine.begin(script, at=NOW)
    passed: list[Passed] = []
    astray = False
    for choice in way:
        stage = state.stage
        try:
            if stage is None:
                raise engine.Refused("elsewhere")
            event, step = _read(state, stage, choice)
            trial = engine.copy_of(state)
            engine.happen(script, trial, event)
            if trial.stage is not None and trial.stage.key in trial.visited:
                raise engine.Refused("circle")
        except (engine.Refused, ValueError):
            astray = True
            break
        state = trial
        passed.append(step)
    return Playthrough(script, tuple(passed), state.stage, astray, state)


def _read(state: engine.State, stage: Stage, choice: str) -> tuple[engine.Event, Passed]:
    """Return the event that a choice stands for. Raises Refused for one that is not there."""
    kind, _colon, rest = choice.partition(":")
    if kind == "news" and rest:
        news = next((inject for inject in stage.injects if inject.key == rest), None)
        return engine.Event("inject", stage.key, {"key": rest}, NOW), Passed(stage, None, choice, "news", news)
    if stage.negotiation is None:
        option = stage.decision.option(choice) if stage.decision else None
        return engine.Event("decide", stage.key, {"option": choice}, NOW), Passed(stage, option, choice)
    if kind in ("accept", "leave") and not rest:
        return engine.Event(kind, stage.key, {}, NOW), Passed(stage, None, choice, kind)
    typed = dict(part.partition("=")[::2] for part in rest.split(";"))
    if kind != "offer" or bargaining.offer_problems(stage.negotiation, typed):
        raise engine.Refused("no_such_choice")
    offer = bargaining.read_offer(stage.negotiation, typed)
    said = engine.reply(state, offer)
    answer = {"accepted": said.accepted, "counter": said.counter, "refused": said.refused, "over": said.over}
    return engine.Event("offer", stage.key, {"offer": offer, "answer": answer}, NOW), Passed(stage, None, choice, "offer")
