"""A case run as it is shown: the exhibits with what is new, the way so far, the variables, and the talks at the table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from curriculum import engine
from curriculum.caserules import Inject, Negotiation, Term, Variable
from curriculum.cases import CaseScript, Exhibit, Option, Stage
from curriculum.seats import Seat

from .models import CaseRun, Decision
from .room_moves import ShownMove, told
from .terms import terms_of


@dataclass(frozen=True)
class ShownExhibit:
    """is_new: brought by the present stage."""

    exhibit: Exhibit
    is_new: bool


@dataclass(frozen=True)
class TraceStep:
    """One thing that happened: what was chosen at a stage (None where nothing was asked), when, and the other ways.

    kind: decide, offer, accept, leave, room or inject; text: what was said or broke in, as clean HTML; terms: of an offer;
    counter: what they proposed instead, empty when they took it; moves, seat: of talks in a room.
    """

    stage: Stage
    option: Option | None
    decided_at: datetime | None
    others: tuple[Option, ...]
    kind: str = "decide"
    title: str = ""
    text: str = ""
    terms: tuple[tuple[Term, str], ...] = ()
    counter: tuple[tuple[Term, str], ...] = ()
    moves: tuple[ShownMove, ...] = ()
    seat: Seat | None = None

    @property
    def consequence(self) -> str:
        return self.option.consequence if self.option else self.text


@dataclass(frozen=True)
class Gauge:
    """One variable as it stands, and how it changed by the last step (0: not)."""

    variable: Variable
    value: float
    change: float = 0.0

    @property
    def has_range(self) -> bool:
        return self.variable.least is not None and self.variable.most is not None

    @property
    def above_least(self) -> float:
        return self.value - (self.variable.least or 0)

    @property
    def range(self) -> float:
        return (self.variable.most or 0) - (self.variable.least or 0)


def shown_exhibits(
    script: CaseScript, before: Iterable[str], now: str = "", released: Iterable[str] = (), seen: Iterable[str] = ()
) -> list[ShownExhibit]:
    """Return what can be seen: new exhibits first, each group in the order of the case.

    before: keys of the stages already left; now: key of the present stage, "" when all are left; released: exhibits that
    decisions and news have brought; seen: those of them that could be seen before the choice that led here.
    """
    known = {exhibit.key for exhibit in script.visible_exhibits(set(before))} | set(seen)
    wanted = {exhibit.key for exhibit in script.visible_exhibits({*before, now})} | set(released)
    shown = [
        ShownExhibit(exhibit, bool(now) and exhibit.key not in known)
        for exhibit in script.exhibits
        if exhibit.key in wanted
    ]
    return sorted(shown, key=lambda item: not item.is_new)


def state_of(run: CaseRun, decisions: Iterable[Decision]) -> engine.State:
    """Return where a run stands after these rows of it, without a query."""
    return engine.replay(run.script(), [decision.as_event() for decision in decisions], started_at=run.started_at)


def trace_steps(script: CaseScript, decisions: Iterable[Decision]) -> list[TraceStep]:
    """Return the way so far, in order. A stage the script does not know is left out, and so are pauses."""
    steps = []
    for decision in decisions:
        stage = script.stage(decision.stage_key)
        if stage is not None and (step := _step(stage, decision)) is not None:
            steps.append(step)
    return steps


def _step(stage: Stage, decision: Decision) -> TraceStep | None:
    kind, at, data = decision.kind, decision.decided_at, decision.data
    if kind == "decide":
        options = stage.decision.options if stage.decision else ()
        chosen = stage.decision.option(decision.option_key) if stage.decision else None
        return TraceStep(stage, chosen, at, tuple(option for option in options if option.key != decision.option_key))
    if kind == "inject":
        news = next((inject for inject in stage.injects if inject.key == data.get("key")), None)
        return news and TraceStep(stage, None, at, (), kind, news.title, news.text)
    talk = stage.negotiation
    if talk is None or kind not in ("offer", "accept", "leave", "room"):
        return None
    if kind == "room":
        deal = data["result"] == "deal"
        text, terms = (talk.deal_text, terms_of(talk, data["terms"])) if deal else (talk.failure_text, ())
        seat = talk.room.seat(data["seat"]) if talk.room else None
        return TraceStep(stage, None, at, (), kind, text=text, terms=terms, moves=tuple(told(talk, data)), seat=seat)
    if kind == "offer":
        text, counter = talk.deal_text if data["answer"]["accepted"] else "", data["answer"].get("counter")
        return TraceStep(
            stage, None, at, (), kind, text=text, terms=terms_of(talk, data["offer"]),
            counter=terms_of(talk, counter) if counter else (),
        )  # fmt: skip
    return TraceStep(stage, None, at, (), kind, text=talk.deal_text if kind == "accept" else talk.failure_text)


def gauges(script: CaseScript, now: Mapping[str, float], before: Mapping[str, float] | None = None) -> list[Gauge]:
    """Return the variables that are shown, with the change since `before`."""
    return [
        Gauge(
            variable,
            now[variable.key],
            round(now[variable.key] - (before or now).get(variable.key, now[variable.key]), 6),
        )
        for variable in script.variables
        if variable.shown and variable.key in now
    ]


def news_of(stage: Stage | None, state: engine.State) -> list[Inject]:
    """Return the news that has broken in at the present stage, the latest first."""
    if stage is None:
        return []
    return [inject for inject in reversed(stage.injects) if (stage.key, inject.key) in state.fired]


@dataclass(frozen=True)
class TalkRound:
    """One round as a row: the offer, and the proposal that came back (empty when it was accepted)."""

    number: int
    offer: tuple[tuple[Term, str], ...]
    counter: tuple[tuple[Term, str], ...]
    refusals: tuple[str, ...]
    over: bool


@dataclass(frozen=True)
class Figures:
    """What offers come to, side by side. rows: (title, English title, unit, (amount, …)), one amount for each of `heads`."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, str, str, tuple[float, ...]], ...]


def figures(
    state: engine.State, talk: Negotiation, offers: Sequence[tuple[str, Mapping[str, float | str] | None]]
) -> Figures | None:
    """Return the figures of the offers that there are, under their names; None without figures or offers."""
    there = [(head, engine.outcomes(state, talk, terms)) for head, terms in offers if terms is not None]
    if not talk.outcomes or not there:
        return None
    rows = tuple(
        (outcome.title, outcome.title_en, outcome.unit, tuple(found[place][3] for _head, found in there))
        for place, outcome in enumerate(talk.outcomes)
    )
    return Figures(tuple(head for head, _found in there), rows)


@dataclass(frozen=True)
class TermField:
    """One term in the form: what was typed, what is wrong with it."""

    term: Term
    value: str
    error: str = ""


def talk_rounds(talk: Negotiation, rounds: Sequence[engine.Round]) -> list[TalkRound]:
    found = []
    for number, turn in enumerate(rounds, 1):
        refused = [term.refusal for key in turn.refused if (term := talk.term(key)) and term.refusal]
        found.append(
            TalkRound(number, terms_of(talk, turn.offer), terms_of(talk, turn.counter or {}) if turn.counter else (),
                      tuple(refused), turn.over)
        )  # fmt: skip
    return found


def term_fields(talk: Negotiation, rounds: Sequence[engine.Round], typed: Mapping[str, str] | None = None,
                errors: Mapping[str, str] | None = None) -> list[TermField]:  # fmt: skip
    """Return the form of the next offer; it begins with what was typed, else with the last offer."""
    last = rounds[-1].offer if rounds else {}
    fields = []
    for term in talk.terms:
        value = typed.get(term.key, "") if typed is not None else last.get(term.key, "")
        text = value if isinstance(value, str) else f"{float(value):.10g}"
        fields.append(TermField(term, text, (errors or {}).get(term.key, "")))
    return fields
