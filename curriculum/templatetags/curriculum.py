"""Filters of lesson and case text: everything an author wrote goes through one allow-list before it is drawn."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import template
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from wagtail.rich_text import RichText, expand_db_html

from lms.lib.language import is_english, local

from .. import law_notices, provenance
from ..blocks import EXHIBIT_KINDS
from ..casegraph import graph_of
from ..cases import CaseScript
from ..content_diff import SAME, Piece
from ..deliverable_blocks import FIELD_KINDS
from ..html import clean as clean_html
from ..models import CaseScenarioPage, Module
from ..rule_blocks import COUNTERPART_KINDS
from ..segments import MISSING, OLD, mostly_chinese
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
    """Return the blocks of a lesson one after the other; a key term opens its meaning where it first stands in a text.

    In translation (`reading.page_of`) a block without one is marked as Chinese, and one of an earlier text says so.
    """
    marker = Marker(_term_notes(page))
    states = getattr(page, "translation_states", {})
    drawn = []
    for block in page.body:
        html = block.render({"block_id": block.id})
        if block.block_type == "text":
            html = marker.mark(html)
        state = states.get(f"body/{_place_of(block)}")
        if state in (MISSING, OLD):
            html = _not_current(state, html, page, block.id)
        drawn.append(html)
    return mark_safe("\n".join(drawn))


def _place_of(block: Any) -> str:
    """As in the key of its segments: the name an author gave the block, else its id."""
    value = block.value if isinstance(block.value, Mapping) else {}
    return str(value.get("key") or block.id)


def _not_current(state: str, html: str, page: Any, block_id: str) -> str:
    present = ""
    if state == OLD:
        original = next((block for block in page.original.body if block.id == block_id), None)
        present = original.render({"block_id": block_id}) if original else ""
    context = {"state": state, "html": mark_safe(html), "present": mark_safe(present)}
    return render_to_string("curriculum/_not_current.html", context)


@register.inclusion_tag("curriculum/_translation_note.html", takes_context=True)
def translation_note(context: template.Context, said: Any) -> dict[str, Any]:
    """Tell an English reader how far the text is translated, with the way to the original and back; nothing in Chinese."""
    request = context.get("request")
    query = request.GET.copy() if request else QueryDict(mutable=True)
    query.pop("original", None)
    back = query.urlencode()
    query["original"] = "1"
    return {"said": said, "english": is_english(), "to_original": f"?{query.urlencode()}", "to_english": f"?{back}"}


@register.filter
def told(text: Any) -> Any:
    """Mark a text that an English reader gets in Chinese with its language; that it is so `translation_note` says, once for
    the whole page."""
    if not is_english() or not text or not mostly_chinese(str(text)):
        return text
    if isinstance(text, SafeString):
        return format_html('<div class="in-chinese prose" lang="zh-Hans">{}</div>', text)
    return format_html('<span lang="zh-Hans">{}</span>', text)


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
