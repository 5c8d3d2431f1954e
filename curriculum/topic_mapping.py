"""Which topics of a new version stand for those of an old one, at one level. Plain values in and out.

By identifier first (copies of a topic share their lineage, in CASE packages too), then by an approved statement of
equivalence, then by code. A statement counts when everything on its "from" side is covered.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .syllabus_diff import Topic, aspects

IDENTIFIER, STATEMENT, CODE, NONE = "identifier", "statement", "code", "none"


@dataclass(frozen=True)
class Rule:
    """A statement that exempts in full: codes of the old level's topics, codes of the new level's."""

    sources: frozenset[str]
    targets: frozenset[str]


@dataclass(frozen=True)
class Mapped:
    """One topic of the old level. after: the topics that stand for it now, none when it has to be decided by hand."""

    before: Topic
    after: tuple[Topic, ...] = ()
    how: str = NONE

    @property
    def aspects(self) -> tuple[str, ...]:
        """In what the topic itself differs; nothing when several stand for it, or a statement says which."""
        return aspects(self.before, self.after[0]) if self.how in (IDENTIFIER, CODE) else ()


def map_topics(old: Iterable[Topic], new: Iterable[Topic], rules: Iterable[Rule], covered: Iterable[str]) -> list[Mapped]:
    """Return what became of each topic, in the order of the old level. covered: codes that the course covers."""
    new = list(new)
    by_lineage = {topic.lineage: topic for topic in new if topic.lineage}
    by_code = {topic.code: topic for topic in new}
    have = frozenset(covered)
    usable = [rule for rule in rules if rule.sources <= have and rule.targets <= set(by_code)]
    return [_mapped(topic, by_lineage, by_code, usable) for topic in old]


def _mapped(topic: Topic, by_lineage: dict[str, Topic], by_code: dict[str, Topic], rules: list[Rule]) -> Mapped:
    if found := by_lineage.get(topic.lineage):
        return Mapped(topic, (found,), IDENTIFIER)
    codes = {code for rule in rules if topic.code in rule.sources for code in rule.targets}
    if codes:
        return Mapped(topic, tuple(row for code, row in by_code.items() if code in codes), STATEMENT)
    if found := by_code.get(topic.code):
        return Mapped(topic, (found,), CODE)
    return Mapped(topic)
