"""Every way through a case: where it ends and with what, for the checks before review and the debrief afterwards. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from . import engine, tables
from .caserules import Negotiation

if TYPE_CHECKING:
    from .cases import CaseScript

SOMETIME = datetime(2000, 1, 1, tzinfo=UTC)  # no way depends on when it is walked: timed news is left out
MOST = 600


@dataclass(frozen=True)
class Way:
    """One way to an end. choices: ((stage, option), …), "deal" and "failure" for negotiations; stuck_at: the stage where
    nothing can be chosen any more, "" for a way that comes to its end."""

    choices: tuple[tuple[str, str], ...]
    visited: tuple[str, ...]
    variables: dict[str, float]
    stuck_at: str = ""


def ways(script: "CaseScript", *, most: int = MOST) -> list[Way]:
    """Return the ways through the case, at most so many, in the order of its options.

    Conditions are asked; news with a clock is left out; a deal is the one the counterpart would just accept in the last
    round. On some nothing can be chosen any more (`stuck_at`).
    """
    if not script.stages:
        return []
    found: list[Way] = []
    for way in _walk(script, engine.begin(script, at=SOMETIME), ()):
        found.append(way)
        if len(found) >= most:
            break
    return found


def _walk(script: "CaseScript", state: engine.State, choices: tuple[tuple[str, str], ...]) -> Iterator[Way]:
    if state.stage is None:
        yield Way(choices, tuple(state.visited), dict(state.variables))
        return
    key = state.stage.key
    if key in state.visited:  # a circle: the checks name it
        yield Way(choices, tuple(state.visited), dict(state.variables), key)
        return
    if state.stage.negotiation:
        for name, events in _talks(state, state.stage.negotiation):
            yield from _walk(script, _after(script, state, events), (*choices, (key, name)))
        return
    if state.stage.decision is None:
        yield from _walk(script, _after(script, state, [engine.Event("decide", key, {}, SOMETIME)]), choices)
        return
    options = engine.open_options(state)
    if not options:
        yield Way(choices, tuple(state.visited), dict(state.variables), key)
    for option in options:
        event = engine.Event("decide", key, {"option": option.key}, SOMETIME)
        yield from _walk(script, _after(script, state, [event]), (*choices, (key, option.key)))


def _after(script: "CaseScript", state: engine.State, events: list[engine.Event]) -> engine.State:
    following = engine.copy_of(state)
    for event in events:
        engine.happen(script, following, event)
    return following


def _talks(state: engine.State, talk: Negotiation) -> list[tuple[str, list[engine.Event]]]:
    """A deal on the counterpart's middle ground (in a room: on what the scripts of all seats agree on), and the failure."""
    assert state.stage is not None
    key = state.stage.key
    offer = dict(tables.by_scripts(talk)[0]) if talk.room else {
        term.key: max(term.choices, key=lambda choice: choice.value).key
        if term.kind == "choice"
        else term.best + (1 - talk.reserve) * (term.worst - term.best)
        for term in talk.terms
    }
    made = engine.Event("offer", key, {"offer": offer, "answer": {"accepted": True}}, SOMETIME)
    refused = engine.Event("offer", key, {"offer": offer, "answer": {"accepted": False, "over": True}}, SOMETIME)
    return [("deal", [made]), ("failure", [refused, engine.Event("leave", key, {}, SOMETIME)])]


@dataclass(frozen=True)
class Compared:
    """One variable at the end of one's own way beside all ways."""

    key: str
    own: float
    least: float
    most: float
    better: int  # ways that end higher
    all: int


def compare(script: "CaseScript", own: dict[str, float], found: list[Way]) -> list[Compared]:
    """Return the shown variables of one's own end beside those of all ways that come to an end."""
    ends = [way.variables for way in found if not way.stuck_at]
    lines = []
    for variable in script.variables:
        if not variable.shown or not ends:
            continue
        values = [end[variable.key] for end in ends]
        mine = own.get(variable.key, 0.0)
        lines.append(
            Compared(variable.key, mine, min(values), max(values), sum(value > mine for value in values), len(values))
        )
    return lines
