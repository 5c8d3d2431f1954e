"""A negotiation for several people: the seats at the table, each with its own brief and its own weights. Plain values, read
from a frozen revision; how a table is played stands in `curriculum/tables.py`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.html import strip_tags

from .html import clean
from .streams import block_list

if TYPE_CHECKING:
    from .caserules import Negotiation, Outcome, Problem

LEAST, MOST = 2, 5  # seats
LONGEST = 14 * 24 * 60  # minutes for one move


@dataclass(frozen=True)
class SeatTerm:
    """What one term is worth to one seat, as in `caserules.Term`; values: of the choices, 0 … 1."""

    term: str
    weight: float
    best: float
    worst: float
    limit: float | None
    refusal: str
    values: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Seat:
    """profile: what everybody may know; brief: for who sits here, and for nobody else before the debrief.

    opening, reserve: the worth (0 … 1) its script asks for in the first and in the last round. outcomes: figures for this
    seat's eyes.
    """

    key: str
    name: str
    name_en: str
    kind: str
    profile: str
    brief: str
    opening: float
    reserve: float
    terms: tuple[SeatTerm, ...]
    outcomes: "tuple[Outcome, ...]"


@dataclass(frozen=True)
class RoomRules:
    """minutes: for one move. missed: "scripted" (the script moves for the seat) or "pass". waiting: minutes until an open
    room begins with scripted seats by itself, 0 never. reveal: whether the debrief shows all briefs and weights."""

    minutes: int
    missed: str
    waiting: int
    reveal: bool
    seats: tuple[Seat, ...]

    def seat(self, key: str) -> Seat | None:
        return next((seat for seat in self.seats if seat.key == key), None)

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(seat.key for seat in self.seats)


def read_room(value: Any, outcomes: "Callable[[Any], tuple[Outcome, ...]]") -> RoomRules | None:
    """Return the room of a negotiation: the only child of its list, or None. outcomes: reads a list of figures."""
    found = block_list(value)
    if not found:
        return None
    v = found[0]
    return RoomRules(
        int(v.get("minutes") or 0), v.get("missed") or "scripted", int(v.get("waiting") or 0), bool(v.get("reveal", True)),
        tuple(
            Seat(
                s["key"], s["name"], s.get("name_en") or "", s.get("kind") or "enterprise", clean(s.get("profile") or ""),
                clean(s.get("brief") or ""), float(s.get("opening") or 0) / 100, float(s.get("reserve") or 0) / 100,
                tuple(_seat_term(t) for t in block_list(s.get("terms"))), outcomes(s.get("outcomes")),
            )
            for s in block_list(v.get("seats"))
        ),
    )  # fmt: skip


def _seat_term(t: Mapping[str, Any]) -> SeatTerm:
    limit = t.get("limit")
    return SeatTerm(
        t["term"], float(t.get("weight") or 1), float(t.get("best") or 0), float(t.get("worst") or 0),
        None if limit in (None, "") else float(limit), t.get("refusal") or "",
        tuple((c["key"], float(c.get("value") or 0) / 100) for c in block_list(t.get("values"))),
    )  # fmt: skip


def room_problems(talk: "Negotiation") -> "Iterator[Problem]":
    """Yield what keeps the table from being played; the expressions of the figures are checked where the rest is."""
    room = talk.room
    assert room is not None
    if not LEAST <= len(room.seats) <= MOST:
        yield "room_seats", str(len(room.seats))
    if not 1 <= room.minutes <= LONGEST or not 0 <= room.waiting <= LONGEST:
        yield "room_minutes", ""
    for key in _repeated(room.keys):
        yield "seat_twice", key
    for seat in room.seats:
        if not strip_tags(seat.brief).strip():
            yield "seat_without_brief", seat.name
        if not strip_tags(seat.profile).strip():
            yield "seat_without_profile", seat.name
        if not 0 < seat.reserve <= seat.opening <= 1:
            yield "negotiation_threshold", seat.name
        yield from _term_problems(talk, seat)


def _term_problems(talk: "Negotiation", seat: Seat) -> "Iterator[Problem]":
    own = {line.term: line for line in seat.terms}
    for key in [*_repeated(line.term for line in seat.terms), *(key for key in own if talk.term(key) is None)]:
        yield "seat_term_wrong", f"{seat.name} · {key}"
    for term in talk.terms:
        line = own.get(term.key)
        if line is None:
            yield "seat_without_term", f"{seat.name} · {term.label}"
        elif term.kind == "choice" and {key for key, _worth in line.values} != {choice.key for choice in term.choices}:
            yield "seat_choices", f"{seat.name} · {term.label}"
        elif term.kind == "number" and line.best == line.worst:
            yield "seat_range", f"{seat.name} · {term.label}"


def _repeated(keys: Any) -> list[str]:
    return [key for key, times in Counter(keys).items() if times > 1]
