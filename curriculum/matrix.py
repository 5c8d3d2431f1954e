"""Base × topic for one syllabus version: what is published covers, how many hours it offers, which competences it assesses.

Counted is what stands on the public pages: live courses of the version, their live lessons, the live cases they place and
the core they include. Seven queries, whatever the number of bases and topics.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby

from .cases import stream_values
from .models import (
    CasePlacement,
    CaseScenarioPage,
    CoreInclusion,
    CoursePage,
    LessonPage,
    Level,
    Module,
    Syllabus,
    Topic,
    TrainingBasePage,
)


@dataclass
class Taught:
    """What one base publishes of one topic: sets of ids, so that a page counts once however many courses hold it."""

    courses: set[int] = field(default_factory=set)
    lessons: set[int] = field(default_factory=set)
    cases: set[int] = field(default_factory=set)

    @property
    def covered(self) -> bool:
        return bool(self.lessons or self.cases)


@dataclass
class BaseColumn:
    """One base. hours: {(course, module): minutes}; assessed: {level: codes of competences that a rubric names}."""

    page: TrainingBasePage
    courses: dict[int, int] = field(default_factory=dict)  # course: level
    topics: dict[int, Taught] = field(default_factory=dict)
    minutes: dict[tuple[int, int], Decimal] = field(default_factory=dict)
    assessed: dict[int, set[str]] = field(default_factory=dict)

    def teaches(self, level: int) -> bool:
        return level in self.courses.values()

    def at(self, topic: Topic) -> Taught:
        return self.topics.get(topic.pk) or Taught()

    def lacks(self, topic: Topic) -> bool:
        """A required topic of a level that the base teaches and nothing of it covers."""
        return topic.required and self.teaches(topic.module.level_id) and not self.at(topic).covered

    def hours(self, module: Module, minutes_per_hour: int) -> Decimal | None:
        """Hours of the course of the module's level that has most of them; None when the base has no such course."""
        mine = [course for course, level in self.courses.items() if level == module.level_id]
        if not mine:
            return None
        most = max(self.minutes.get((course, module.pk), Decimal(0)) for course in mine)
        return (most / minutes_per_hour).quantize(Decimal("0.1"))

    def assesses(self, level: int, code: str) -> bool | None:
        """None: the base has no course of the level."""
        return code in self.assessed.get(level, ()) if self.teaches(level) else None


@dataclass
class Matrix:
    """levels, modules and topics are those asked for, in the order of the syllabus."""

    syllabus: Syllabus
    topics: list[Topic]
    columns: list[BaseColumn]
    competences: dict[int, dict[str, tuple[str, str]]]  # {level: {code: (title, title_en)}}, of its required topics

    @property
    def modules(self) -> list[tuple[Module, list[Topic]]]:
        return [(module, list(rows)) for module, rows in groupby(self.topics, key=lambda topic: topic.module)]

    @property
    def levels(self) -> list[Level]:
        return list(dict.fromkeys(topic.module.level for topic in self.topics))

    def narrowed(self, *, level: str = "", module: str = "") -> "Matrix":
        """The same with the topics of a level, a module (its code), or both; "" narrows nothing."""
        wanted = [t for t in self.topics if level in ("", t.module.level.code) and module in ("", t.module.code)]
        return Matrix(self.syllabus, wanted, self.columns, self.competences)

    def only_gaps(self) -> "Matrix":
        """The same with those topics only that one of the columns lacks."""
        lacking = [topic for topic in self.topics if any(column.lacks(topic) for column in self.columns)]
        return Matrix(self.syllabus, lacking, self.columns, self.competences)

    def gaps_of(self, column: BaseColumn) -> int:
        return sum(column.lacks(topic) for topic in self.topics)

    def required_of(self, column: BaseColumn) -> int:
        """Required topics of the levels that the base teaches."""
        return sum(topic.required and column.teaches(topic.module.level_id) for topic in self.topics)


def matrix(syllabus: Syllabus, pages: Iterable[TrainingBasePage]) -> Matrix:
    """Return the matrix of these bases, those that teach something of the version first."""
    topics = list(
        Topic.objects.filter(module__level__syllabus=syllabus).select_related("module__level")
        .order_by("module__level__position", "module__position", "position")
    )  # fmt: skip
    columns = {page.path: BaseColumn(page) for page in pages}
    owners, paths = _courses(syllabus, columns)
    by_pk = {topic.pk: topic for topic in topics}
    _count_lessons(owners, paths, by_pk)
    _count_cases(owners, by_pk)
    _count_core(owners, {(topic.module.level_id, topic.code): topic for topic in topics})
    ordered = sorted(columns.values(), key=lambda column: (not column.courses, column.page.organisation.name))
    return Matrix(syllabus, topics, ordered, _competences(syllabus))


def _courses(syllabus: Syllabus, columns: dict[str, BaseColumn]) -> tuple[dict[int, BaseColumn], dict[str, int]]:
    """The live courses of the version, each with its column, and their ids by path: one query."""
    owners, paths = {}, {}
    rows = CoursePage.objects.live().filter(level__syllabus=syllabus).values_list("pk", "path", "level")
    for pk, path, level in rows:
        column = columns.get(path[: -CoursePage.steplen])
        if column is not None:
            column.courses[pk] = level
            owners[pk], paths[path] = column, pk
    return owners, paths


def _count_lessons(owners: dict[int, BaseColumn], paths: dict[str, int], topics: dict[int, Topic]) -> None:
    rows = LessonPage.topics.through.objects.filter(topic__in=topics, lessonpage__live=True)
    lines: dict[tuple[int, int, int], list[int]] = {}
    for lesson, path, minutes, topic in rows.values_list("lessonpage", "lessonpage__path", "lessonpage__minutes", "topic"):
        course = paths.get(path[: -LessonPage.steplen])
        if course is not None:
            lines.setdefault((course, lesson, minutes), []).append(topic)
    for (course, lesson, minutes), named in lines.items():
        _add(owners[course], course, "lessons", lesson, minutes, [topics[pk] for pk in named])


def _count_cases(owners: dict[int, BaseColumn], topics: dict[int, Topic]) -> None:
    placed = CasePlacement.objects.filter(course__in=owners, case__live=True)
    lines = list(placed.values_list("course", "case", "case__minutes", "case__rubric"))
    cases = {case for _course, case, _minutes, _rubric in lines}
    named: dict[int, list[int]] = {}
    for case, topic in CaseScenarioPage.topics.through.objects.filter(
        casescenariopage__in=cases, topic__in=topics
    ).values_list("casescenariopage", "topic"):
        named.setdefault(case, []).append(topic)
    for course, case, minutes, rubric in lines:
        column, level = owners[course], owners[course].courses[course]
        here = [topics[pk] for pk in named.get(case, ()) if topics[pk].module.level_id == level]
        _add(column, course, "cases", case, minutes, here)
        column.assessed.setdefault(level, set()).update(_named_in(rubric))


def _count_core(owners: dict[int, BaseColumn], by_code: dict[tuple[int, str], Topic]) -> None:
    lines = CoreInclusion.objects.filter(course__in=owners).select_related("release__revision")
    for line in lines:
        column, release = owners[line.course_id], line.release
        level = column.courses[line.course_id]
        here = [by_code[level, code] for code in release.topic_codes if (level, code) in by_code]
        kind = "cases" if release.kind == "case" else "lessons"
        _add(column, line.course_id, kind, line.page_id, release.minutes, here)
        if release.kind == "case":
            column.assessed.setdefault(level, set()).update(_named_in(release.content().get("rubric")))


def _named_in(rubric) -> set[str]:
    """Codes of the competences of a rubric, as a stream field or as a revision has it."""
    values = [block["value"] for block in rubric.raw_data] if hasattr(rubric, "raw_data") else stream_values(rubric)
    return {value.get("competence") for value in values} - {None, ""}


def _add(column: BaseColumn, course: int, kind: str, page: int, minutes: int, topics: list[Topic]) -> None:
    """Count a page with its topics; its minutes are shared evenly among them, as `alignment` does."""
    for topic in topics:
        taught = column.topics.setdefault(topic.pk, Taught())
        taught.courses.add(course)
        getattr(taught, kind).add(page)
        key = (course, topic.module_id)
        column.minutes[key] = column.minutes.get(key, Decimal(0)) + Decimal(minutes) / len(topics)


def _competences(syllabus: Syllabus) -> dict[int, dict[str, tuple[str, str]]]:
    """Competences that the required topics of each level are there for: one query."""
    rows = Topic.competences.through.objects.filter(topic__module__level__syllabus=syllabus, topic__required=True)
    names = ("topic__module__level", "competence__code", "competence__title", "competence__title_en")
    found: dict[int, dict[str, tuple[str, str]]] = {}
    for level, code, title, title_en in rows.order_by("competence__position").values_list(*names):
        found.setdefault(level, {})[code] = (title, title_en)
    return found
