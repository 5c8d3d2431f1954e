"""What is the same for everybody who studies an edition: the modules of its level with their topics, and its lessons.

The database gives each of the two as one text (`lms.lib.rowtext`), and what was read from a text is kept for as long as the same
text comes: one small query instead of several large ones, and nothing that was changed is shown as it was.
"""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from curriculum import law_notices, reading
from curriculum.models import Edition, EditionItem, Module
from lms.lib.compiled import Compiled
from lms.lib.language import is_english
from lms.lib.rowtext import RowsAsText, list_in, rows_in

from .hours import CENT, ModuleRule


@dataclass
class Lesson:
    """One lesson as lists and links show it. minutes: nominal."""

    pk: int
    uuid: UUID
    title: str
    title_en: str
    minutes: int
    topic_codes: tuple[str, ...]
    page_id: int
    revision_id: int
    content_hash: str
    core_release_id: int | None

    def as_item(self, edition: int) -> EditionItem:
        """Return the item of the edition, without its long texts, which are asked for where somebody wants them."""
        values = {
            "id": self.pk, "uuid": self.uuid, "edition_id": edition, "kind": EditionItem.Kind.LESSON.value, "title": self.title,
            "title_en": self.title_en, "minutes": self.minutes, "topic_codes": list(self.topic_codes), "page_id": self.page_id,
            "revision_id": self.revision_id, "content_hash": self.content_hash, "core_release_id": self.core_release_id,
        }  # fmt: skip
        names = [field.attname for field in EditionItem._meta.concrete_fields if field.attname in values]
        return EditionItem.from_db(None, names, [values[name] for name in names])


@dataclass(frozen=True)
class Outline:
    """modules: as rules, in the syllabus's order. module_of: {topic code: module code}. minutes_per_hour: of one 学时.

    quotes_ended: whether a statute that a page of the edition quotes had ended on the day that was asked for.
    """

    modules: tuple[ModuleRule, ...]
    module_of: dict[str, str]
    minutes_per_hour: int
    own_lessons: tuple[Lesson, ...]
    quotes_ended: bool

    @property
    def lessons(self) -> list[Lesson]:
        """The lessons in teaching order, with approved English titles for an English reader: one query more, for lessons that
        have none of their own."""
        return _in_words(self.own_lessons)


def _in_words(lessons: tuple[Lesson, ...]) -> list[Lesson]:
    return reading.with_titles([copy(lesson) for lesson in lessons]) if is_english() else list(lessons)


def outlines_of(editions: Iterable[int], on: date) -> dict[int, Outline]:
    """Return the outline of each edition, by its primary key. One query. on: the day for `quotes_ended`."""
    return {
        pk: Outline(*_modules_in(modules), _lessons_in(lessons), ended)
        for pk, modules, lessons, ended in _outlines(sorted(set(editions)), on)
    }


def _asked(editions: list[int], on: date) -> QuerySet:
    modules = Module.objects.filter(level=OuterRef("level_id")).order_by()
    modules = modules.values_list(
        RowsAsText(
            "position", "pk", "code", "title", "title_en", "hours", "hours_verified", "level__syllabus__minutes_per_hour",
            "topics__pk", "topics__code",
        )
    )  # fmt: skip
    return Edition.objects.filter(pk__in=editions).values_list("pk", Subquery(modules), *_lessons_and_law(on))


def _lessons_and_law(on: date) -> tuple[Subquery, Exists]:
    lessons = EditionItem.objects.filter(edition=OuterRef("pk"), kind=EditionItem.Kind.LESSON).order_by()
    lessons = lessons.values_list(
        RowsAsText(
            "position", "pk", "uuid", "title", "title_en", "minutes", "topic_codes", "page_id", "revision_id", "content_hash",
            "core_release_id",
        )
    )  # fmt: skip
    pages = EditionItem.objects.filter(edition=OuterRef(OuterRef(OuterRef("pk"))))  # as deep as they stand in that question
    return Subquery(lessons), Exists(law_notices.ended(pages, on))


def lessons_of(edition: int, on: date) -> tuple[list[Lesson], bool]:
    """Return the lessons of an edition in teaching order, as `Outline.lessons` does, and whether it quotes a statute that had
    ended by that day. One query."""
    text, ended = _lessons.first(edition, on) or (None, False)
    return _in_words(_lessons_in(text)), ended


_lessons = Compiled(lambda edition, on: Edition.objects.filter(pk=edition).values_list(*_lessons_and_law(on)))


_outlines = Compiled(_asked)


@lru_cache(maxsize=64)
def _modules_in(text: str | None) -> tuple[tuple[ModuleRule, ...], dict[str, str], int]:
    rows = sorted(rows_in(text), key=lambda row: row[:2])
    topics: dict[str, set[int]] = {}
    module_of: dict[str, str] = {}
    for row in rows:
        found = topics.setdefault(code := row[2], set())
        if row[8] is not None:
            found.add(row[8])
            module_of[row[9]] = code
    rules = {
        code: ModuleRule(code, Decimal(hours).quantize(CENT), frozenset(topics[code]), title, title_en, bool(verified))
        for _position, _pk, code, title, title_en, hours, verified, *_rest in rows
    }
    return tuple(rules.values()), module_of, rows[0][7] if rows else 45


@lru_cache(maxsize=64)
def _lessons_in(text: str | None) -> tuple[Lesson, ...]:
    return tuple(
        Lesson(pk, UUID(uuid), title, title_en, minutes, tuple(list_in(codes)), *rest)
        for _position, pk, uuid, title, title_en, minutes, codes, *rest in sorted(rows_in(text), key=lambda row: row[0])
    )
