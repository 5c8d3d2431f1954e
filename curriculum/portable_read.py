"""Turns the portable form of a page (`portable`) back into what a page is made of, block by block, by the definitions
of the blocks. What does not fit is named by its place; text that would run in a browser is cleaned, and said.
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from html import unescape
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext as _
from wagtail import blocks
from wagtail.blocks.stream_block import BaseStreamBlock
from wagtail.blocks.struct_block import BaseStructBlock
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.images.blocks import ImageChooserBlock
from wagtail.snippets.blocks import SnippetChooserBlock

from .completeness import MODELS
from .html import clean

HTML_NAMES = {"html", "table"}  # text fields whose text is drawn as simple HTML
SPECIAL = {"topics", "competences", "case_placements", "level"}
# What acts in a browser. The text is drawn through an allow-list anyhow; an import does not even keep it.
ACTIVE = re.compile(
    r"<\s*/?\s*(?:script|style|iframe|frame|object|embed|applet|svg|math|link|meta|base|form|input|button|select|"
    r"textarea|template|noscript|img|video|audio|source|body|html)\b"
    r"|<[^>]*[\s/\"']on[a-z]+\s*=|<[^>]*=\s*[\"']?\s*(?:javascript|vbscript|data)\s*:|<!|<\?",
    re.IGNORECASE,
)


@dataclass
class Found:
    """What was read. values: field values as a page takes them, streams as raw blocks; topics and competences: codes;
    required: of the placed cases in order (course pages). problems and cleaned: places."""

    values: dict[str, Any] = field(default_factory=dict)
    topics: list[str] = field(default_factory=list)
    competences: list[str] = field(default_factory=list)
    required: list[bool] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    cleaned: list[str] = field(default_factory=list)
    unknown_entries: list[str] = field(default_factory=list)


class Reader:
    """files: ids of images and documents by (kind, hash); cases: page ids by place. While only looking, give any ids."""

    def __init__(self, files: Mapping[tuple[str, str], int], cases: list[int]) -> None:
        self.files = files
        self.cases = cases

    def page(self, kind: str, form: dict[str, Any]) -> Found:
        """Read one page. kind: course, lesson or case."""
        found = Found()
        model = apps.get_model("curriculum", MODELS[kind])
        known = {f.name: f for f in model._meta.get_fields()}
        for name, value in form.items():
            if name in SPECIAL and name in known:
                self._special(found, name, value)
            elif name not in known or not self._may_be_set(known[name]):
                found.problems.append(_("“%(name)s” is not known here") % {"name": name[:60]})
            else:
                self._field(found, known[name], value)
        if not isinstance(form.get("title"), str) or not form["title"].strip():
            found.problems.append(_("the title is missing"))
        return found

    def _may_be_set(self, field_: Any) -> bool:
        kinds = (StreamField, models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.DateField)
        own = field_.model._meta.app_label == "curriculum" or field_.name == "title"
        return own and isinstance(field_, kinds) and not field_.is_relation and not isinstance(field_, models.DateTimeField)

    def _special(self, found: Found, name: str, value: Any) -> None:
        if name in ("topics", "competences"):
            if isinstance(value, list) and all(isinstance(code, str) for code in value):
                setattr(found, name, value)
            else:
                self._wrong(found, [name])
        elif name == "case_placements":
            lines = value if isinstance(value, list) else [None]
            for place, line in enumerate(lines):
                if not isinstance(line, dict) or line.get("place") != place or line.keys() - {"place", "required"}:
                    self._wrong(found, [name])
                    return
            found.required = [line.get("required") is True for line in lines]
        elif not isinstance(value, str):
            self._wrong(found, [name])

    def _field(self, found: Found, field_: Any, value: Any) -> None:
        path = [str(field_.verbose_name)]
        if isinstance(field_, StreamField):
            found.values[field_.name] = self._block(found, field_.stream_block, value, path)
        elif isinstance(field_, models.DateField):
            try:
                found.values[field_.name] = date.fromisoformat(value)
            except (TypeError, ValueError):
                self._wrong(found, path)
        elif isinstance(field_, models.IntegerField | models.BooleanField):
            if isinstance(value, bool) is isinstance(field_, models.BooleanField) and isinstance(value, int):
                found.values[field_.name] = value
            else:
                self._wrong(found, path)
        elif not isinstance(value, str):
            self._wrong(found, path)
        else:
            found.values[field_.name] = self._html(found, value, path) if isinstance(field_, RichTextField) else value

    # --- Blocks ---

    def _block(self, found: Found, block: blocks.Block, value: Any, path: list[str], name: str = "") -> Any:
        """The raw value of one block, as a revision would hold it."""
        if isinstance(block, BaseStreamBlock):
            return self._stream(found, block, value, path)
        if isinstance(block, blocks.ListBlock):
            if not isinstance(value, list):
                return self._wrong(found, path)
            return [
                {"type": "item", "id": str(uuid.uuid4()),
                 "value": self._block(found, block.child_block, child, [*path, str(place)], name)}
                for place, child in enumerate(value, start=1)
            ]  # fmt: skip
        if isinstance(block, BaseStructBlock):
            return self._struct(found, block, value, path)
        if isinstance(block, ImageChooserBlock | DocumentChooserBlock):
            kind = "image" if isinstance(block, ImageChooserBlock) else "document"
            if not isinstance(value, str) or (kind, value) not in self.files:
                found.problems.append(_("%(place)s: the file is not in the package") % {"place": " › ".join(path)})
                return None
            return self.files[kind, value]
        if isinstance(block, blocks.PageChooserBlock):
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < len(self.cases):
                return self._wrong(found, path)
            return self.cases[value]
        return self._scalar(found, block, value, path, name)

    def _stream(self, found: Found, block: BaseStreamBlock, value: Any, path: list[str]) -> Any:
        if not isinstance(value, list):
            return self._wrong(found, path)
        raw = []
        for place, child in enumerate(value, start=1):
            kind = child.get("type") if isinstance(child, dict) else None
            if not isinstance(kind, str) or kind not in block.child_blocks or child.keys() - {"type", "value"}:
                where = " › ".join([*path, str(place)])
                found.problems.append(_("%(place)s: a block that is not known here: “%(kind)s”")
                                      % {"place": where, "kind": str(kind)[:40]})  # fmt: skip
                continue
            inner = block.child_blocks[kind]
            at = [*path, f"{place} · {inner.label}"]
            plain = self._block(found, inner, child["value"], at, kind) if "value" in child else _empty(inner)
            raw.append({"type": kind, "value": plain, "id": str(uuid.uuid4())})
        return raw

    def _struct(self, found: Found, block: BaseStructBlock, value: Any, path: list[str]) -> Any:
        if not isinstance(value, dict):
            return self._wrong(found, path)
        raw = {}
        entry = getattr(block, "ENTRY", "")  # a block that takes an entry of the library
        for name, child in block.child_blocks.items():
            if name == entry:
                raw[name] = self._entry(found, child, value.get("library"), path)
            elif name in value:
                raw[name] = self._block(found, child, value[name], [*path, str(child.label)], name)
            elif (nothing := _empty(child)) is not NOTHING:
                raw[name] = nothing
        extra = set(value) - set(block.child_blocks)
        if entry and isinstance(value.get("library"), dict):
            raw["library"] = value["library"]
            extra -= {"library"}
        for name in sorted(extra):
            where = " › ".join(path)
            found.problems.append(_("%(place)s: “%(name)s” is not known here") % {"place": where, "name": name[:40]})
        return raw

    def _entry(self, found: Found, block: blocks.Block, library: Any, path: list[str]) -> int | None:
        """The entry of the library here that the snapshot names, if it is here."""
        if not isinstance(library, dict):
            self._wrong(found, path)
            return None
        if isinstance(block, SnippetChooserBlock):
            try:
                wanted = uuid.UUID(str(library.get("id")))
            except ValueError:
                self._wrong(found, path)
                return None
            if pk := block.target_model.objects.filter(uuid=wanted).values_list("pk", flat=True).first():
                return pk
        found.unknown_entries.append(" › ".join(path))
        return None

    def _scalar(self, found: Found, block: blocks.Block, value: Any, path: list[str], name: str) -> Any:
        if isinstance(block, blocks.BooleanBlock):
            good = isinstance(value, bool)
        elif isinstance(block, blocks.IntegerBlock):
            good = isinstance(value, int) and not isinstance(value, bool)
        elif isinstance(block, blocks.DateBlock):
            good = isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None
        else:
            good = isinstance(value, str)
        if not good:
            return self._wrong(found, path)
        if isinstance(block, blocks.RichTextBlock) or (isinstance(block, blocks.TextBlock) and name in HTML_NAMES):
            return self._html(found, value, path)
        if isinstance(block, blocks.URLBlock) and not value.lower().startswith(("https://", "http://")):
            return self._wrong(found, path)
        return value

    def _html(self, found: Found, value: str, path: list[str]) -> str:
        if ACTIVE.search(value) or ACTIVE.search(_tags_unescaped(value)):
            found.cleaned.append(" › ".join(path))
            return clean(value)
        return value

    def _wrong(self, found: Found, path: list[str]) -> None:
        found.problems.append(_("%(place)s: not what belongs there") % {"place": " › ".join(path)})


def _tags_unescaped(value: str) -> str:
    """The text with character references inside tags resolved, where a browser resolves them too."""
    return re.sub(r"<[^>]*>", lambda tag: unescape(tag[0]), value)


NOTHING = object()


def _empty(block: blocks.Block) -> Any:
    """What a block holds when nothing was said about it; NOTHING where its own default has to do."""
    if isinstance(block, blocks.ListBlock | BaseStreamBlock):
        return []
    if isinstance(block, blocks.BooleanBlock):
        return False
    if isinstance(block, blocks.ChooserBlock | blocks.DateBlock):
        return None
    if isinstance(block, blocks.IntegerBlock | blocks.ChoiceBlock | BaseStructBlock):
        return NOTHING
    return ""
