"""Courses that teach an older version of a standard while a newer one is in force, or adopted for a day to come."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from .models import CoursePage, Level, Syllabus


@dataclass(frozen=True)
class News:
    """One course. old: the level it is published at; draft: the level of its draft; new: the target's level of the same
    code, None when the target has none."""

    course: CoursePage
    old: Level
    draft: Level
    target: Syllabus
    new: Level | None

    @property
    def waiting(self) -> bool:
        """The draft does not point to the new version yet."""
        return self.draft.syllabus_id != self.target.pk

    def scheduled(self, day: date) -> bool:
        return day < self.target.in_force_from


def news_for(courses: Iterable[CoursePage], day: date) -> list[News]:
    """Return what concerns these courses on that day, in their order: four queries with the courses' own.

    courses: with `level__syllabus` and `latest_revision` loaded. The target is the newer version in force on that day;
    where there is none, the next one that is adopted.
    """
    courses = list(courses)
    drafted = {course.pk: _drafted_level(course) for course in courses}
    levels = Level.objects.select_related("syllabus").in_bulk(set(drafted.values()))
    adopted = list(Syllabus.objects.public().filter(
        standard__in={course.level.syllabus.standard_id for course in courses}
    ).select_related("standard").order_by("in_force_from"))  # fmt: skip
    pairs = [(course, target) for course in courses if (target := _target(course.level.syllabus, adopted, day))]
    wanted = {target.pk for _course, target in pairs}
    of_target = {(row.syllabus_id, row.code): row for row in Level.objects.filter(syllabus__in=wanted)} if wanted else {}
    found = []
    for course, target in pairs:
        new = of_target.get((target.pk, course.level.code))
        if new is not None:
            new.syllabus = target
        found.append(News(course, course.level, levels[drafted[course.pk]], target, new))
    return found


def _drafted_level(course: CoursePage) -> int:
    return course.latest_revision.content["level"] if course.latest_revision else course.level_id


def _target(version: Syllabus, adopted: list[Syllabus], day: date) -> Syllabus | None:
    later = [
        row for row in adopted
        if row.standard_id == version.standard_id and version.in_force_from and row.in_force_from > version.in_force_from
    ]  # fmt: skip
    begun = [row for row in later if row.in_force_from <= day]
    return begun[-1] if begun else next(iter(later), None)
