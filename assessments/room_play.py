"""A room as it is shown: the seats, what lies on the table, the moves so far, and the form of who is on turn.

What is private to a seat (its brief, its weights, its own figures, what an offer is worth to it) is put together for that
seat alone; a watcher gets none of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from curriculum import bargaining, tables
from curriculum.caserules import Negotiation, Term
from curriculum.seats import Seat

from . import play as shown
from .models import Room, RoomMove, RoomSeat
from .room_moves import ShownMove, told_move
from .terms import offer_errors, said


@dataclass(frozen=True)
class ShownSeat:
    """A seat as everybody at the table sees it. who: the display name, "" for a script, or for nobody yet while it is free.
    agreed: to what lies on the table."""

    seat: Seat
    who: str
    mine: bool
    on_turn: bool
    agreed: bool
    away: bool
    free: bool


@dataclass(frozen=True)
class Weight:
    """What one term is worth to one's own seat."""

    term: Term
    best: str
    worst: str
    limit: str
    share: float  # of the whole, in percent


def seats_shown(room: Room, seats: Iterable[RoomSeat], table: tables.Table, own: RoomSeat | None) -> list[ShownSeat]:
    """Return the seats in their order. seats: with run__enrolment__user."""
    rules = room.rules
    found = []
    for seat in seats:
        spec = rules.seat(seat.key)
        if spec is not None:
            found.append(
                ShownSeat(
                    spec, seat.run.enrolment.user.full_name if seat.run else "", own is not None and seat.pk == own.pk,
                    room.is_playing and table.turn == seat.key, table.offer is not None and seat.key in table.agreed,
                    seat.run is not None and seat.away_at is not None,
                    seat.run is None and not room.started_at,
                )
            )  # fmt: skip
    return found


def moves_shown(room: Room, rows: Sequence[RoomMove], own: str = "") -> list[ShownMove]:
    """Return the moves, the latest first; with what each offer is worth to one's own seat."""
    talk = room.talk
    return [told_move(talk, row.as_json() | {"at": row.moved_at}, row.number, own) for row in reversed(rows)]


def weights_of(talk: Negotiation, key: str) -> list[Weight]:
    """Return a seat's own valuation as a table, heaviest term first."""
    view = tables.view_of(talk, key)
    whole = sum(term.weight for term in view.terms)
    found = []
    for term in view.terms:
        if term.kind == "choice":
            ordered = sorted(term.choices, key=lambda choice: -choice.value)
            best, worst, limit = ordered[0].text, ordered[-1].text, ""
        else:
            best, worst = said(term, term.best), said(term, term.worst)
            limit = "" if term.limit is None else said(term, term.limit)
        found.append(Weight(term, best, worst, limit, term.weight / whole * 100))
    return sorted(found, key=lambda line: -line.share)


def own_side(
    room: Room, own: RoomSeat, table: tables.Table, rows: Sequence[RoomMove], *, typed: Mapping[str, str] | None,
    problems: Mapping[str, str] | None, reckon: bool,
) -> dict[str, Any]:  # fmt: skip
    """Return what only this seat sees, with the form of its move. typed: what stands in the form."""
    talk, view = room.talk, tables.view_of(room.talk, own.key)
    mine = next((row.terms for row in reversed(rows) if row.seat_key == own.key and row.terms), None)
    tried = bargaining.read_offer(talk, typed) if reckon and typed and not problems else None
    wrong = offer_errors(problems or {})
    start = typed if typed is not None else {key: f"{v:.10g}" if not isinstance(v, str) else v for key, v in
                                             (mine or table.offer or {}).items()}  # fmt: skip
    offers = [(_("Worked out, not offered"), tried), (_("On the table"), table.offer), (_("Your last offer"), mine)]
    if table.offer is not None and table.by == own.key:
        offers.pop(2)
    state = shown.state_of(own.run, own.run.decisions.all())
    worths = [(head, round(bargaining.worth(view, terms) * 100)) for head, terms in offers if terms is not None]
    return {
        "seat": room.rules.seat(own.key),
        "weights": weights_of(talk, own.key),
        "fields": shown.term_fields(talk, [], start, wrong),
        "errors": wrong,
        "figures": shown.figures(state, view, offers),
        "worths": worths,
        "worth": round(bargaining.worth(view, table.offer) * 100) if table.offer is not None else None,
        "reserve": round(view.reserve * 100),
        "exhibits": shown.shown_exhibits(own.run.script(), state.visited, room.stage_key, state.released),
        "away": own.away_at is not None,
    }
