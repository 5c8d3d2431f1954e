"""How the talks of a run went, told afterwards: what each offer was worth to the other side, and what they asked for then."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from curriculum import engine, tables
from curriculum.caserules import Negotiation, Term
from curriculum.cases import CaseScript, Stage
from curriculum.seats import Seat

from .models import Decision
from .play import TraceStep, trace_steps
from .room_moves import ShownMove, told
from .terms import terms_of


@dataclass(frozen=True)
class Told:
    """One round. worth, asked: to the counterpart, 0 … 100; they accept what is worth what they ask for.

    refused: labels of what lay beyond anything they do.
    """

    number: int
    offer: tuple[tuple[Term, str], ...]
    worth: float
    asked: float
    accepted: bool
    refused: tuple[Term, ...]


@dataclass
class Talks:
    """A negotiation from its first offer to its end. result: "deal", "failure" or "" (not ended).

    seat: one's own at a table with others; moves: of everybody there, with what they were worth to all where the case
    reveals it. people: keys of the seats that were no scripts.
    """

    negotiation: Negotiation
    rounds: list[Told] = field(default_factory=list)
    result: str = ""
    terms: tuple[tuple[Term, str], ...] = ()
    figures: list[tuple[str, str, str, float]] = field(default_factory=list)
    proposal_taken: bool = False
    seat: Seat | None = None
    moves: list[ShownMove] = field(default_factory=list)
    people: tuple[str, ...] = ()

    @property
    def briefs(self) -> tuple[Seat, ...]:
        """The other seats whose briefs the debrief shows."""
        room = self.negotiation.room
        return tuple(seat for seat in room.seats if seat != self.seat) if room and room.reveal else ()

    @property
    def text(self) -> str:
        return {"deal": self.negotiation.deal_text, "failure": self.negotiation.failure_text}.get(self.result, "")


@dataclass(frozen=True)
class Chapter:
    """One stage of the way as the debrief tells it: a choice, or talks."""

    stage: Stage
    step: TraceStep | None = None
    talks: Talks | None = None


def chapters(script: CaseScript, decisions: Iterable[Decision], *, started_at: datetime) -> list[Chapter]:
    """Return the stages at which something was decided or bargained about, in order. The run is played again, without a query."""
    state = engine.begin(script, at=started_at)
    found: list[Chapter] = []
    for decision in decisions:
        stage = state.stage
        assert stage is not None
        if decision.kind == "decide" and stage.decision is not None:
            found += [Chapter(stage, step) for step in trace_steps(script, [decision])]
        elif stage.negotiation is not None and decision.kind in ("offer", "accept", "leave", "room"):
            if not found or found[-1].stage is not stage:
                found.append(Chapter(stage, talks=Talks(stage.negotiation)))
            _tell(found[-1].talks, state, decision)
        engine.happen(script, state, decision.as_event())
    return found


def _tell(talks: Talks | None, state: engine.State, decision: Decision) -> None:
    """Add one step to the talks; the state is the one before it."""
    assert talks is not None
    talk, deal = talks.negotiation, None
    if decision.kind == "room":
        assert talk.room is not None
        talks.seat, talks.people = talk.room.seat(decision.data["seat"]), tuple(decision.data["people"])
        talks.moves = told(talk, decision.data, everybody=talk.room.reveal)
        talks.result, deal = decision.data["result"], decision.data["terms"] or None
        talk = tables.view_of(talk, decision.data["seat"])  # with the figures that only this seat sees
    elif decision.kind == "offer":
        offer, answer = decision.data["offer"], decision.data["answer"]
        refused = tuple(term for term in talk.terms if term.key in answer["refused"])
        accepted, worth, asked = answer["accepted"], answer["worth"] * 100, answer["asked"] * 100
        talks.rounds.append(Told(len(talks.rounds) + 1, terms_of(talk, offer), worth, asked, accepted, refused))
        deal = offer if accepted else None
    elif decision.kind == "accept":
        deal, talks.proposal_taken = state.rounds[-1].counter, True
    else:
        talks.result = "failure"
    if deal is not None:
        talks.result, talks.terms, talks.figures = "deal", terms_of(talk, deal), engine.outcomes(state, talk, deal)
