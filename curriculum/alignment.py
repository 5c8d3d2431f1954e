"""A course compared with its level (大纲对标): what is missing, each gap by name. Pure: plain values in and out.

Refused: a required topic no lesson or case covers, a competence of the level that no rubric assesses although the
course's required topics name it, a required case in no part, parts whose weights do not add up to 100, a case that
can't be played to its end. Only a warning: less lesson time than a module requires, because class sessions give hours too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


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


@dataclass(frozen=True)
class PartSpec:
    key: str
    weight: int
    cases: frozenset[str]
    kind: str = "case"


@dataclass(frozen=True)
class Gap:
    """kind: topic, competence, case_without_part, weights, no_parts, case_problem or hours (a warning)."""

    kind: str
    code: str
    title: str
    title_en: str
    blocking: bool = True
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.code} {self.title}".strip()


def gaps(
    modules: Iterable[ModuleSpec],
    topics: Iterable[TopicSpec],
    items: Iterable[ItemSpec],
    parts: Iterable[PartSpec],
    *,
    minutes_per_hour: int,
    competence_titles: dict[str, tuple[str, str]] | None = None,
) -> list[Gap]:
    """Return every gap of a course, refusals first, in the order of the syllabus."""
    topics, items, parts = list(topics), list(items), list(parts)
    covered = {code for item in items for code in item.topics}
    found = [
        Gap("topic", topic.code, topic.title, topic.title_en)
        for topic in topics
        if topic.required and topic.code not in covered
    ]
    found += _competence_gaps(items, competence_titles or {})
    found += _part_gaps(items, parts)
    for item in items:
        found += [Gap("case_problem", "", item.title, item.title, detail=problem) for problem in item.problems]
    found += _hours_gaps(list(modules), topics, items, minutes_per_hour)
    return found


def _competence_gaps(items: list[ItemSpec], titles: dict[str, tuple[str, str]]) -> list[Gap]:
    """Rubrics that name a competence the syllabus does not have; and no competence assessed at all."""
    assessed = {code for item in items for code in item.rubric_competences}
    unknown = sorted(assessed - set(titles)) if titles else []
    found = [Gap("competence", code, code, code, detail="unknown") for code in unknown]
    if not assessed:
        found.append(Gap("competence", "", "没有任何评分维度考核能力", "No competence is assessed by any rubric"))
    return found


def _part_gaps(items: list[ItemSpec], parts: list[PartSpec]) -> list[Gap]:
    if not parts:
        return [Gap("no_parts", "", "没有考核环节", "There is no assessment part")]
    found = []
    weight = sum(part.weight for part in parts)
    if weight != 100:
        title, title_en = "考核环节权重之和不是 100%", "The weights of the parts don't add up to 100 %"
        found.append(Gap("weights", "", title, title_en, detail=f"{weight}%"))
    placed = {key for part in parts for key in part.cases}
    found += [
        Gap("case_without_part", "", item.title, item.title)
        for item in items
        if item.kind == "case" and item.required and item.key not in placed
    ]
    return found


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
