"""What a trainee's course looks like now: its lessons with their state, under the modules they belong to."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.cache import cache
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from curriculum import reading
from curriculum.models import EditionItem, ErratumChange
from lms.lib.addresses import address
from lms.lib.language import local

from . import nextsteps
from .asking import once
from .hours import ModuleRule
from .models import Enrolment
from .models.records import outlines, sums_of
from .outline import Lesson, Outline

BODY_CACHE_SECONDS = 60 * 60
NOT_YET = "data-preview-waiting"  # stands in a text where something is still being made ready


@dataclass(frozen=True)
class LessonState:
    """One lesson of the course and how far the trainee is. minutes: counted so far, whole."""

    item: Lesson
    minutes: int

    @property
    def state(self) -> str:
        if self.minutes >= self.item.minutes:
            return "done"
        return "begun" if self.minutes else "todo"


@dataclass(frozen=True)
class ModuleLessons:
    """A module of the level with the lessons that begin in it."""

    module: ModuleRule
    lessons: list[LessonState]


@once
def lesson_states(enrolments: list[Enrolment]) -> dict[int, list[LessonState]]:
    """Return the lessons of each one's course with the minutes counted, by the enrolment's primary key: two queries."""
    studied, ledgers = outlines(enrolments), sums_of(enrolments)
    states = {}
    for enrolment in enrolments:
        counted: dict[int, Decimal] = {}
        for row in ledgers[enrolment.pk]:
            if row.item:
                counted[row.item] = counted.get(row.item, Decimal(0)) + row.minutes
        lessons = studied[enrolment.pk].lessons
        states[enrolment.pk] = [LessonState(lesson, int(counted.get(lesson.pk, 0))) for lesson in lessons]
    return states


def by_module(outline: Outline, lessons: list[LessonState]) -> tuple[list[ModuleLessons], list[LessonState]]:
    """Return the modules of the level with their lessons, and the lessons of no module.

    A lesson over several modules stands under that of its first topic.
    """
    home: dict[str, list[LessonState]] = {}
    for lesson in lessons:
        modules = (outline.module_of[code] for code in lesson.item.topic_codes if code in outline.module_of)
        home.setdefault(next(modules, ""), []).append(lesson)
    return [ModuleLessons(module, home.get(module.code, [])) for module in outline.modules], home.get("", [])


@dataclass(frozen=True)
class LessonText:
    """A lesson's body as HTML, and what an English reader is told about its translation."""

    html: str
    said: reading.Said


def lesson_text(item: EditionItem | ErratumChange) -> LessonText:
    """Return the lesson's body in the reader's language, rendered once per revision, hash, language and version of its
    translation and then kept in the cache, unless a document of it still waits for its preview. One query for an English
    reader, whose translation may be a newer one."""
    reader = reading.reader_of_item(item)
    version = f"v{reader.version}" if reader else "original"
    key = f"training.lesson-text.{item.revision_id}.{item.content_hash}.{get_language()}.{version}".replace(":", ".")
    text = cache.get(key)
    if text is None:
        page, said = reading.page_of("lesson", item.content(), reader)
        text = LessonText(render_to_string("curriculum/_lesson_body.html", {"page": page, "item": item}), said)
        if NOT_YET not in text.html:
            cache.set(key, text, BODY_CACHE_SECONDS)
    return text


@nextsteps.register
def next_lessons(enrolments: list[Enrolment], at: datetime) -> dict[int, list[nextsteps.NextStep]]:
    """The first lesson that is not done, of each enrolment that counts time: two queries."""
    studying = [enrolment for enrolment in enrolments if enrolment.may_study]
    found = lesson_states(studying) if studying else {}
    steps: dict[int, list[nextsteps.NextStep]] = {}
    for enrolment in studying:
        first = next((lesson for lesson in found[enrolment.pk] if lesson.state != "done"), None)
        if first is not None:
            steps[enrolment.pk] = [_lesson_step(enrolment, first.item, first.minutes)]
    return steps


def _lesson_step(enrolment: Enrolment, item: Lesson, minutes: int) -> nextsteps.NextStep:
    note = _("%(minutes)s of %(nominal)s minutes counted") % {"minutes": minutes, "nominal": item.minutes}
    return nextsteps.NextStep(
        title=(_("Go on: %(lesson)s") if minutes else _("Begin: %(lesson)s")) % {"lesson": local(item, "title")},
        url=address("lesson", enrolment.uuid, item.uuid),
        note=note if minutes else _("%(nominal)s minutes") % {"nominal": item.minutes},
    )
