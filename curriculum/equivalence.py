"""What is exempted where standards overlap: earned topics and approved statements in, exemptions out. Pure.

A statement counts when everything on its "from" side is earned. What is earned counts once: two statements that rest on
the same topic can't both be used. No topic is exempted for more hours than it has, and nothing is chained: of A → B and
B → C, A does not give C; an authority that wants that says so. The order of the input changes nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

EXACT = 10  # statements in conflict with each other up to which every combination is tried


@dataclass(frozen=True, order=True)
class Ref:
    """A place in a standard: a level (module and topic empty), a module of it, or a topic. standard: its slug."""

    standard: str
    level: str
    module: str = ""
    topic: str = ""

    @property
    def above(self) -> tuple["Ref", ...]:
        """This place and those it lies in."""
        level, module = Ref(self.standard, self.level), Ref(self.standard, self.level, self.module)
        return (level,) if self == level else (module, level) if self == module else (self, module, level)


@dataclass(frozen=True)
class TopicHours:
    """A topic with its hours; `required` topics are what a module or level has to be earned in full."""

    ref: Ref
    hours: Decimal
    required: bool = True


@dataclass(frozen=True)
class Statement:
    """An approved statement. sources → targets; hours: None = the targets in full, else so many hours over them."""

    id: str
    sources: frozenset[Ref]
    targets: frozenset[Ref]
    hours: Decimal | None = None
    both_ways: bool = False


@dataclass(frozen=True, order=True)
class Exemption:
    """Hours of one topic of the target level that need not be earned again, and the statement that says so."""

    topic: Ref
    statement: str
    hours: Decimal


@dataclass(frozen=True)
class _Use:
    """A statement that could be used: what it would spend, and the topics it speaks of in order."""

    statement: Statement
    spends: frozenset[Ref]
    topics: tuple[Ref, ...]


def resolve(
    earned: Iterable[Ref],
    target: Ref,
    statements: Iterable[Statement],
    topics: Iterable[TopicHours],
) -> list[Exemption]:
    """Return the exemptions for a level, in the order of its topics' codes.

    earned: topics passed, or modules and levels held as a whole (a certificate), of any standard.
    target: a level. topics: every topic of the standards that the statements speak of, the target level's included.
    Of statements that rest on the same topic, those are used that give the most hours; among equals the fewer and
    those with the lower id.
    """
    by_ref = {topic.ref: topic for topic in topics}
    held = frozenset(earned)
    need = {
        ref: topic.hours for ref, topic in by_ref.items() if target in ref.above and not held.intersection(ref.above)
    }
    uses = sorted(
        (use for one in statements for way in _ways(one) if (use := _use(way, held, target, need, by_ref))),
        key=lambda use: (use.statement.id, sorted(use.spends), use.topics),
    )
    found: list[Exemption] = []
    for group in _groups(uses):
        found += _best(group, need)
    return sorted(found)


def granted(exemptions: Iterable[Exemption]) -> Decimal:
    return sum((line.hours for line in exemptions), Decimal(0))


def _ways(statement: Statement) -> list[Statement]:
    one = Statement(statement.id, statement.sources, statement.targets, statement.hours)
    return [one, Statement(one.id, one.targets, one.sources, one.hours)] if statement.both_ways else [one]


def _use(
    statement: Statement,
    held: frozenset[Ref],
    target: Ref,
    need: Mapping[Ref, Decimal],
    topics: Mapping[Ref, TopicHours],
) -> _Use | None:
    """Return how the statement could be used, None when its side is not earned or it gives nothing for this level."""
    wanted = tuple(sorted(ref for ref in need if statement.targets.intersection(ref.above)))
    inside_already = any(target in source.above for source in statement.sources)  # what counts there by itself
    if not wanted or not statement.sources or inside_already:
        return None
    spends: set[Ref] = set()
    for source in statement.sources:
        inside = [topic for topic in topics.values() if source in topic.ref.above]
        if not held.intersection(source.above):
            required = [topic for topic in inside if topic.required]
            if not required or not all(held.intersection(topic.ref.above) for topic in required):
                return None
        spends |= {source, *(topic.ref for topic in inside)}
    return _Use(statement, frozenset(spends), wanted)


def _groups(uses: list[_Use]) -> list[list[_Use]]:
    """Split into groups that share neither what they spend nor what they exempt."""
    groups: list[list[_Use]] = []
    for use in uses:
        touching = [g for g in groups if any(use.spends & o.spends or set(use.topics) & set(o.topics) for o in g)]
        groups = [g for g in groups if g not in touching] + [[*(o for g in touching for o in g), use]]
    return groups


def _best(group: list[_Use], need: Mapping[Ref, Decimal]) -> list[Exemption]:
    """Return the exemptions of the best uses that fit together: every combination of few, else one after the other."""
    group = sorted(group, key=lambda use: (use.statement.id, sorted(use.spends), use.topics))
    if len(group) <= EXACT:
        choices = [
            _apply(chosen, need)
            for size in range(1, len(group) + 1)
            for chosen in combinations(group, size)
            if _fit(chosen)
        ]
        return max(choices, key=granted)  # max keeps the first of equals: the fewer, then the lower ids
    chosen: list[_Use] = []
    for use in sorted(group, key=lambda use: -granted(_apply((use,), need))):
        if _fit((*chosen, use)):
            chosen.append(use)
    return _apply(tuple(chosen), need)


def _fit(chosen: tuple[_Use, ...]) -> bool:
    spent = [ref for use in chosen for ref in use.spends]
    return len(spent) == len(set(spent))


def _apply(chosen: tuple[_Use, ...], need: Mapping[Ref, Decimal]) -> list[Exemption]:
    """Give out the hours: statements in full first, then those that give some hours, topic by topic."""
    left = {ref: need[ref] for use in chosen for ref in use.topics}
    found = []
    for use in sorted(chosen, key=lambda use: use.statement.hours is not None):
        budget = use.statement.hours
        for ref in use.topics:
            hours = left[ref] if budget is None else min(left[ref], budget)
            if hours > 0:
                found.append(Exemption(ref, use.statement.id, hours))
                left[ref] -= hours
                budget = None if budget is None else budget - hours
    return found
