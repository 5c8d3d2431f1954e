"""A course compared with its level (大纲对标): what is missing, each gap by name. Pure: plain values in and out.

Refused: a required topic no lesson or case covers; too few electives of the track that the course declares; a competence
named by the required topics that no rubric assesses; parts that can't be taken together (no part, weights not 100, a part
without a case, a defence or portfolio without rules or with ones that contradict themselves, a required case in no part,
a case twice or not placed in the course); a case that can't be played to its end; a page with fields left empty.
Only a warning: less lesson time than a module requires, because class sessions give
hours too.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from .part_rules import JUDGED


@dataclass(frozen=True)
class TopicSpec:
    code: str
    title: str
    title_en: str
    required: bool
    hours: Decimal
    module: str
    competences: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ModuleSpec:
    code: str
    title: str
    title_en: str
    hours: Decimal


@dataclass(frozen=True)
class ItemSpec:
    """A lesson or case of the course."""

    kind: str  # "lesson" or "case"
    title: str
    minutes: int
    topics: frozenset[str]
    key: str = ""
    required: bool = True
    rubric_competences: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()
    title_en: str = ""
    unfinished: tuple[str, ...] = ()


@dataclass(frozen=True)
class PartSpec:
    """A part of the assessment; `cases` are keys of items, in order, as the author chose them."""

    key: str
    weight: int
    cases: tuple[str, ...] | frozenset[str]
    kind: str = "case"
    title: str = ""
    title_en: str = ""
    ruled: bool = False  # a defence or portfolio with rules of its own, which stand instead of cases
    rule_problems: tuple[str, ...] = ()
    rubric_competences: frozenset[str] = frozenset()


@dataclass(frozen=True)
class TrackSpec:
    """The track a course declares, and what it asks for at the course's level: so many of its electives, so many hours."""

    code: str
    title: str
    title_en: str
    topics: frozenset[str]
    minimum_topics: int = 0
    minimum_hours: Decimal = Decimal(0)


@dataclass(frozen=True)
class Gap:
    """kind: topic, track_topics, track_hours, competence, competence_unknown, no_competence, no_parts, weights, part_twice,
    part_empty, part_rules, part_rules_wrong, part_both, part_unplaced, core_level, case_twice, case_in_two_parts,
    case_without_part, case_problem, unfinished or hours (a
    warning); from `demand_checks`: demand_withdrawn, demand_embargo, demand_leftover, demand_approval, case_retired or
    case_leaked. page: id of the lesson, case or course that is not as it should be, where it is one of them.
    """

    kind: str
    code: str
    title: str
    title_en: str
    blocking: bool = True
    detail: str = ""
    page: str = field(default="", compare=False)

    def __str__(self) -> str:
        return " ".join(part for part in (f"{self.kind}:", self.code, self.title, self.detail) if part)


def gaps(
    modules: Iterable[ModuleSpec],
    topics: Iterable[TopicSpec],
    items: Iterable[ItemSpec],
    parts: Iterable[PartSpec],
    *,
    minutes_per_hour: int,
    competence_titles: dict[str, tuple[str, str]] | None = None,
    track: TrackSpec | None = None,
) -> list[Gap]:
    """Return every gap of a course, refusals first, in the order of the syllabus."""
    topics, items, parts = list(topics), list(items), list(parts)
    covered = {code for item in items for code in item.topics}
    found = [
        Gap("topic", topic.code, topic.title, topic.title_en)
        for topic in topics
        if topic.required and topic.code not in covered
    ]
    found += _track_gaps(track, topics, covered) if track else []
    found += _competence_gaps(topics, items, parts, competence_titles or {})
    found += _part_gaps(items, parts)
    for item in items:
        found += [_about("case_problem", item, problem) for problem in item.problems]
        found += [_about("unfinished", item, where) for where in item.unfinished]
    found += _hours_gaps(list(modules), topics, items, minutes_per_hour)
    return found


def _track_gaps(track: TrackSpec, topics: list[TopicSpec], covered: set[str]) -> list[Gap]:
    """The electives that the track asks for and the course does not cover; the missing ones are named."""
    electives = [topic for topic in topics if topic.code in track.topics]
    there = [topic for topic in electives if topic.code in covered]
    missing = ", ".join(topic.code for topic in electives if topic.code not in covered)
    hours = sum((topic.hours for topic in there), Decimal(0))
    found = []
    if len(there) < track.minimum_topics:
        detail = f"{len(there)} / {track.minimum_topics} ({missing})"
        found.append(Gap("track_topics", track.code, track.title, track.title_en, detail=detail))
    if hours < track.minimum_hours:
        detail = f"{hours.normalize():f} / {track.minimum_hours.normalize():f} ({missing})"
        found.append(Gap("track_hours", track.code, track.title, track.title_en, detail=detail))
    return found


def _about(kind: str, thing: ItemSpec | PartSpec, detail: str = "") -> Gap:
    page = thing.key if isinstance(thing, ItemSpec) else ""
    return Gap(kind, "", thing.title or thing.key, thing.title_en, detail=detail, page=page)


def _competence_gaps(
    topics: list[TopicSpec], items: list[ItemSpec], parts: list[PartSpec], titles: dict[str, tuple[str, str]]
) -> list[Gap]:
    """Competences that a rubric names and the syllabus does not have; and those that the required topics are there
    for, but no rubric assesses."""
    assessed = {code for thing in [*items, *parts] for code in thing.rubric_competences}
    if not assessed:
        return [Gap("no_competence", "", "", "")]
    found = [Gap("competence_unknown", code, code, code) for code in sorted(assessed - set(titles))] if titles else []
    wanted = {code for topic in topics if topic.required for code in topic.competences}
    missing = sorted(wanted - assessed, key=[*titles, *sorted(wanted)].index)
    return found + [Gap("competence", code, *titles.get(code, (code, code))) for code in missing]


def _part_gaps(items: list[ItemSpec], parts: list[PartSpec]) -> list[Gap]:
    cases = [item for item in items if item.kind == "case"]
    placed = Counter(item.key for item in cases)
    found = [_about("case_twice", case) for case in _once(cases) if placed[case.key] > 1]
    if not parts:
        return [*found, Gap("no_parts", "", "", "")]
    weight = sum(part.weight for part in parts)
    if weight != 100:
        found.append(Gap("weights", "", "", "", detail=f"{weight}%"))
    keys = Counter(part.key for part in parts)
    found += [Gap("part_twice", key, key, key) for key, times in keys.items() if times > 1]
    for part in parts:
        found += [_about("part_rules_wrong", part, problem) for problem in part.rule_problems]
        if part.ruled and part.cases:
            found.append(_about("part_both", part))
        elif not part.cases and not part.ruled:
            found.append(_about("part_rules" if part.kind in JUDGED else "part_empty", part))
        elif set(part.cases) - set(placed):
            found.append(_about("part_unplaced", part))
    assessed = Counter(key for part in parts for key in part.cases)
    for case in _once(cases):
        if assessed[case.key] > 1:
            found.append(_about("case_in_two_parts", case))
        elif case.required and not assessed[case.key]:
            found.append(_about("case_without_part", case))
    return found


def _once(cases: list[ItemSpec]) -> list[ItemSpec]:
    return list({case.key: case for case in cases}.values())


def _hours_gaps(
    modules: list[ModuleSpec], topics: list[TopicSpec], items: list[ItemSpec], minutes_per_hour: int
) -> list[Gap]:
    module_of = {topic.code: topic.module for topic in topics}
    taught: dict[str, Decimal] = {}
    for item in items:
        for code in item.topics:
            if code in module_of:
                share = Decimal(item.minutes) / len(item.topics) / minutes_per_hour
                taught[module_of[code]] = taught.get(module_of[code], Decimal(0)) + share
    found = []
    for module in modules:
        have = taught.get(module.code, Decimal(0)).quantize(Decimal("0.1"))
        if have < module.hours:
            detail = f"{have.normalize():f} / {module.hours.normalize():f}"
            found.append(Gap("hours", "", module.title, module.title_en, blocking=False, detail=detail))
    return found
