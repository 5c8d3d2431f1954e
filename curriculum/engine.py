"""A case as a game with state: what has happened, what may happen now, what can be seen. Pure: events in, state out.

The state is a fold over the events of a run; nothing else is needed to know it, so it can always be computed again. Events:

    decide   option            a choice, or "" where the stage asks nothing
    offer    offer, answer     one round of a negotiation, with the counterpart's answer as it was given
    accept                     the counterpart's latest proposal is taken
    leave                      no deal
    room     result, terms     how the talks in a room with others ended: "deal" or "failure"
    inject   key               news broke in
    pause, resume              the clock of timed news stands still
"""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from . import tables
from .bargaining import MONEY, Answer, answer
from .caserules import Effect, Inject, Negotiation
from .expressions import ExpressionError, Value, evaluate, parse

if TYPE_CHECKING:
    from .cases import CaseScript, Exhibit, Option, Stage


class Refused(ValueError):
    """The event can't happen now. `kind`: a key for the page's words."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True)
class Event:
    """One thing that happened at a stage."""

    kind: str
    stage: str
    data: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True)
class Round:
    """An offer and what the counterpart said; counter: None when it accepted."""

    offer: Mapping[str, float | str]
    accepted: bool
    counter: Mapping[str, float | str] | None
    refused: tuple[str, ...]
    over: bool


@dataclass
class State:
    """Where a run stands. stage: None when it is played to its end; released: exhibits beyond those of the stages."""

    stage: "Stage | None"
    entered_at: datetime
    variables: dict[str, float] = field(default_factory=dict)
    visited: list[str] = field(default_factory=list)
    chosen: dict[str, str] = field(default_factory=dict)
    released: set[str] = field(default_factory=set)
    fired: set[tuple[str, str]] = field(default_factory=set)
    rounds: list[Round] = field(default_factory=list)
    deals: dict[str, dict[str, float | str]] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    paused_at: datetime | None = None
    paused_seconds: float = 0.0

    @property
    def reached(self) -> list[str]:
        """The stages gone through and the present one."""
        return [*self.visited, *([self.stage.key] if self.stage else [])]

    def active_seconds(self, at: datetime) -> float:
        """How long the present stage has been open, without pauses."""
        pause = (at - self.paused_at).total_seconds() if self.paused_at else 0.0
        return (at - self.entered_at).total_seconds() - self.paused_seconds - pause


def copy_of(state: State) -> State:
    """Return a state that can be changed without changing this one."""
    following = copy.copy(state)
    for name in ("variables", "visited", "chosen", "released", "fired", "rounds", "deals", "failed"):
        setattr(following, name, copy.copy(getattr(state, name)))
    return following


def begin(script: "CaseScript", *, at: datetime) -> State:
    """Return the state before anything happened."""
    state = State(stage=script.first_stage, entered_at=at)
    for variable in script.variables:
        state.variables[variable.key] = 0.0
        _set(script, state, variable.key, float(_amount(variable.start, state, {})))
    return state


def replay(script: "CaseScript", events: Iterable[Event], *, started_at: datetime) -> State:
    """Return the state after these events. An event that the script does not know (never for frozen cases) is an error."""
    state = begin(script, at=started_at)
    for event in events:
        happen(script, state, event)
    return state


def happen(script: "CaseScript", state: State, event: Event) -> None:
    """Change the state by one event. Raises Refused when it can't happen now."""
    if state.stage is None or event.stage != state.stage.key:
        raise Refused("elsewhere")
    if event.kind == "pause":
        if state.paused_at is None:
            state.paused_at = event.at
        return
    if event.kind == "resume":
        if state.paused_at is not None:
            state.paused_seconds += (event.at - state.paused_at).total_seconds()
            state.paused_at = None
        return
    if event.kind == "inject":
        _inject(script, state, event)
        return
    if state.paused_at is not None:
        raise Refused("paused")
    {"decide": _decide, "offer": _offer, "accept": _accept, "leave": _leave, "room": _room}[event.kind](script, state, event)


def _decide(script: "CaseScript", state: State, event: Event) -> None:
    stage = state.stage
    assert stage is not None
    if stage.negotiation is not None:
        raise Refused("negotiation")
    key = event.data.get("option", "")
    if stage.decision is None:
        if key:
            raise Refused("no_such_choice")
        _move(script, state, "", event.at)
        return
    option = stage.decision.option(key)
    if option is None or not is_open(option, state):
        raise Refused("no_such_choice")
    state.chosen[stage.key] = key
    apply(script, state, option.effects)
    state.released |= set(option.releases)
    route = next((route for route in option.routes if holds(route.condition, state)), None)
    _move(script, state, route.next if route else option.next, event.at)


def _offer(script: "CaseScript", state: State, event: Event) -> None:
    talk = _talk(state)
    if len(state.rounds) >= talk.rounds:
        raise Refused("no_more_rounds")
    said = event.data["answer"]
    state.rounds.append(
        Round(
            event.data["offer"], bool(said["accepted"]), said.get("counter"), tuple(said.get("refused", ())),
            bool(said.get("over")),
        )
    )  # fmt: skip
    if said["accepted"]:
        _deal(script, state, talk, dict(event.data["offer"]), event.at)


def _accept(script: "CaseScript", state: State, event: Event) -> None:
    talk = _talk(state)
    if not state.rounds or state.rounds[-1].counter is None:
        raise Refused("nothing_proposed")
    _deal(script, state, talk, dict(state.rounds[-1].counter), event.at)


def _leave(script: "CaseScript", state: State, event: Event) -> None:
    talk = _talk(state)
    if not state.rounds:
        raise Refused("no_offer_yet")
    _no_deal(script, state, talk, event)


def _room(script: "CaseScript", state: State, event: Event) -> None:
    """What a room came to; the moves stand in the event for whoever reads it."""
    talk = _talk(state)
    if talk.room is None:
        raise Refused("no_negotiation")
    if event.data["result"] == "deal":
        _deal(script, state, talk, dict(event.data["terms"]), event.at)
    else:
        _no_deal(script, state, talk, event)


def _no_deal(script: "CaseScript", state: State, talk: Negotiation, event: Event) -> None:
    stage = state.stage
    assert stage is not None
    state.failed.add(stage.key)
    apply(script, state, talk.on_failure)
    _move(script, state, talk.next_failure, event.at)


def _deal(script: "CaseScript", state: State, talk: Negotiation, terms: dict[str, float | str], at: datetime) -> None:
    assert state.stage is not None
    state.deals[state.stage.key] = terms
    apply(script, state, talk.on_deal, names=numbers_of(terms))
    _move(script, state, talk.next_deal, at)


def _talk(state: State) -> Negotiation:
    if state.stage is None or state.stage.negotiation is None:
        raise Refused("no_negotiation")
    return state.stage.negotiation


def _inject(script: "CaseScript", state: State, event: Event) -> None:
    stage = state.stage
    assert stage is not None
    found = next((inject for inject in stage.injects if inject.key == event.data["key"]), None)
    if found is None or (stage.key, found.key) in state.fired:
        raise Refused("no_such_news")
    state.fired.add((stage.key, found.key))
    apply(script, state, found.effects)
    state.released |= set(found.releases)


def _move(script: "CaseScript", state: State, way: str, at: datetime) -> None:
    stage = state.stage
    assert stage is not None
    state.visited.append(stage.key)
    state.stage = script.way(stage, way)
    state.rounds = []
    state.entered_at, state.paused_at, state.paused_seconds = at, None, 0.0


# --- Variables and conditions -----------------------------------------------------------------------------------------


def apply(script: "CaseScript", state: State, effects: Iterable[Effect], names: Mapping[str, float] | None = None) -> None:
    """Change the variables, one effect after the other."""
    for effect in effects:
        if effect.variable in state.variables:
            amount = float(_amount(effect.amount, state, names or {}))
            _set(script, state, effect.variable, amount + (state.variables[effect.variable] if effect.change else 0))


def _set(script: "CaseScript", state: State, key: str, value: float) -> None:
    variable = next(variable for variable in script.variables if variable.key == key)
    if variable.least is not None:
        value = max(variable.least, value)
    if variable.most is not None:
        value = min(variable.most, value)
    state.variables[key] = round(value, 6) + 0.0


def _amount(text: str, state: State, names: Mapping[str, float]) -> Value:
    """Return what an expression comes to; 0 for what can't be read, since a frozen case was checked before."""
    if not text.strip():
        return 0.0
    try:
        return evaluate(parse(text), {**state.variables, **names}, _functions(state))
    except ExpressionError:
        return 0.0


def holds(condition: str, state: State) -> bool:
    """Whether a condition holds now; an empty one always does."""
    return not condition.strip() or bool(_amount(condition, state, {}))


def _functions(state: State) -> dict[str, Any]:
    return {
        "chose": lambda stage, option: state.chosen.get(stage) == option,
        "visited": lambda stage: stage in state.visited,
        "released": lambda key: key in state.released,
        "deal": lambda stage: stage in state.deals,
        "agreed": lambda stage, term: _as_number(state.deals.get(stage, {}).get(term)),
        **MONEY,
    }


def _as_number(value: float | str | None) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def numbers_of(terms: Mapping[str, float | str]) -> dict[str, float]:
    """Return the terms that are numbers, for expressions."""
    return {key: float(value) for key, value in terms.items() if isinstance(value, int | float)}


def is_open(option: "Option", state: State) -> bool:
    """Whether this choice can be taken now."""
    return holds(option.condition, state)


def open_options(state: State) -> "list[Option]":
    """Return the choices of the present stage that can be taken, in their order."""
    if state.stage is None or state.stage.decision is None:
        return []
    return [option for option in state.stage.decision.options if is_open(option, state)]


def due_news(state: State, *, at: datetime) -> list[Inject]:
    """Return the news of the present stage that has to break in by now, earliest first."""
    if state.stage is None or state.paused_at is not None:
        return []
    seconds = state.active_seconds(at)
    found = [
        inject
        for inject in state.stage.injects
        if (state.stage.key, inject.key) not in state.fired and seconds >= inject.after * 60 and holds(inject.condition, state)
    ]
    return sorted(found, key=lambda inject: inject.after)


def seconds_to_news(state: State, *, at: datetime) -> float | None:
    """Return after how many seconds the page has to ask again for news, None when nothing can come."""
    if state.stage is None or state.paused_at is not None:
        return None
    waiting = [i.after * 60 for i in state.stage.injects if (state.stage.key, i.key) not in state.fired]
    later = [seconds - state.active_seconds(at) for seconds in waiting]
    return min((seconds for seconds in later if seconds > 0), default=None)


def visible(script: "CaseScript", state: State) -> "list[Exhibit]":
    """Return the exhibits that can be seen, in the order of the case."""
    shown = {exhibit.key for exhibit in script.visible_exhibits(state.reached)} | state.released
    return [exhibit for exhibit in script.exhibits if exhibit.key in shown]


def reply(state: State, offer: Mapping[str, float | str], *, trust: str = "trust") -> Answer:
    """Return what the counterpart answers to an offer now. A variable named trust (0 … 100) makes it more patient."""
    talk = _talk(state)
    if talk.room is not None:
        return tables.reply(talk, [turn.offer for turn in state.rounds], offer)
    patience = (state.variables[trust] - 50) / 250 if trust in state.variables else 0.0
    return answer(talk, [*(turn.offer for turn in state.rounds), offer], patience=patience)


def outcomes(state: State, talk: Negotiation, terms: Mapping[str, float | str]) -> list[tuple[str, str, str, float]]:
    """Return what a deal would come to: (title, English title, unit, amount) for each figure the case names."""
    names = numbers_of(terms)
    return [(o.title, o.title_en, o.unit, float(_amount(o.amount, state, names))) for o in talk.outcomes]
