"""One page while it is edited, beside the syllabus: what it covers, what its courses cover, and where each gap is mended.

Read from the latest saved revisions. A lesson stands in one course, a case in any course of its base, a core page in none
of its authority's. The number of queries grows neither with the pages of a course nor with the courses, but for the first
look at a course's newest revision.
"""

from dataclasses import dataclass, field

from django.core.cache import cache
from django.urls import reverse
from django.utils.translation import get_language
from wagtail.models import Page

from .alignment import Gap
from .contents import Entry, entries_of_all, gaps_of, page_gaps, places_left_empty
from .coverage import ModuleRows, coverage
from .frames import Frame, frames
from .models import CaseScenarioPage, CoreRelease, CoursePage, LessonPage, Topic
from .wording import gap_text

KINDS = {CoursePage: "course", LessonPage: "lesson", CaseScenarioPage: "case"}
COURSES_SHOWN = 10  # of a case that is placed in more, the first ones


@dataclass(frozen=True)
class Remedy:
    """A gap in words, and where it is mended. own: the page that is being edited is the place itself."""

    text: str
    kind: str
    blocking: bool
    url: str = ""
    own: bool = False
    core_url: str = ""  # the list of core pages to include, where one of them would cover the topic


@dataclass
class CourseState:
    """A course as its draft stands. topics covered and asked for count the required ones."""

    course: CoursePage
    frame: Frame
    modules: list[ModuleRows]
    blocking: list[Remedy] = field(default_factory=list)
    warnings: list[Remedy] = field(default_factory=list)
    unassessed: list[Remedy] = field(default_factory=list)  # competences; they block too

    @property
    def required(self) -> int:
        return sum(row.topic.required for line in self.modules for row in line.topics)

    @property
    def covered(self) -> int:
        return self.required - sum(row.missing for line in self.modules for row in line.topics)

    @property
    def count(self) -> int:
        return len(self.blocking) + len(self.unassessed)


@dataclass
class PageCoverage:
    """kind: course, lesson or case; topics: what the page itself names (none for a course)."""

    page: Page
    kind: str
    topics: list[Topic]
    courses: list[CourseState]
    own: list[Remedy]  # what this page lacks by itself, where no course is around it
    more: int = 0  # courses that are not shown

    @property
    def count(self) -> int:
        """Gaps that keep the page's courses from review."""
        return sum(state.count for state in self.courses) + len(self.own)


def coverage_of(page: Page) -> PageCoverage:
    """Return how a course, lesson or case and the courses around it stand: a constant number of queries."""
    page = page.specific
    kind = KINDS[type(page)]
    content = page.latest_revision.content if page.latest_revision else page.serializable_data()
    topics = list(Topic.objects.filter(pk__in=content.get("topics", [])).select_related("module__level__syllabus"))
    courses = _courses_around(page, kind)
    shown = courses[:COURSES_SHOWN]
    entries = entries_of_all(shown)
    contents = [entries[course.pk][0].content for course in shown]
    of_levels = frames([c["level"] for c in contents], tracks=[c.get("track") for c in contents])
    core = _core_codes(of_levels)
    states = [_state(course, entries[course.pk], of_levels, core, page) for course in shown]
    alone = [] if courses else page_gaps(kind, content)
    own = [Remedy(gap_text(gap), gap.kind, gap.blocking, edit_url(page.pk), own=True) for gap in alone]
    return PageCoverage(page, kind, topics, states, own, len(courses) - len(shown))


def _courses_around(page: Page, kind: str) -> list[CoursePage]:
    """The course itself, the one above a lesson, those of the base whose draft places the case."""
    courses = CoursePage.objects.select_related("latest_revision").order_by("path")
    if kind == "course":
        return list(courses.filter(pk=page.pk))
    above = page.path[: -page.steplen]
    if kind == "lesson":
        return list(courses.filter(path=above))
    beside = courses.filter(path__startswith=above, depth=page.depth)
    return [course for course in beside if page.pk in _placed(course)]


def _placed(course: CoursePage) -> set[int]:
    content = course.latest_revision.content if course.latest_revision else {}
    return {line["case"] for line in content.get("case_placements", [])}


def _core_codes(of_levels: dict[int, Frame]) -> dict[int, set[str]]:
    """Topics that a released core page of the level covers: one query."""
    found: dict[int, set[str]] = {}
    for level, codes in CoreRelease.objects.latest().filter(level__in=of_levels).values_list("level", "topic_codes"):
        found.setdefault(level, set()).update(codes)
    return found


def _remembered(entry: Entry) -> list[str]:
    """What is unfinished on a page, kept by its revision, the time of its last saving and the language. Only for showing."""
    saved = entry.revision.created_at.timestamp()
    key = f"unfinished:{entry.kind}:{entry.revision.pk}:{saved}:{get_language()}"
    return cache.get_or_set(key, lambda: places_left_empty(entry), timeout=24 * 60 * 60)


def _state(
    course: CoursePage, entries: list[Entry], of_levels: dict[int, Frame], core: dict[int, set[str]], page: Page
) -> CourseState:
    frame = of_levels[entries[0].content["level"]]
    state = CourseState(course, frame, coverage(entries, frame))
    for gap in gaps_of(entries, frame, look=_remembered):
        by_core = gap.kind == "topic" and gap.code in core.get(frame.level.pk, ())
        url = place_of(gap, course, entries)
        line = Remedy(
            gap_text(gap), gap.kind, gap.blocking, url, _is(url, page),
            reverse("course_contents", args=[course.pk]) if by_core else "",
        )  # fmt: skip
        if gap.kind in ("competence", "no_competence"):
            state.unassessed.append(line)
        elif gap.blocking:
            state.blocking.append(line)
        elif gap.kind != "hours":  # said with the modules
            state.warnings.append(line)
    return state


def _is(url: str, page: Page) -> bool:
    return url.partition("#")[0] == edit_url(page.pk)


def edit_url(pk: int | str, section: str = "") -> str:
    """The editor of a page, at one of its sections (name of the field or relation)."""
    anchor = f"#panel-child-content-{section}-section" if section else ""
    return reverse("wagtailadmin_pages:edit", args=[pk]) + anchor


def place_of(gap: Gap, course: CoursePage, entries: list[Entry]) -> str:
    """Return the address where this gap is mended: a new lesson, a rubric, the parts, the page that is not finished."""
    if gap.kind in ("case_problem", "unfinished"):
        core = any(str(entry.page.pk) == gap.page and entry.release for entry in entries)
        return reverse("course_contents", args=[course.pk]) if core else edit_url(gap.page)
    if gap.kind in ("topic", "track_topics", "track_hours", "hours"):
        return reverse("wagtailadmin_pages:add", args=["curriculum", "lessonpage", course.pk])
    if gap.kind in ("competence", "no_competence", "competence_unknown"):
        own = [entry.page.pk for entry in entries if entry.kind == "case" and entry.release is None]
        return edit_url(own[0], "rubric") if len(own) == 1 else edit_url(course.pk, "case_placements")
    if gap.kind == "core_level":
        return reverse("course_contents", args=[course.pk])
    return edit_url(course.pk, "case_placements" if gap.kind == "case_twice" else "parts")
