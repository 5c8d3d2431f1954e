"""What a reader of the English pages gets: approved translations laid over a revision or a published page, the rest in
Chinese, and how much of it there is.

Chinese pages cost nothing: every function here returns early. An English page costs one query, by page. Which texts are
shown is decided by the hash of the Chinese text, never by its age: the translation of another text of the same place is
used in lessons only, and marked.
"""

from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import Case, F, JSONField, Value, When
from django.http import HttpRequest
from wagtail.models import Page

from lms.lib.language import is_english

from .cases import CaseScript
from .completeness import MODELS
from .models.translation import IN_LISTS, Translation
from .segments import MISSING, OLD, TRANSLATED, Overlaid, normal, overlay, source_hash

# `?original=1`: the reader of an English page wants the Chinese text this once.
_original: ContextVar[bool] = ContextVar("original", default=False)


class OriginalTextMiddleware:
    """Remembers for one request whether its address asks for the original text."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        token = _original.set(request.GET.get("original") == "1")
        try:
            return self.get_response(request)
        finally:
            _original.reset(token)


def wants_original() -> bool:
    return _original.get()


@dataclass(frozen=True)
class Reader:
    """The approved translation of one page. entries: as `Translation.entries`; version 0: there is none."""

    entries: dict[str, list[list[str]]] = field(default_factory=dict)
    version: int = 0

    def __post_init__(self) -> None:
        texts = {line[0]: line[1] for lines in self.entries.values() for line in lines}
        object.__setattr__(self, "_texts", texts)

    def find(self, key: str, source: str) -> tuple[str, str]:
        """Return (state, text) for one segment; a block that was moved or made anew is found by its text."""
        wanted = source_hash(source)
        versions = self.entries.get(key, [])
        for known, text in versions:
            if known == wanted:
                return TRANSLATED, text
        if wanted in self._texts:
            return TRANSLATED, self._texts[wanted]
        return (OLD, versions[-1][1]) if versions else (MISSING, "")

    def text(self, key: str, kind: str, source: str) -> str:
        """Return the translation of exactly this text, or the text itself."""
        state, text = self.find(key, normal(kind, source))
        return text if state == TRANSLATED else source


@dataclass(frozen=True)
class Said:
    """What a page tells its English reader. state: "" on Chinese pages and where nothing is Chinese; original (asked for),
    none, partial or whole. share: percent that is translated."""

    state: str = ""
    parts: int = 0
    missing: int = 0
    old: int = 0

    @property
    def share(self) -> int:
        return 100 * (self.parts - self.missing - self.old) // self.parts if self.parts else 100


def said_of(overlaid: Overlaid | None, reader: Reader | None) -> Said:
    if overlaid is None:
        return Said("original" if is_english() and wants_original() else "")
    parts = sum(overlaid.counts.values())
    missing, old = overlaid.counts.get(MISSING, 0), overlaid.counts.get(OLD, 0)
    if not parts:
        return Said()
    if not reader or not reader.version or (missing + old == parts and not old):
        return Said("none", parts, missing, old)
    return Said("partial" if missing + old else "whole", parts, missing, old)


def reader_of(page_id: int) -> Reader | None:
    """Return the translation of a page for this reader; None where the Chinese text is what is read. One query."""
    if not is_english() or wants_original():
        return None
    row = Translation.objects.filter(page=page_id).values_list("entries", "version").first()
    return Reader(*row) if row else Reader()


def reader_of_item(item) -> Reader | None:
    """The same for an item of an edition or a correction of one, asked once."""
    if not is_english() or wants_original():
        return None
    if "_reader" not in item.__dict__:
        of_edition = hasattr(item, "page_id")
        item._reader = reader_of(item.page_id if of_edition else item.item.page_id)
        if of_edition:
            fill_titles([item], {item.page_id: {name: item._reader.entries.get(name, []) for name in IN_LISTS}})
    return item._reader


def translated(kind: str, content: dict[str, Any], reader: Reader | None) -> Overlaid | None:
    """Return the content in English as far as it goes: lessons by whole blocks and with texts that are old, cases only
    where the translation is of exactly this text, for a choice must be made on what holds. None for the original."""
    if reader is None:
        return None
    lesson = kind != "case"
    return overlay(kind, content, reader.find, whole_units=lesson, old=lesson)


# --- Pages of an edition, a review, a draft ---------------------------------------------------------------------------


def page_of(kind: str, content: dict[str, Any], reader: Reader | None) -> tuple[Page, Said]:
    """Return the page object to be drawn, and what to tell its reader. Its blocks carry their state (`lesson_blocks`)."""
    model = apps.get_model("curriculum", MODELS[kind])
    overlaid = translated(kind, content, reader)
    said = said_of(overlaid, reader)
    page = model.from_serializable_data(overlaid.content if overlaid else content, check_fks=False)
    if overlaid and said.state != "none":
        page.translation_states = overlaid.states
        if OLD in overlaid.states.values():
            page.original = model.from_serializable_data(content, check_fks=False)
    page.said = said
    return page, said


_scripts: dict[tuple, CaseScript] = {}
_MOST_SCRIPTS = 256


def script_of_item(item, variant: str = "") -> CaseScript:
    """Return the case in the reader's language: the same keys, numbers and ways, other words. Kept in memory like
    `CaseScript.from_item`."""
    reader = reader_of_item(item)
    if reader is None:
        return CaseScript.from_item(item, variant)
    key = (item.revision_id, item.content_hash, variant, reader.version)
    if key not in _scripts:
        if len(_scripts) > _MOST_SCRIPTS:
            _scripts.clear()
        script, _said = script_of(item.content(), reader)
        _scripts[key] = script.as_variant(variant)
    return _scripts[key]


def script_of(content: dict[str, Any], reader: Reader | None) -> tuple[CaseScript, Said]:
    overlaid = translated("case", content, reader)
    said = said_of(overlaid, reader)
    return CaseScript.from_content(overlaid.content if overlaid else content, said=said), said


def reader_of_content(content: dict[str, Any]) -> Reader | None:
    """For a revision's content, which names its page. One query."""
    return reader_of(content["pk"]) if content.get("pk") else None


# --- Public pages and lists -------------------------------------------------------------------------------------------


def public(kind: str, page: Page, *, streams: dict[str, list[dict[str, Any]]], fields: Iterable[str] = (),
           reader: Reader | None = None) -> tuple[dict[str, Any], Said]:  # fmt: skip
    """Return what a public page shows of its texts (title, summary, these fields and blocks) in the reader's language.

    One query for an English reader, none when the reader is given.
    """
    names = ["title", "title_en", "summary", "summary_en", *fields]
    content = {name: getattr(page, name) for name in names} | streams
    if reader is None and page.pk:
        reader = reader_of(page.pk)
    overlaid = translated(kind, content, reader)
    return (overlaid.content if overlaid else content), said_of(overlaid, reader)


def of_course(page: Page, others: Iterable[Any], ids: Iterable[int]) -> tuple[Reader | None, int | None]:
    """Return the course's translation and the percent of the course that is approved, None when nobody has begun; fill
    in the titles of `others` (pages and what stands for them in lists) that have none. One query on English pages."""
    if not is_english():
        return None, None
    own = Case(When(page=page.pk, then=F("entries")), default=Value(None, JSONField()), output_field=JSONField())
    rows = list(
        Translation.objects.filter(page__in=[page.pk, *ids]).values_list(
            "page_id", "version", "titles", "total", "approved", own
        )
    )
    total = sum(row[3] for row in rows)
    share = 100 * sum(row[4] for row in rows) // total if total else None
    if wants_original():
        return None, share
    fill_titles(others, {row[0]: row[2] for row in rows})
    return next((Reader(row[5] or {}, row[1]) for row in rows if row[0] == page.pk), Reader()), share


def fill_titles(things: Iterable[Any], titles: dict[int, dict[str, Any]]) -> None:
    """Give things of a list their approved English titles and summaries where the author wrote none; nothing is saved."""
    for thing in things:
        known = titles.get(getattr(thing, "page_id", None) or thing.pk)
        if not known:
            continue
        reader = Reader(known)
        for name in known:
            source = getattr(thing, name, "")
            if source and not getattr(thing, f"{name}_en", ""):
                state, text = reader.find(name, normal("sister", source))
                if state == TRANSLATED:
                    setattr(thing, f"{name}_en", text)


def with_titles(things: Iterable[Any]) -> list[Any]:
    """Return the things of a list with their English titles. No query when each has its own, else one."""
    things = list(things)
    if is_english() and (bare := [thing for thing in things if not thing.title_en]):
        rows = Translation.objects.filter(page__in=[getattr(t, "page_id", None) or t.pk for t in bare])
        fill_titles(bare, dict(rows.values_list("page_id", "titles")))
    return things
