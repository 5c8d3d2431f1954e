"""Two syllabus versions side by side: what was added, removed, moved, renamed, lengthened. Plain values in and out.

The input is what `Syllabus.content()` gives: the JSON of `as_json()` with the `lineage` of each topic. Topics are
matched by lineage (copies of one topic share it), then by code, then by title, so that a moved or renamed topic is
told from one that went and another that came. Knows nothing of the database.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

# Aspects in which one topic can differ, in the order in which people ask for them.
MOVED, RENAMED, RECODED, REQUIREMENT, HOURS = "moved", "renamed", "recoded", "requirement", "hours"
OUTCOMES, COMPETENCES, ENGLISH, SOURCE = "outcomes", "competences", "english", "source"
ASPECTS = (MOVED, RENAMED, RECODED, REQUIREMENT, HOURS, OUTCOMES, COMPETENCES, ENGLISH, SOURCE)
ADDED, REMOVED, CHANGED, SAME = "added", "removed", "changed", "same"


@dataclass(frozen=True)
class Topic:
    """One topic of one version, with the level and module it stands in (their codes). hours: 学时, exactly."""

    lineage: str
    level: str
    module: str
    code: str
    title: str
    title_en: str
    required: bool
    hours: Decimal
    outcomes: tuple[str, ...] = ()
    outcomes_en: tuple[str, ...] = ()
    competences: tuple[str, ...] = ()
    hours_source: str = ""
    hours_verified: bool = False


@dataclass(frozen=True)
class TopicChange:
    """One topic before and after; one of them is None for a topic that came or went. aspects: see ASPECTS."""

    before: Topic | None
    after: Topic | None
    aspects: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        if self.before is None:
            return ADDED
        if self.after is None:
            return REMOVED
        return CHANGED if self.aspects else SAME

    @property
    def topic(self) -> Topic:
        """The topic as it stands now, or as it last stood."""
        return self.after or self.before  # type: ignore[return-value]

    @property
    def hours_delta(self) -> Decimal:
        """Hours after less hours before; all of them for a topic that came or went."""
        return (self.after.hours if self.after else Decimal(0)) - (self.before.hours if self.before else Decimal(0))

    def _new_of(self, name: str, one: Topic | None, other: Topic | None) -> tuple[str, ...]:
        there = set(getattr(other, name)) if other else set()
        return tuple(text for text in getattr(one, name) if text not in there) if one else ()

    @property
    def outcomes_added(self) -> tuple[str, ...]:
        return self._new_of("outcomes", self.after, self.before)

    @property
    def outcomes_removed(self) -> tuple[str, ...]:
        return self._new_of("outcomes", self.before, self.after)

    @property
    def competences_added(self) -> tuple[str, ...]:
        return self._new_of("competences", self.after, self.before)

    @property
    def competences_removed(self) -> tuple[str, ...]:
        return self._new_of("competences", self.before, self.after)


@dataclass(frozen=True)
class RowChange:
    """A level, a module, a competence or the version itself: which of its own values differ.

    kind: "level", "module", "competence" or "version"; key: its code ("level/module" for a module, "" for the version);
    title, title_en: as they stand now, or last stood; fields: {name: (before, after)}, hours as Decimals.
    """

    kind: str
    key: str
    state: str
    title: str
    title_en: str
    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class ModuleTotals:
    """Hours of one module: what it requires, and what its topics add up to, before and after (None = not there)."""

    level: str
    code: str
    title: str
    title_en: str
    before: Decimal | None
    after: Decimal | None
    topics_before: Decimal | None
    topics_after: Decimal | None

    @property
    def delta(self) -> Decimal:
        return (self.after or Decimal(0)) - (self.before or Decimal(0))


@dataclass(frozen=True)
class LevelTotals:
    """A level's required hours in all and its number of topics, before and after, with its modules."""

    code: str
    title: str
    title_en: str
    before: Decimal | None
    after: Decimal | None
    topics_before: int
    topics_after: int
    modules: tuple[ModuleTotals, ...]

    @property
    def delta(self) -> Decimal:
        return (self.after or Decimal(0)) - (self.before or Decimal(0))


@dataclass(frozen=True)
class SyllabusDiff:
    """All that differs. topics: every topic of either version, in the order of the new one, those that went after the
    others of their module; rows: version, competences, levels and modules that came, went or changed."""

    topics: tuple[TopicChange, ...]
    rows: tuple[RowChange, ...]
    totals: tuple[LevelTotals, ...]
    reordered: tuple[str, ...] = ()  # "level/module" whose topics stand in another order

    @property
    def is_empty(self) -> bool:
        """True when both versions say the same in the same order."""
        return not self.changed_topics and not self.rows and not self.reordered

    @property
    def changed_topics(self) -> tuple[TopicChange, ...]:
        return tuple(change for change in self.topics if change.state != SAME)

    def having(self, aspect: str) -> tuple[TopicChange, ...]:
        """Topics that were ADDED or REMOVED, or changed in that aspect."""
        if aspect in (ADDED, REMOVED):
            return tuple(change for change in self.topics if change.state == aspect)
        return tuple(change for change in self.topics if aspect in change.aspects)

    def counts(self) -> dict[str, int]:
        """Return how many topics were added, removed, and changed in each aspect; nothing for what did not happen."""
        found = {name: len(self.having(name)) for name in (ADDED, REMOVED, *ASPECTS)}
        return {name: number for name, number in found.items() if number}

    def for_level(self, code: str) -> "SyllabusDiff":
        """Return what concerns one level: its topics (those that moved away too), its modules, competences left out."""
        here = [c for c in self.topics if code in (c.before and c.before.level, c.after and c.after.level)]
        rows = [r for r in self.rows if (r.kind == "level" and r.key == code) or r.key.startswith(f"{code}/")]
        return SyllabusDiff(
            tuple(here),
            tuple(rows),
            tuple(total for total in self.totals if total.code == code),
            tuple(key for key in self.reordered if key.startswith(f"{code}/")),
        )


VERSION = ("version", "title", "title_en", "issuer", "issuer_en", "document_number", "source_url", "source_note",
           "verified", "minutes_per_hour")  # fmt: skip
COMPETENCE = ("title", "title_en", "kind", "description", "description_en")
LEVEL = ("title", "title_en", "summary", "summary_en", "admission", "admission_en")
MODULE = ("title", "title_en", "hours", "hours_source", "hours_verified")


def compare(old: dict[str, Any], new: dict[str, Any]) -> SyllabusDiff:
    """Return what differs between two versions as `Syllabus.content()` gives them. Either may be {} (nothing yet)."""
    topics = tuple(_topic_changes(list(topics_of(old)), list(topics_of(new))))
    rows = [*_row_change("version", "", old, new, VERSION)] if old and new else []
    rows += _row_changes("competence", _by_code(old.get("competences")), _by_code(new.get("competences")), COMPETENCE)
    rows += _row_changes("level", _by_code(old.get("levels")), _by_code(new.get("levels")), LEVEL)
    rows += _row_changes("module", _modules(old), _modules(new), MODULE)
    return SyllabusDiff(topics, tuple(rows), tuple(_totals(old, new)), tuple(_reordered(topics, old, new)))


def topics_of(content: dict[str, Any]) -> Iterator[Topic]:
    """Yield the topics of a version in its order."""
    for level in content.get("levels", []):
        for module in level.get("modules", []):
            for row in module.get("topics", []):
                yield Topic(
                    lineage=str(row.get("lineage") or ""), level=level["code"], module=module["code"], code=row["code"],
                    title=row["title"], title_en=row["title_en"], required=row["required"], hours=Decimal(row["hours"]),
                    outcomes=tuple(row.get("outcomes") or ()), outcomes_en=tuple(row.get("outcomes_en") or ()),
                    competences=tuple(sorted(row.get("competences") or ())),
                    hours_source=row.get("hours_source") or "", hours_verified=bool(row.get("hours_verified")),
                )  # fmt: skip


def matches(old: list[Topic], new: list[Topic]) -> dict[int, int]:
    """Return which topic of `old` stands in which of `new`, by their places in the lists.

    By lineage; what is left by level, module and code; by level and code; by code; by level and title. A key that two
    topics of one side share matches none.
    """
    keys: list[Callable[[Topic], Any]] = [
        lambda t: t.lineage or None,
        lambda t: (t.level, t.module, t.code),
        lambda t: (t.level, t.code),
        lambda t: t.code,
        lambda t: (t.level, t.title),
    ]
    found: dict[int, int] = {}
    for key in keys:
        free = _unique((place, topic) for place, topic in enumerate(old) if place not in found)(key)
        taken = set(found.values())
        wanted = _unique((place, topic) for place, topic in enumerate(new) if place not in taken)(key)
        found |= {place: wanted[name] for name, place in free.items() if name in wanted}
    return found


def _unique(rows: Iterable[tuple[int, Topic]]) -> Callable[[Callable[[Topic], Any]], dict[Any, int]]:
    rows = list(rows)

    def by(key: Callable[[Topic], Any]) -> dict[Any, int]:
        places: dict[Any, list[int]] = {}
        for place, topic in rows:
            if (name := key(topic)) is not None:
                places.setdefault(name, []).append(place)
        return {name: group[0] for name, group in places.items() if len(group) == 1}

    return by


def _topic_changes(old: list[Topic], new: list[Topic]) -> Iterator[TopicChange]:
    pairs = {after: before for before, after in matches(old, new).items()}
    gone = [topic for place, topic in enumerate(old) if place not in pairs.values()]
    lines = [
        TopicChange(old[pairs[place]], topic, aspects(old[pairs[place]], topic))
        if place in pairs
        else TopicChange(None, topic)
        for place, topic in enumerate(new)
    ]
    where = {(topic.level, topic.module) for topic in new}
    for place, line in enumerate(lines):
        yield line
        here = (line.topic.level, line.topic.module)
        following = lines[place + 1].topic if place + 1 < len(lines) else None
        if following is None or (following.level, following.module) != here:
            yield from (TopicChange(topic, None) for topic in gone if (topic.level, topic.module) == here)
    yield from (TopicChange(topic, None) for topic in gone if (topic.level, topic.module) not in where)


def aspects(before: Topic, after: Topic) -> tuple[str, ...]:
    """Return in which aspects one topic differs. 2 and 2.00 hours are the same."""
    differs = {
        MOVED: (before.level, before.module) != (after.level, after.module),
        RENAMED: before.title != after.title,
        RECODED: before.code != after.code,
        REQUIREMENT: before.required != after.required,
        HOURS: before.hours != after.hours,
        OUTCOMES: before.outcomes != after.outcomes,
        COMPETENCES: before.competences != after.competences,
        ENGLISH: (before.title_en, before.outcomes_en) != (after.title_en, after.outcomes_en),
        SOURCE: (before.hours_source, before.hours_verified) != (after.hours_source, after.hours_verified),
    }
    return tuple(name for name in ASPECTS if differs[name])


def _by_code(rows: list[dict[str, Any]] | None) -> dict[str, dict[str, Any]]:
    return {row["code"]: row for row in rows or []}


def _modules(content: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{level['code']}/{row['code']}": row for level in content.get("levels", []) for row in level.get("modules", [])
    }


def _row_changes(kind: str, old: dict[str, dict], new: dict[str, dict], names: tuple[str, ...]) -> Iterator[RowChange]:
    for key, row in new.items():
        yield from _row_change(kind, key, old.get(key), row, names)
    for key, row in old.items():
        if key not in new:
            yield from _row_change(kind, key, row, None, names)


def _row_change(kind: str, key: str, old: dict | None, new: dict | None, names: tuple[str, ...]) -> Iterator[RowChange]:
    row = new or old or {}
    title, title_en = row.get("title", ""), row.get("title_en", "")
    if old is None or new is None:
        yield RowChange(kind, key, ADDED if old is None else REMOVED, title, title_en)
        return
    pairs = {name: (_value(name, old), _value(name, new)) for name in names}
    if differing := {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}:
        yield RowChange(kind, key, CHANGED, title, title_en, differing)


def _value(name: str, row: dict[str, Any]) -> Any:
    value = row.get(name, "")
    return Decimal(value) if name == "hours" else value


def _totals(old: dict[str, Any], new: dict[str, Any]) -> Iterator[LevelTotals]:
    before, after = _by_code(old.get("levels")), _by_code(new.get("levels"))
    for code in [*after, *(code for code in before if code not in after)]:
        was, now = before.get(code), after.get(code)
        row = now or was
        modules = tuple(_module_totals(code, was or {}, now or {}))
        yield LevelTotals(
            code, row["title"], row["title_en"],
            None if was is None else sum((m.before for m in modules if m.before is not None), Decimal(0)),
            None if now is None else sum((m.after for m in modules if m.after is not None), Decimal(0)),
            sum(len(m.get("topics", [])) for m in (was or {}).get("modules", [])),
            sum(len(m.get("topics", [])) for m in (now or {}).get("modules", [])),
            modules,
        )  # fmt: skip


def _module_totals(level: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[ModuleTotals]:
    before, after = _by_code(old.get("modules")), _by_code(new.get("modules"))
    for code in [*after, *(code for code in before if code not in after)]:
        was, now = before.get(code), after.get(code)
        row = now or was
        yield ModuleTotals(
            level, code, row["title"], row["title_en"], _hours(was), _hours(now), _topic_hours(was), _topic_hours(now)
        )


def _hours(module: dict[str, Any] | None) -> Decimal | None:
    return None if module is None else Decimal(module["hours"])


def _topic_hours(module: dict[str, Any] | None) -> Decimal | None:
    return None if module is None else sum((Decimal(row["hours"]) for row in module.get("topics", [])), Decimal(0))


def _reordered(changes: tuple[TopicChange, ...], old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """Modules whose topics that stayed stand in another order than before."""
    order = {(t.level, t.module, t.code): place for place, t in enumerate(topics_of(old))}
    for key in _modules(new):
        stayed = [
            order[c.before.level, c.before.module, c.before.code]
            for c in changes
            if c.before and c.after and MOVED not in c.aspects and f"{c.after.level}/{c.after.module}" == key
        ]
        if stayed != sorted(stayed):
            yield key
