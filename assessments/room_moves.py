"""The moves of a room in words: at the table while it is played, and later from the event that each run keeps of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from curriculum import tables
from curriculum.caserules import Negotiation, Term
from curriculum.seats import Seat

from .models import RoomMove
from .terms import terms_of


@dataclass(frozen=True)
class ShownMove:
    """One move as it is told. how: person, scripted or missed."""

    number: int
    seat: Seat | None
    kind: str
    how: str
    terms: tuple[tuple[Term, str], ...]
    message: str
    at: datetime | None
    worth: float | None = None  # to the seat that looks on, of 100
    to_all: tuple[tuple[Seat, float], ...] = ()

    @property
    def by_script(self) -> bool:
        return self.how != RoomMove.How.PERSON


def told(talk: Negotiation, data: Mapping[str, Any], *, everybody: bool = False) -> list[ShownMove]:
    """Return the moves kept in the event of a run, in order, with what they were worth to that run's seat.

    everybody: with what they were worth to all seats, for the debrief of a case that reveals it."""
    return [
        told_move(talk, move | {"at": datetime.fromisoformat(move["at"])}, number, data["seat"],
              everybody=everybody)
        for number, move in enumerate(data["moves"], 1)
    ]  # fmt: skip


def told_move(
    talk: Negotiation, move: Mapping[str, Any], number: int, own: str, *, everybody: bool = False
) -> ShownMove:
    """Return one move in words; own: the seat that looks on, "" for a watcher."""
    terms, room = move["terms"], talk.room
    assert room is not None
    worth = round(tables.worth_to(talk, own, terms) * 100) if terms and room.seat(own) else None
    to_all = (
        tuple((s, round(tables.worth_to(talk, s.key, terms) * 100)) for s in room.seats) if terms and everybody else ()
    )
    return ShownMove(
        number, room.seat(move["seat"]), move["kind"], move["how"], terms_of(talk, terms) if terms else (),
        move["message"], move["at"], worth, to_all,
    )  # fmt: skip
