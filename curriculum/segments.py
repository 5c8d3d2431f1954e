"""What of a page is translated: its texts as segments, and a page's content with translations laid over it. Pure.

A segment is one text of one field: a heading, a paragraph block, an option of a decision. Its key says where it stands by
names that stay when the text changes ("stages/visit/decision/0/options/users/text", "body/<id of the block>"), its hash
says which text it is. Keys of cases, numbers, conditions, files and answers are no text and are never touched.

A text whose English sister (`title_en`) the author has filled needs no translation; one without a Chinese character
neither.
"""

import copy
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lms.lib.xmltext import plain_text

PLAIN, LONG, RICH, HTML, SISTER = "plain", "long", "rich", "html", "sister"
MARKED_UP = (RICH, HTML)
SAME, TRANSLATED, OLD, MISSING = "same", "translated", "old", "missing"

CHINESE = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LATIN_WORD = re.compile("[A-Za-z][A-Za-z'’-]*")
_BLOCK_KEY = re.compile(r' data-block-key="[^"]*"')

# A dict names the texts of a value; a dict in a list stands for a ListBlock of such values; a bare word for the value itself.
_TITLED = {"title": SISTER, "summary": SISTER}
_OPTION = {"text": LONG, "consequence": RICH}
_TERM = {"label": SISTER, "unit": PLAIN, "refusal": LONG, "choices": [{"text": PLAIN}]}
_OUTCOMES = [{"title": SISTER, "unit": PLAIN}]
_SEAT = {
    "name": SISTER, "profile": RICH, "brief": RICH, "terms": [{"refusal": LONG}], "outcomes": _OUTCOMES,
}  # fmt: skip
_NEGOTIATION = {
    "terms": [_TERM], "outcomes": _OUTCOMES, "deal_text": RICH, "failure_text": RICH, "room": [{"seats": [_SEAT]}],
}  # fmt: skip
_STAGE = {
    "title": PLAIN, "narrative": RICH, "decision": [{"question": LONG, "options": [_OPTION]}],
    "negotiation": [_NEGOTIATION], "injects": [{"title": PLAIN, "text": RICH}],
}  # fmt: skip
_EXHIBIT = {"title": PLAIN, "html": HTML}
_STATUTE = {"article": PLAIN, "quotation": LONG}
_CHOICES = [{"label": SISTER}]
_FIELD = {
    "label": SISTER, "help": LONG, "choices": _CHOICES, "columns": [{"label": SISTER, "choices": _CHOICES}],
}  # fmt: skip
_BODY = {
    "heading": PLAIN, "text": RICH, "table": HTML, "figure": {"alt": PLAIN, "caption": PLAIN, "source": PLAIN},
    "video": {"title": PLAIN, "transcript": RICH, "chapters": [{"title": SISTER}]},
    "document": {"title": PLAIN, "description": LONG}, "key_term": {"term": SISTER, "definition": LONG},
    "library_statute": _STATUTE, "statute": {"title": PLAIN, **_STATUTE}, "exhibit": _EXHIBIT,
    "self_check": {"question": LONG, "options": [{"text": LONG, "feedback": LONG}]}, "discussion": {"prompt": LONG},
}  # fmt: skip
SPECS: dict[str, dict[str, Any]] = {
    "course": {"fields": _TITLED | {"about": RICH}, "streams": {"parts": {"part": {"title": SISTER}}}},
    "lesson": {"fields": _TITLED, "streams": {"body": _BODY}},
    "case": {
        "fields": _TITLED | {"sector": SISTER, "role": RICH, "brief": RICH},
        "streams": {
            "exhibits": {"exhibit": _EXHIBIT, "statute": _STATUTE},
            "variables": {"variable": {"title": SISTER, "unit": PLAIN}},
            "counterparts": {"counterpart": {"name": SISTER, "profile": RICH, "brief": RICH}},
            "stages": {"stage": _STAGE},
            "variants": {"variant": {"title": PLAIN, "values": [{"value": PLAIN}]}},
            "deliverable": {"deliverable": {"title": SISTER, "instructions": RICH, "fields": [_FIELD]}},
            "rubric": {"criterion": {"title": SISTER, "bands": [{"label": SISTER, "descriptor": LONG}]}},
        },
        "after": {"debrief": RICH},
    },
}  # fmt: skip


@dataclass(frozen=True)
class Segment:
    """One text. unit: the field or block it belongs to; kind: plain, long (with lines), rich, html or sister."""

    key: str
    kind: str
    source: str
    unit: str

    @property
    def hash(self) -> str:
        return source_hash(self.source)


@dataclass(frozen=True)
class _Spot:
    """Where a segment stands in a content: `holder[name]`."""

    segment: Segment
    holder: dict[str, Any]
    name: str

    def write(self, text: str) -> None:
        self.holder[f"{self.name}_en" if self.segment.kind == SISTER else self.name] = text


def source_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def normal(kind: str, text: str) -> str:
    """Return a text as it is compared and translated, without characters that a file of XML can't hold; markup without
    the editor's numbering of paragraphs, and without the indentation of its source."""
    text = plain_text(text.replace("\r\n", "\n").replace("\r", "\n"))
    if kind not in MARKED_UP:
        return text.strip()
    return "\n".join(line for part in _BLOCK_KEY.sub("", text).split("\n") if (line := part.strip()))


def has_chinese(text: str) -> bool:
    return bool(CHINESE.search(text))


def mostly_chinese(text: str) -> bool:
    """Say whether a reader meets Chinese: more of its characters than words of Latin letters. Tags don't count."""
    text = re.sub(r"<[^<>]*>", " ", text)  # in one pass, however many < there are
    return len(CHINESE.findall(text)) > 2 * len(_LATIN_WORD.findall(text))


def segments_of(kind: str, content: dict[str, Any]) -> list[Segment]:
    """Return the texts of a page in the order in which they are read. kind: course, lesson or case."""
    return [spot.segment for spot in _spots(kind, _opened(kind, content))]


Find = Callable[[str, str], tuple[str, str]]  # (key, source) -> (state, text)


@dataclass(frozen=True)
class Overlaid:
    """A content with its translations. states: of each unit, the worst of its segments; counts: segments by state."""

    content: dict[str, Any]
    states: dict[str, str]
    counts: dict[str, int]


def overlay(kind: str, content: dict[str, Any], find: Find, *, whole_units: bool, old: bool) -> Overlaid:
    """Return the content in translation; what has none stays as it is.

    whole_units: a block is translated wholly or not at all. old: take translations of an earlier text too.
    """
    opened = _opened(kind, content)
    found = [(spot, *find(spot.segment.key, spot.segment.source)) for spot in _spots(kind, opened)]
    states: dict[str, str] = {}
    for spot, state, _text in found:
        unit = spot.segment.unit
        states[unit] = max(states.get(unit, TRANSLATED), state, key=[TRANSLATED, OLD, MISSING].index)
    taken = {TRANSLATED, OLD} if old else {TRANSLATED}
    for spot, state, text in found:
        if (states[spot.segment.unit] if whole_units else state) in taken and state in taken:
            spot.write(text)
    counts = Counter(state for _spot, state, _text in found)
    return Overlaid(_closed(kind, opened, content), states, dict(counts))


# --- Walking ----------------------------------------------------------------------------------------------------------


def _opened(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    """A copy in which streams are lists and can be written to."""
    spec = SPECS[kind]
    opened = dict(content)
    for name in spec["streams"]:
        value = content.get(name) or []
        opened[name] = json.loads(value) if isinstance(value, str) else copy.deepcopy(value)
    return opened


def _closed(kind: str, opened: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    closed = dict(opened)
    for name in SPECS[kind]["streams"]:
        if isinstance(content.get(name), str):
            closed[name] = json.dumps(opened[name], ensure_ascii=False)
        elif name not in content:
            del closed[name]
    return closed


def _spots(kind: str, opened: dict[str, Any]) -> Iterator[_Spot]:
    spec, seen = SPECS[kind], set()

    def once(spot: _Spot) -> _Spot:
        """Two blocks of one key (an unfinished draft) get keys of their own."""
        key, number = spot.segment.key, 2
        while key in seen:
            key, number = f"{spot.segment.key}~{number}", number + 1
        seen.add(key)
        if key == spot.segment.key:
            return spot
        return _Spot(Segment(key, spot.segment.kind, spot.segment.source, spot.segment.unit), spot.holder, spot.name)

    for name, text_kind in spec["fields"].items():
        yield from map(once, _text(opened, name, text_kind, name, name))
    for name, kinds in spec["streams"].items():
        for block in opened[name]:
            inner = kinds.get(block.get("type"))
            if inner is None:
                continue
            value = block.get("value")
            place = _name_of(value, block.get("id") or "")
            key = f"{name}/{place}"
            if isinstance(inner, str):
                yield from map(once, _text(block, "value", inner, key, key))
            else:
                yield from map(once, _struct(value, inner, key, key))
    for name, text_kind in spec.get("after", {}).items():
        yield from map(once, _text(opened, name, text_kind, name, name))


def _struct(value: Any, spec: dict[str, Any], key: str, unit: str) -> Iterator[_Spot]:
    if not isinstance(value, dict):
        return
    for name, inner in spec.items():
        if isinstance(inner, str):
            yield from _text(value, name, inner, f"{key}/{name}", unit)
            continue
        children = value.get(name) or []
        for place, child in enumerate(children):
            wrapped = isinstance(child, dict) and child.get("type") == "item" and "value" in child
            bare = child["value"] if wrapped else child
            yield from _struct(bare, inner[0], f"{key}/{name}/{_name_of(bare, str(place))}", unit)


def _name_of(value: Any, otherwise: str) -> str:
    """The name an author gave: a key, the points of a band, the name of a placeholder."""
    if isinstance(value, dict):
        for name in ("key", "points", "name") if "values" not in value else ("key",):
            if value.get(name) not in (None, ""):
                return str(value[name])
    return otherwise


def _text(holder: dict[str, Any], name: str, kind: str, key: str, unit: str) -> Iterator[_Spot]:
    value = holder.get(name)
    if not isinstance(value, str) or not has_chinese(value):
        return
    if holder.get(f"{name}_en"):  # the author's own English
        return
    yield _Spot(Segment(key, kind, normal(kind, value), unit), holder, name)
