"""Two revisions of one page compared, with our words: how fields and blocks are called, and what ids stand for.

`compare(kind, before, after)` gives lines for `curriculum/_content_diff.html`. The comparison itself is `content_diff`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from wagtail.blocks import BaseStreamBlock, Block, ListBlock, StructBlock
from wagtail.documents import get_document_model
from wagtail.fields import StreamField
from wagtail.images import get_image_model
from wagtail.models import Page

from .completeness import MODELS
from .content_diff import SAME, BlockChange, LeafChange, Piece, diff, stream_blocks
from .contents import NOT_CONTENT
from .models.syllabus import Competence, Level, Topic


@dataclass(frozen=True)
class Text:
    """One text that differs. label: where in the block, "" for a plain field."""

    label: str
    state: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Line:
    """One field or block that differs. state: changed, added, removed, moved or markup; see `content_diff`."""

    label: str
    state: str
    moved: bool
    texts: tuple[Text, ...]


@dataclass(frozen=True)
class Comparison:
    """What differs between two states of a page; `same` counts the fields and blocks that don't."""

    lines: tuple[Line, ...]
    same: int

    def __bool__(self) -> bool:
        return bool(self.lines)


def compare(
    kind: str, before: dict[str, Any], after: dict[str, Any], *, names: "ShownNames | None" = None
) -> Comparison:
    """Return what differs between two contents (`Revision.content`) of a course, lesson or case, in page order.

    kind: "course", "lesson" or "case". names: fetched for many pages at once; else at most eight queries, for the
    names of what is referred to.
    """
    changes = diff(before, after, skip=NOT_CONTENT, show=(names or ShownNames(before, after)).show)
    model = apps.get_model("curriculum", MODELS[kind])
    lines = tuple(_line(model, change) for change in changes if change.state != SAME)
    return Comparison(lines, len(changes) - len(lines))


# --- What ids stand for ---------------------------------------------------------------------------------------------


class ShownNames:
    """Names of the things that some contents refer to by id, fetched at once: at most six queries."""

    def __init__(self, *contents: dict[str, Any]) -> None:
        wanted: dict[str, set[int]] = {}
        for content in contents:
            for name, pk in _references(content):
                wanted.setdefault(name, set()).add(pk)
        self.found = {name: _SOURCES[name](pks) for name, pks in wanted.items()}

    def show(self, name: str, value: Any) -> str | None:
        if name in _ALIASES:
            source = _ALIASES[name]
            if isinstance(value, list) and all(isinstance(pk, int) for pk in value):
                return "\n".join(self._name(source, pk) for pk in value)
            if isinstance(value, int) and not isinstance(value, bool):
                return self._name(source, value)
        return "" if name in ("sort_order", "course", "page") else None

    def _name(self, source: str, pk: int) -> str:
        return self.found.get(source, {}).get(pk) or _("no longer there (%(id)s)") % {"id": pk}


# The names under which an id stands in a content, and what it is the id of.
_ALIASES = {
    "topics": "topic", "competences": "competence", "level": "level", "image": "image", "file": "document",
    "poster": "image", "captions": "document", "captions_en": "document", "document": "document", "case": "page", "cases": "page",
    "teaching_order": "page", "release": "release",
}  # fmt: skip


def _references(node: Any, name: str = "") -> Iterator[tuple[str, int]]:
    if isinstance(node, dict):
        item = node.get("type") == "item" and "value" in node
        for key, child in node.items():
            yield from _references(child, name if item else key)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child, name)
    elif isinstance(node, str) and node[:2] == "[{":
        yield from _references(stream_blocks(node), name)
    elif isinstance(node, int) and not isinstance(node, bool) and name in _ALIASES:
        yield _ALIASES[name], node


def _files(rows) -> dict[int, str]:
    """Files by title and the beginning of their hash: two pictures of one title are two pictures."""
    return {row.pk: f"{row.title} ({row.file_hash[:8]})" if row.file_hash else row.title for row in rows}


def _titled(rows, *, code: bool = False) -> dict[int, str]:
    english = (get_language() or "").startswith("en")
    names = {}
    for row in rows:
        title = (english and getattr(row, "title_en", "")) or row.title
        names[row.pk] = f"{row.code} {title}" if code else title
    return names


_SOURCES = {
    "topic": lambda pks: _titled(Topic.objects.filter(pk__in=pks), code=True),
    "competence": lambda pks: _titled(Competence.objects.filter(pk__in=pks)),
    "level": lambda pks: _titled(Level.objects.filter(pk__in=pks)),
    "image": lambda pks: _files(get_image_model().objects.filter(pk__in=pks)),
    "document": lambda pks: _files(get_document_model().objects.filter(pk__in=pks)),
    "page": lambda pks: _titled(Page.objects.filter(pk__in=pks)),
    "release": lambda pks: {
        row.pk: f"{row.title} – {row.provenance}"
        for row in apps.get_model("curriculum", "CoreRelease").objects.filter(pk__in=pks)
    },
}


# --- How fields are called ------------------------------------------------------------------------------------------


def _line(model, change: BlockChange) -> Line:
    block: Block | None = None
    label = change.field
    if change.field in {field.name for field in model._meta.get_fields()}:
        field = model._meta.get_field(change.field)
        label = _capital(str(getattr(field, "verbose_name", "") or field.related_model._meta.verbose_name_plural))
        if isinstance(field, StreamField) and change.kind:
            block = field.stream_block.child_blocks.get(change.kind)
    if change.kind:
        label = f"{label} › {change.number} · {_capital(str(block.label)) if block else change.kind}"
    texts = tuple(_text(block or _rows_of(model, change.field), leaf) for leaf in change.leaves if leaf.state != SAME)
    return Line(label, change.state, change.moved, texts)


def _rows_of(model, name: str):
    """The model of the rows below a page (its placed cases), whose fields have names too; None for other fields."""
    relation = next((field for field in model._meta.get_fields() if field.name == name and field.one_to_many), None)
    return relation and relation.related_model


def _text(block: Any, leaf: LeafChange) -> Text:
    """block: what the leaf's path begins in, a block or the model of rows below the page; None when unknown."""
    labels = []
    for name in leaf.path:
        if isinstance(block, type):  # rows: a number, then a field
            labels.append(_field_label(block, name))
        elif isinstance(block, StructBlock) and name == "library" and (entry := _entry_of(block)):
            block = entry
            labels.append(_("as the library says it"))
        elif isinstance(block, StructBlock) and name in block.child_blocks:
            block = block.child_blocks[name]
            labels.append(_capital(str(block.label)))
        elif isinstance(block, ListBlock) and name.isdigit():
            block = block.child_block
            labels.append(name)
        else:
            block = block.child_blocks.get(name) if isinstance(block, BaseStreamBlock) else None
            labels.append(name)
    return Text(" › ".join(labels), leaf.state, tuple(_shortened(leaf.pieces)))


def _entry_of(block: StructBlock) -> type | None:
    """The model of the library that a block takes its words from: it keeps them as they were (`library`)."""
    return next((child.target_model for child in block.child_blocks.values() if hasattr(child, "target_model")), None)


def _field_label(model: type, name: str) -> str:
    known = {field.name: field for field in model._meta.get_fields()}
    return _capital(str(getattr(known[name], "verbose_name", name))) if name in known else name


LONG, KEPT = 400, 120  # a run of unchanged words longer than this is shown by its two ends


def _shortened(pieces: tuple[Piece, ...]) -> Iterator[Piece]:
    for piece in pieces:
        if piece.state == SAME and len(piece.text) > LONG:
            yield Piece(SAME, f"{piece.text[:KEPT]} … {piece.text[-KEPT:]}")
        else:
            yield piece


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]
