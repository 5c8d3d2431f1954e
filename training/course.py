"""What a trainee's course looks like now: its lessons with their state, under the modules they belong to."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.cache import cache
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from curriculum import reading
from curriculum.models import EditionItem, ErratumChange, Module
from lms.lib.compiled import Compiled

from . import nextsteps
from .models import Enrolment, StudyRecord

BODY_CACHE_SECONDS = 60 * 60


@dataclass(frozen=True)
class LessonState:
    """One lesson of the course and how far the trainee is. minutes: counted so far, whole."""

    item: EditionItem
    minutes: int

    @property
    def state(self) -> str:
        if self.minutes >= self.item.minutes:
            return "done"
        return "begun" if self.minutes else "todo"


@dataclass(frozen=True)
class ModuleLessons:
    """A module of the level with the lessons that begin in it."""

    module: Module
    lessons: list[LessonState]


# What lists and links need of an item: everything but long texts and the links to its page.
LIGHT = ["uuid", "edition_id", "position", "kind", "title", "title_en", "minutes", "topic_codes", "content_hash",
         "revision_id", "page_id"]  # fmt: skip


# Of national core: what says where the page comes from.
CORE = ["core_release__number", "core_release__released_at", "core_release__uuid"]


def lessons_of(edition_id: int) -> list[EditionItem]:
    """Return the lessons of an edition in teaching order, without their content: one query, one more for an English
    reader when a lesson has no English title of its own."""
    return reading.with_titles(_items_of(edition_id, EditionItem.Kind.LESSON.value))


_items_of = Compiled(
    lambda edition, kind: EditionItem.objects.filter(edition=edition, kind=kind).order_by("position")
    .select_related("core_release").only(*LIGHT, *CORE)
)  # fmt: skip


def lesson_states(enrolment: Enrolment) -> list[LessonState]:
    """Return the lessons of the course with the minutes counted: two queries."""
    counted = StudyRecord.objects.minutes_by_item(enrolment)
    return [
        LessonState(item, int(counted.get(item.pk, 0))) for item in lessons_of(enrolment.cohort.edition_id)
    ]


def by_module(enrolment: Enrolment, lessons: list[LessonState]) -> tuple[list[ModuleLessons], list[LessonState]]:
    """Return the modules of the level with their lessons, and the lessons of no module: two queries.

    A lesson over several modules stands under that of its first topic.
    """
    modules = Module.objects.filter(level=enrolment.cohort.edition.level_id).prefetch_related("topics")
    modules = list(modules.order_by("position"))
    module_of = {topic.code: module.pk for module in modules for topic in module.topics.all()}
    home: dict[int | None, list[LessonState]] = {}
    for lesson in lessons:
        codes = [code for code in lesson.item.topic_codes if code in module_of]
        home.setdefault(module_of[codes[0]] if codes else None, []).append(lesson)
    return [ModuleLessons(module, home.get(module.pk, [])) for module in modules], home.get(None, [])


@dataclass(frozen=True)
class LessonText:
    """A lesson's body as HTML, and what an English reader is told about its translation."""

    html: str
    said: reading.Said


def lesson_text(item: EditionItem | ErratumChange) -> LessonText:
    """Return the lesson's body in the reader's language, rendered once per revision, hash, language and version of its
    translation and then kept in the cache. One query for an English reader, whose translation may be a newer one."""
    reader = reading.reader_of_item(item)
    version = f"v{reader.version}" if reader else "original"
    key = f"training.lesson-text.{item.revision_id}.{item.content_hash}.{get_language()}.{version}".replace(":", ".")
    text = cache.get(key)
    if text is None:
        page, said = reading.page_of("lesson", item.content(), reader)
        text = LessonText(render_to_string("curriculum/_lesson_body.html", {"page": page, "item": item}), said)
        cache.set(key, text, BODY_CACHE_SECONDS)
    return text


@nextsteps.register
def next_lessons(enrolments: list[Enrolment], at: datetime) -> dict[int, list[nextsteps.NextStep]]:
    """The first lesson that is not done, of each enrolment that counts time: two queries."""
    studying = [enrolment for enrolment in enrolments if enrolment.may_study]
    counted: dict[tuple[int, int], Decimal] = StudyRecord.objects.minutes_by_enrolment_and_item(studying)
    items: dict[int, list[EditionItem]] = {}
    editions = {enrolment.cohort.edition_id for enrolment in studying}
    lessons = EditionItem.objects.filter(edition__in=editions, kind=EditionItem.Kind.LESSON)
    for item in lessons.order_by("edition", "position").only(*LIGHT):
        items.setdefault(item.edition_id, []).append(item)
    steps: dict[int, list[nextsteps.NextStep]] = {}
    for enrolment in studying:
        for item in items.get(enrolment.cohort.edition_id, []):
            minutes = int(counted.get((enrolment.pk, item.pk), 0))
            if minutes < item.minutes:
                steps[enrolment.pk] = [_lesson_step(enrolment, item, minutes)]
                break
    return steps


def _lesson_step(enrolment: Enrolment, item: EditionItem, minutes: int) -> nextsteps.NextStep:
    english = (get_language() or "").startswith("en")
    title = item.title_en if english and item.title_en else item.title
    note = _("%(minutes)s of %(nominal)s minutes counted") % {"minutes": minutes, "nominal": item.minutes}
    return nextsteps.NextStep(
        title=(_("Go on: %(lesson)s") if minutes else _("Begin: %(lesson)s")) % {"lesson": title},
        url=reverse("lesson", args=[enrolment.uuid, item.uuid]),
        note=note if minutes else _("%(nominal)s minutes") % {"nominal": item.minutes},
    )
