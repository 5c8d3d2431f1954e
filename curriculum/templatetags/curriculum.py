"""Filters of lesson and case text: everything an author wrote goes through one allow-list before it is drawn."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe
from wagtail.rich_text import RichText, expand_db_html

from lms.lib.language import local

from .. import law_notices, provenance
from ..blocks import EXHIBIT_KINDS, FIELD_KINDS
from ..casegraph import graph_of
from ..cases import CaseScript
from ..content_diff import SAME, Piece
from ..html import clean as clean_html
from ..models import CaseScenarioPage, Module
from ..rule_blocks import COUNTERPART_KINDS
from ..term_notes import Marker, TermNote

register = template.Library()


@register.filter
def clean(html: Any) -> SafeString:
    """Return simple HTML reduced to the allow-list of `curriculum.html`."""
    return mark_safe(clean_html(str(html or "")))


@register.filter
def rich(value: Any) -> SafeString:
    """Return rich text with its links to pages and files resolved, reduced to the same allow-list."""
    source = value.source if isinstance(value, RichText) else str(value or "")
    return clean(expand_db_html(source))


@register.simple_tag
def lesson_blocks(page: Any) -> SafeString:
    """Return the blocks of a lesson one after the other; a key term opens its meaning where it first stands in a text."""
    marker = Marker(_term_notes(page))
    drawn = []
    for block in page.body:
        html = block.render({"block_id": block.id})
        drawn.append(marker.mark(html) if block.block_type == "text" else html)
    return mark_safe("\n".join(drawn))


def _term_notes(page: Any) -> list[TermNote]:
    """The key terms of a page: those of the library as they were when it was saved, and its own."""
    notes = []
    for block in page.body:
        if block.block_type == "library_term" and (said := block.value.library):
            notes.append(TermNote(said["term"], said.get("term_en") or "", local(said, "definition")))
        elif block.block_type == "key_term":
            value = block.value
            notes.append(TermNote(value["term"], value.get("term_en") or "", value["definition"]))
    return notes


@register.inclusion_tag("curriculum/_provenance.html")
def page_provenance(page: Any, published: bool = True) -> dict[str, Any]:
    """Draw where a page comes from; with its latest edition when it is drawn as published."""
    return {"provenance": provenance.of_page(page, published=published)}


@register.inclusion_tag("curriculum/_provenance.html")
def item_provenance(item: Any) -> dict[str, Any]:
    """Draw where a page of an edition comes from and who reviewed it."""
    return {"provenance": provenance.of_item(item)}


@register.inclusion_tag("curriculum/_law_notices.html")
def law_notices_of_item(item: Any) -> dict[str, Any]:
    """Tell a reader of an edition which statutes of this page no longer hold."""
    return {"statutes": law_notices.of_item(item)}


@register.inclusion_tag("curriculum/_law_notices.html")
def law_notices_of_edition(edition: int) -> dict[str, Any]:
    return {"statutes": law_notices.of_edition(edition)}


@register.filter
def exhibit_kind(kind: str) -> str:
    """Return the word for a kind of exhibit in the language of the page; an unknown kind as it stands."""
    return str(dict(EXHIBIT_KINDS).get(kind, kind))


@register.filter
def field_kind(kind: str) -> str:
    """Return the word for a kind of field of a work product."""
    return str(dict(FIELD_KINDS).get(kind, kind))


@register.filter
def case_script(page: CaseScenarioPage) -> CaseScript:
    """Return the script of a case page as it stands in memory: for previews of unsaved changes."""
    return CaseScript.from_content(page.serializable_data())


@register.filter
def hours_total(modules: Iterable[Module]) -> dict[str, Any]:
    """Return the hours of the modules together, and whether every one of them is verified."""
    modules = list(modules)
    return {
        "hours": sum((module.hours for module in modules), Decimal(0)),
        "verified": bool(modules) and all(module.hours_verified for module in modules),
    }


NEAR = 160  # characters of unchanged text shown on either side of a change


@register.filter
def near_changes(pieces: Iterable[Piece]) -> list[Piece]:
    """Return the pieces of a text with long unchanged runs cut down to what stands beside a change."""
    pieces = list(pieces)
    shown = []
    for place, piece in enumerate(pieces):
        if piece.state == SAME and len(piece.text) > 2 * NEAR + 40:
            head = "" if place == 0 else piece.text[:NEAR]
            tail = "" if place == len(pieces) - 1 else piece.text[-NEAR:]
            piece = Piece(SAME, f"{head} … {tail}")
        shown.append(piece)
    return shown


@register.filter
def case_graph(script):
    """Return the drawing of a case's stages."""
    return graph_of(script)


@register.filter
def counterpart_kind(kind: str) -> str:
    """Return the words for a kind of counterpart."""
    return str(dict(COUNTERPART_KINDS).get(kind, kind))
