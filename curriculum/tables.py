"""A table with several seats: whose turn it is, what lies on it, what a scripted seat does. Pure: moves in, table out.

Seats move one after the other, in the order of the case. An offer has to be accepted by all others; a counter-offer replaces
it, a rejection takes it off, and it lapses when the turn comes back to who made it. After the last round no new offer can be
made; what lies on the table then is still answered. Moves:

    offer    terms         accept            reject            pass (a missed turn)            leave (no deal, for everybody)
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from .bargaining import Answer, Offer, asked_in, beyond_limit, counter_offer, worth
from .caserules import Negotiation, Term
from .seats import SeatTerm

KINDS = ("offer", "accept", "reject", "pass", "leave")


class Refused(ValueError):
    """The move can't be made now. `kind`: a key for the page's words."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True)
class Move:
    seat: str
    kind: str
    terms: Offer | None = None


@dataclass
class Table:
    """seats: keys in their order. offer: what lies on the table, from whom; agreed: who stands to it, its maker too.

    last: the latest offer there was, also when it is off the table. result: "", "deal" or "failure".
    """

    seats: tuple[str, ...]
    rounds: int
    count: int = 0
    turn: str = ""
    offer: Offer | None = None
    by: str = ""
    agreed: set[str] = field(default_factory=set)
    last: Offer | None = None
    result: str = ""

    @property
    def round(self) -> int:
        """The round that is being played, 1 is the first."""
        return min(self.rounds, self.count // len(self.seats) + 1)

    @property
    def may_offer(self) -> bool:
        return self.count < self.rounds * len(self.seats)

    @property
    def may_leave(self) -> bool:
        """Nobody walks away before everybody has had a turn."""
        return self.count >= len(self.seats)

    def allowed(self) -> tuple[str, ...]:
        """Return the kinds of moves that whose turn it is can make."""
        if self.result:
            return ()
        found = ["offer"] if self.may_offer else []
        found += ["accept", "reject"] if self.offer is not None else []
        return (*found, "leave") if self.may_leave else tuple(found)


def begin(talk: Negotiation) -> Table:
    assert talk.room is not None
    return Table(talk.room.keys, talk.rounds, turn=talk.room.keys[0])


def play(talk: Negotiation, moves: Iterable[Move]) -> Table:
    """Return the table after these moves. Raises Refused for one that could not be made."""
    table = begin(talk)
    for move in moves:
        happen(table, move)
    return table


def happen(table: Table, move: Move) -> None:
    """Change the table by one move. Raises Refused when it can't be made now."""
    if table.result:
        raise Refused("over")
    if move.seat != table.turn:
        raise Refused("not_your_turn")
    if move.kind != "pass" and move.kind not in table.allowed():
        raise Refused(f"no_{move.kind}")
    if move.kind == "offer":
        assert move.terms is not None
        table.offer, table.by, table.agreed, table.last = move.terms, move.seat, {move.seat}, move.terms
    elif move.kind == "accept":
        table.agreed.add(move.seat)
        if table.agreed == set(table.seats):
            table.result = "deal"
    elif move.kind == "reject":
        table.offer, table.by, table.agreed = None, "", set()
    elif move.kind == "leave":
        table.result = "failure"
    table.count += 1
    if not table.result:
        _turn(table)


def _turn(table: Table) -> None:
    table.turn = table.seats[(table.seats.index(table.turn) + 1) % len(table.seats)]
    if table.offer is not None and table.by == table.turn:  # everybody had a turn, not everybody agreed
        table.offer, table.by, table.agreed = None, "", set()
    if table.offer is None and not table.may_offer:
        table.result = "failure"


# --- What an offer is to a seat, and what its script does --------------------------------------------------------------


@lru_cache(maxsize=256)
def view_of(talk: Negotiation, key: str) -> Negotiation:
    """Return the negotiation as one seat sees it: its own weights, ends and figures in every term."""
    seat = talk.room.seat(key) if talk.room else None
    if seat is None:
        raise KeyError(key)
    own = {line.term: line for line in seat.terms}
    terms = tuple(_seen(term, own[term.key]) if term.key in own else term for term in talk.terms)
    return replace(
        talk, terms=terms, opening=seat.opening, reserve=seat.reserve, outcomes=(*talk.outcomes, *seat.outcomes)
    )


def _seen(term: Term, line: SeatTerm) -> Term:
    values = dict(line.values)
    choices = tuple(replace(choice, value=values.get(choice.key, 0.0)) for choice in term.choices)
    return replace(
        term, weight=line.weight, best=line.best, worst=line.worst, limit=line.limit, refusal=line.refusal, choices=choices
    )


def worth_to(talk: Negotiation, key: str, offer: Offer) -> float:
    """Return what an offer is worth to a seat, 0 … 1, by its own weights."""
    return worth(view_of(talk, key), offer)


def takes(view: Negotiation, offer: Offer, turn: int) -> bool:
    """Whether the script of this seat accepts an offer in a round."""
    return worth(view, offer) >= asked_in(view, turn) and not refused_by(view, offer)


def refused_by(view: Negotiation, offer: Offer) -> tuple[str, ...]:
    """Return the terms that lie beyond what this seat ever does."""
    return tuple(term.key for term in view.terms if beyond_limit(term, offer[term.key]))


def scripted(talk: Negotiation, table: Table) -> Move:
    """Return the move of the script for whose turn it is: the same table always gets the same move."""
    key, view = table.turn, view_of(talk, table.turn)
    if table.offer is not None:
        if takes(view, table.offer, table.round):
            return Move(key, "accept")
        if not table.may_offer:
            return Move(key, "reject")
    aim = table.offer or table.last or middle(talk)
    return Move(key, "offer", counter_offer(view, aim, asked_in(view, table.round)))


def middle(talk: Negotiation) -> dict[str, float | str]:
    """Return an offer in the middle of what can be offered: where talks begin that nobody has begun."""
    return {
        term.key: term.choices[len(term.choices) // 2].key if term.kind == "choice" else (term.least + term.most) / 2
        for term in talk.terms
    }


@lru_cache(maxsize=64)
def by_scripts(talk: Negotiation) -> tuple[Mapping[str, float | str], bool]:
    """Return what the scripts of all seats agree on among themselves, and whether they do; else the last offer."""
    table = begin(talk)
    while not table.result:
        happen(table, scripted(talk, table))
    return dict(table.offer or table.last or middle(talk)), table.result == "deal"


def reply(talk: Negotiation, made: Sequence[Offer], offer: Offer) -> Answer:
    """Return what the others answer to an offer of the first seat, where one person plays alone as in a preview.

    All of them have to take it; else they look for a counter-offer that all of them take, asking for less from round to
    round; none when they find no common one. worth: to who gains least by it. made: the offers before this one.
    """
    assert talk.room is not None
    turn = len(made) + 1
    views = [view_of(talk, key) for key in talk.room.keys[1:]]
    least = min(views, key=lambda view: worth(view, offer) - asked_in(view, turn))
    value, asked = worth(least, offer), asked_in(least, turn)
    if all(takes(view, offer, turn) for view in views):
        return Answer(True, None, (), value, asked)
    refused = tuple(dict.fromkeys(key for view in views for key in refused_by(view, offer)))
    return Answer(False, _common(talk, views, offer, turn), refused, value, asked, over=turn >= talk.rounds)


def _common(talk: Negotiation, views: Sequence[Negotiation], offer: Offer, turn: int) -> dict[str, float | str] | None:
    found: dict[str, float | str] = dict(offer)
    for step in range(turn, talk.rounds + 1):
        for view in views:
            if not takes(view, found, step):
                found = counter_offer(view, found, asked_in(view, step))
        if all(takes(view, found, step) for view in views):
            return found
    return None
