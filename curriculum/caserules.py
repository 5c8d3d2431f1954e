"""What makes a case more than a branching text: variables, effects, conditions, timed news, counterparts to bargain with,
variants. Plain values, read from a frozen revision; the rules are played by `assessments`.

Every amount and condition is written in the language of `curriculum/expressions.py`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

from .expressions import ExpressionError, calls_in, names_in, parse
from .html import clean
from .seats import RoomRules, read_room, room_problems
from .streams import block_list

T = TypeVar("T")
PLACEHOLDER = re.compile(r"\{\{\s*([a-z][a-z0-9_]*)\s*\}\}")
KINDS = ("lab", "enterprise", "investor", "lawyer", "office")  # of counterparts
FUNCTIONS = {"chose": 2, "visited": 1, "released": 1, "deal": 1, "agreed": 2}  # of the world, with how many arguments
MAX_ROUNDS = 12
MONEY = {"npv": None, "annuity": 3, "dilution": 3}  # of the arithmetic of deals; npv takes any number


@dataclass(frozen=True)
class Variable:
    """Something that changes during the case: budget, days, trust. least, most: None where there is no end."""

    key: str
    title: str
    title_en: str
    unit: str
    start: str
    least: float | None
    most: float | None
    shown: bool


@dataclass(frozen=True)
class Effect:
    """amount: an expression. change: it is added; else the variable becomes it."""

    variable: str
    amount: str
    change: bool = True


@dataclass(frozen=True)
class Route:
    """Where a choice leads while the condition holds; the first that holds is taken."""

    condition: str
    next: str


@dataclass(frozen=True)
class Inject:
    """News that breaks in: so many minutes after the stage was entered (not counting pauses), if its condition holds."""

    key: str
    title: str
    text: str
    after: int
    condition: str
    effects: tuple[Effect, ...]
    releases: tuple[str, ...]


@dataclass(frozen=True)
class Counterpart:
    """profile: what everybody may know; brief: what only the one who plays it knows."""

    key: str
    name: str
    name_en: str
    kind: str
    profile: str
    brief: str


@dataclass(frozen=True)
class Choice:
    """value: how much it is worth to the counterpart, 0 … 1."""

    key: str
    text: str
    value: float


@dataclass(frozen=True)
class Term:
    """One thing that is bargained about.

    kind: number or choice. least, most, step: what can be offered. best, worst: for the counterpart (worth 1 and 0).
    limit: beyond it, seen from their best, they never go; None where they might. refusal: what they say then.
    """

    key: str
    label: str
    label_en: str
    kind: str
    unit: str
    weight: float
    least: float = 0
    most: float = 0
    step: float = 1
    best: float = 0
    worst: float = 0
    limit: float | None = None
    choices: tuple[Choice, ...] = ()
    refusal: str = ""


@dataclass(frozen=True)
class Outcome:
    """A figure that a deal comes to: an expression over the agreed terms and the variables."""

    key: str
    title: str
    title_en: str
    unit: str
    amount: str


@dataclass(frozen=True)
class Negotiation:
    """Rounds of structured offers with one counterpart, or with the other seats of a room (`curriculum/seats.py`).

    opening, reserve: the worth (0 … 1) the counterpart asks for in the first and in the last round.
    on_deal, on_failure: what follows; next_deal, next_failure: keys of stages, "" the stage below.
    """

    counterpart: str
    rounds: int
    opening: float
    reserve: float
    terms: tuple[Term, ...]
    outcomes: tuple[Outcome, ...]
    on_deal: tuple[Effect, ...]
    on_failure: tuple[Effect, ...]
    deal_text: str
    failure_text: str
    next_deal: str = ""
    next_failure: str = ""
    room: RoomRules | None = None

    def term(self, key: str) -> Term | None:
        return next((term for term in self.terms if term.key == key), None)


@dataclass(frozen=True)
class Variant:
    """Other names and numbers for the same case; `values` fill the placeholders {{name}} of its texts and amounts."""

    key: str
    title: str
    values: tuple[tuple[str, str], ...]


# --- Reading ----------------------------------------------------------------------------------------------------------


def _number(value: Any) -> float | None:
    return None if value in (None, "") else float(value)


def read_variable(v: Mapping[str, Any]) -> Variable:
    return Variable(
        v["key"], v["title"], v.get("title_en") or "", v.get("unit") or "", str(v.get("start") or "0"),
        _number(v.get("least")), _number(v.get("most")), bool(v.get("shown", True)),
    )  # fmt: skip


def read_effects(value: Any) -> tuple[Effect, ...]:
    return tuple(Effect(e["variable"], str(e["amount"]), e.get("how", "add") != "set") for e in block_list(value))


def read_routes(value: Any) -> tuple[Route, ...]:
    return tuple(Route(r["condition"], r["next"]) for r in block_list(value))


def read_injects(value: Any) -> tuple[Inject, ...]:
    return tuple(
        Inject(
            i["key"], i["title"], clean(i["text"]), i.get("after") or 0, i.get("condition") or "",
            read_effects(i.get("effects")), tuple(block_list(i.get("releases"))),
        )
        for i in block_list(value)
    )  # fmt: skip


def read_counterpart(v: Mapping[str, Any]) -> Counterpart:
    return Counterpart(
        v["key"], v["name"], v.get("name_en") or "", v["kind"], clean(v.get("profile") or ""), clean(v.get("brief") or "")
    )


def read_negotiation(value: Any) -> Negotiation | None:
    """Return the negotiation of a stage: the only child of its list, or None."""
    found = block_list(value)
    if not found:
        return None
    v = found[0]
    return Negotiation(
        counterpart=v.get("counterpart") or "",
        rounds=int(v.get("rounds") or 4),
        opening=float(v.get("opening") or 0) / 100,
        reserve=float(v.get("reserve") or 0) / 100,
        terms=tuple(_term(t) for t in block_list(v.get("terms"))),
        outcomes=_outcomes(v.get("outcomes")),
        on_deal=read_effects(v.get("on_deal")),
        on_failure=read_effects(v.get("on_failure")),
        deal_text=clean(v.get("deal_text") or ""),
        failure_text=clean(v.get("failure_text") or ""),
        next_deal=v.get("next_deal") or "",
        next_failure=v.get("next_failure") or "",
        room=read_room(v.get("room"), _outcomes),
    )


def _outcomes(value: Any) -> tuple[Outcome, ...]:
    return tuple(
        Outcome(o["key"], o["title"], o.get("title_en") or "", o.get("unit") or "", o["amount"]) for o in block_list(value)
    )


def _term(t: Mapping[str, Any]) -> Term:
    choices = tuple(Choice(c["key"], c["text"], float(c.get("value") or 0) / 100) for c in block_list(t.get("choices")))
    numbers = {name: float(t.get(name) or 0) for name in ("least", "most", "best", "worst")}
    return Term(
        t["key"], t["label"], t.get("label_en") or "", t.get("kind") or "number", t.get("unit") or "",
        float(t.get("weight") or 1), step=float(t.get("step") or 1), limit=_number(t.get("limit")), choices=choices,
        refusal=t.get("refusal") or "", **numbers,
    )  # fmt: skip


def read_variant(v: Mapping[str, Any]) -> Variant:
    return Variant(v["key"], v["title"], tuple((line["name"], line["value"]) for line in block_list(v.get("values"))))


def filled(thing: T, values: Mapping[str, str]) -> T:
    """Return the same plain value with every {{name}} in its texts replaced; an unknown name stays as it is."""
    if isinstance(thing, str):
        return PLACEHOLDER.sub(lambda found: values.get(found.group(1), found.group(0)), thing)  # type: ignore[return-value]
    if isinstance(thing, tuple):
        return tuple(filled(child, values) for child in thing)  # type: ignore[return-value]
    if is_dataclass(thing) and not isinstance(thing, type):
        return replace(thing, **{field.name: filled(getattr(thing, field.name), values) for field in fields(thing)})
    return thing


def placeholders(thing: Any) -> set[str]:
    """Return the names of all placeholders in the texts of a plain value."""
    if isinstance(thing, str):
        return set(PLACEHOLDER.findall(thing))
    if isinstance(thing, tuple):
        return {name for child in thing for name in placeholders(child)}
    if is_dataclass(thing) and not isinstance(thing, type):
        return {name for field in fields(thing) for name in placeholders(getattr(thing, field.name))}
    return set()


# --- Checks -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class World:
    """What expressions of a case may name. options: {stage: {option, …}}; terms: {stage with a negotiation: {term, …}}."""

    variables: frozenset[str]
    exhibits: frozenset[str]
    options: Mapping[str, frozenset[str]]
    terms: Mapping[str, frozenset[str]]


Problem = tuple[str, str]  # a kind for the page's words, and the word it is about


def expression_problems(text: str, world: World, *, names: Iterable[str] = ()) -> list[Problem]:
    """Return what is wrong with one expression; names: further names it may use."""
    if not text.strip():
        return []
    try:
        node = parse(PLACEHOLDER.sub("1", text))
    except ExpressionError as error:
        return [(f"expression_{error.kind}", error.word or text.strip()[:30])]
    known = world.variables | set(names)
    found = [("expression_unknown_name", name) for name in sorted(names_in(node) - known)]
    for call in calls_in(node):
        found += _call_problems(call.name, [a if isinstance(a, str) else None for a in call.arguments], world)
    return found


def _call_problems(name: str, arguments: list[str | None], world: World) -> list[Problem]:
    """arguments: names of places as they are, None for an amount."""
    amounts = arguments.count(None)
    if name in ("min", "max"):
        wrong = amounts != len(arguments) or amounts < 2
    elif name in MONEY:
        wrong = amounts != len(arguments) or amounts < 2 or MONEY[name] not in (None, amounts)
    elif name in FUNCTIONS:
        wrong = amounts > 0 or len(arguments) != FUNCTIONS[name]
    else:
        return [("expression_unknown_function", name)]
    if wrong:
        return [("expression_arguments", name)]
    if name not in FUNCTIONS:
        return []
    first, last = str(arguments[0]), str(arguments[-1])
    there = {
        "chose": last in world.options.get(first, ()),
        "visited": first in world.options,
        "released": first in world.exhibits,
        "deal": first in world.terms,
        "agreed": last in world.terms.get(first, ()),
    }[name]
    return [] if there else [("expression_unknown_place", f"{name}({', '.join(map(str, arguments))})")]


def effect_problems(effects: Iterable[Effect], world: World, *, names: Iterable[str] = ()) -> list[Problem]:
    found = []
    for effect in effects:
        if effect.variable not in world.variables:
            found.append(("unknown_variable", effect.variable))
        found += [("empty_amount", effect.variable)] if not effect.amount.strip() else []
        found += expression_problems(effect.amount, world, names=names)
    return found


def negotiation_problems(talk: Negotiation, counterparts: Iterable[str], world: World) -> list[Problem]:
    """Return what keeps a negotiation from being played."""
    found = list(room_problems(talk)) if talk.room else []
    if not talk.room and talk.counterpart not in set(counterparts):
        found.append(("unknown_counterpart", talk.counterpart))
    if not talk.terms or not 1 <= talk.rounds <= MAX_ROUNDS:
        found.append(("negotiation_empty", ""))
    if not talk.room and not 0 < talk.reserve <= talk.opening <= 1:  # in a room the seats have their own
        found.append(("negotiation_threshold", ""))
    for term in talk.terms:
        if term.kind == "choice" and len(term.choices) < 2:
            found.append(("term_without_choices", term.key))
        ends = talk.room is not None or term.best != term.worst
        if term.kind == "number" and not (term.least < term.most and ends and term.step > 0):
            found.append(("term_without_range", term.key))
    names = [term.key for term in talk.terms]
    found += [("name_twice", name) for name in names if name in world.variables or names.count(name) > 1]
    for outcome in (*talk.outcomes, *(o for seat in (talk.room.seats if talk.room else ()) for o in seat.outcomes)):
        found += expression_problems(outcome.amount, world, names=names)
    return found + effect_problems(talk.on_deal, world, names=names) + effect_problems(talk.on_failure, world)
