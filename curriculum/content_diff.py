"""Two states of one page's content, compared block by block with words added and removed. Pure: no ORM, no wording.

A state is a page revision's content. What an id means (a topic, an image) and how a field is called is asked of the
caller: `curriculum/comparing.py` does so for our pages.
"""

import json
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from html.parser import HTMLParser
from typing import Any

SAME, CHANGED, ADDED, REMOVED, MOVED, MARKUP = "same", "changed", "added", "removed", "moved", "markup"
Show = Callable[[str, Any], str | None]


@dataclass(frozen=True)
class Piece:
    """A run of words. state: same, added or removed."""

    state: str
    text: str


@dataclass(frozen=True)
class LeafChange:
    """One text of a block. path: names and numbers (from 1) from the block inwards, () for a plain field.

    state: same, changed, added, removed; markup when only bold, links or the like differ.
    """

    path: tuple[str, ...]
    state: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class BlockChange:
    """One field, or one block of a stream. kind: the block's type, "" for a plain field; number: its place from 1, as
    it is now (as it was, when removed), 0 for a plain field. moved: it stands elsewhere among its neighbours."""

    field: str
    kind: str
    number: int
    state: str
    leaves: tuple[LeafChange, ...]
    moved: bool = False

    @property
    def changed_leaves(self) -> tuple[LeafChange, ...]:
        return tuple(leaf for leaf in self.leaves if leaf.state != SAME)


def diff(
    before: dict[str, Any], after: dict[str, Any], *, skip: Iterable[str] = (), show: Show | None = None
) -> list[BlockChange]:
    """Return every field and block of the two contents in the order of the page, what was removed at its old place.

    skip: names of fields that say nothing. show(name, value): text for a value such as an id, or None to show it
    as it is. Fields that only one side has count as empty on the other. Empty on both sides: left out.
    """
    skipped = {"pk", *skip}
    names = [name for name in after if name not in skipped]
    names += [name for name in before if name not in skipped and name not in after]
    found: list[BlockChange] = []
    for name in names:
        old, new = _blocks(name, before.get(name), show), _blocks(name, after.get(name), show)
        found += _compare_blocks(old, new)
    return found


def changed(changes: Iterable[BlockChange]) -> list[BlockChange]:
    """Return only what differs."""
    return [change for change in changes if change.state != SAME]


# --- Words ----------------------------------------------------------------------------------------------------------

# A Chinese character is a word here; so is a run of letters or digits; anything else stands alone.
_CJK = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_CJK}]|[^\W{_CJK}_]+|\s+|.", re.DOTALL)
MOST_WORDS = 4000  # of a paragraph on either side; more is shown as removed and added whole


def diff_words(before: str, after: str) -> tuple[Piece, ...]:
    """Return the runs that lead from one text to the other: same and removed runs joined give `before`, same and added
    ones `after`. Paragraphs are aligned first, so that long texts cost little."""
    pieces: list[Piece] = []
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece(SAME, "".join(old[a:b])))
        else:
            pieces += _diff_run("".join(old[a:b]), "".join(new[c:d]))
    return tuple(_joined(pieces))


def _diff_run(before: str, after: str) -> Iterator[Piece]:
    old, new = _WORD.findall(before), _WORD.findall(after)
    if len(old) > MOST_WORDS or len(new) > MOST_WORDS:
        yield from (Piece(REMOVED, before), Piece(ADDED, after))
        return
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    removed = added = ""
    for place, (tag, a, b, c, d) in enumerate(codes):
        between = 0 < place < len(codes) - 1
        if tag == "equal" and not (between and _says_nothing(old[a:b])):
            yield from (Piece(REMOVED, removed), Piece(ADDED, added), Piece(SAME, "".join(old[a:b])))
            removed = added = ""
        else:
            removed += "".join(old[a:b])
            added += "".join(new[c:d])
    yield from (Piece(REMOVED, removed), Piece(ADDED, added))


def _says_nothing(words: list[str]) -> bool:
    """A lone character or space between two changes is there by chance; changes read better as one."""
    return len(words) == 1 and len(words[0]) == 1 and words[0] != "\n"


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Without empty runs, neighbours of one state as one."""
    last: Piece | None = None
    for piece in pieces:
        if not piece.text:
            continue
        if last is not None and last.state == piece.state:
            last = Piece(last.state, last.text + piece.text)
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last


# --- Reading a content ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Leaf:
    key: tuple[str, ...]  # what it is matched by
    path: tuple[str, ...]  # what is shown
    text: str
    raw: Any


@dataclass(frozen=True)
class _Block:
    field: str
    kind: str
    number: int
    key: str  # id of the block, or the key its author gave it; "" when it has none
    leaves: tuple[_Leaf, ...]

    @property
    def text(self) -> str:
        return "\n".join(leaf.text for leaf in self.leaves)


def _blocks(name: str, value: Any, show: Show | None) -> list[_Block]:
    stream = stream_blocks(value)
    if stream is None:
        leaves = tuple(_leaves(value, name, (), (), show))
        return [_Block(name, "", 0, name, leaves)] if leaves else []
    return [
        _Block(
            name, block["type"], place, str(block.get("id") or ""),
            tuple(_leaves(block["value"], block["type"], (), (), show)),
        )
        for place, block in enumerate(stream, start=1)
    ]  # fmt: skip


def stream_blocks(value: Any) -> list[dict[str, Any]] | None:
    """Return the blocks of a StreamField as a revision holds them (JSON text or a list); None when it is something else."""
    if isinstance(value, str) and value[:1] == "[":
        try:
            value = json.loads(value)
        except ValueError:
            return None
    if isinstance(value, list) and value and all(_is_block(b) for b in value):
        return None if all(block["type"] == "item" for block in value) else value
    return None


def _is_block(value: Any) -> bool:
    return isinstance(value, dict) and "value" in value and isinstance(value.get("type"), str)


def _leaves(
    value: Any, name: str, key: tuple[str, ...], path: tuple[str, ...], show: Show | None
) -> Iterator[_Leaf]:  # fmt: skip
    """The texts of a value from the outside in. name: the innermost name, by which an id is understood."""
    shown = show(name, value) if show is not None else None
    if shown is not None:
        if shown:
            yield _Leaf(key, path, shown, value)
    elif isinstance(value, dict):
        for inner, child in value.items():
            if inner not in ("pk", "id"):
                yield from _leaves(child, inner, (*key, inner), (*path, inner), show)
    elif isinstance(value, list):
        seen: set[str] = set()
        for place, child in enumerate(value, start=1):
            inner_key, inner = _list_key(child, place)
            if inner_key in seen:
                inner_key = f"{inner_key}#{place}"
            seen.add(inner_key)
            yield from _leaves(inner, name, (*key, inner_key), (*path, str(place)), show)
    elif value not in (None, ""):
        text = plain_text(value) if isinstance(value, str) else _scalar(value)
        yield _Leaf(key, path, text, value)


def _list_key(child: Any, place: int) -> tuple[str, Any]:
    """What an item of a list is known by: its id, its author's key, its place."""
    if isinstance(child, dict) and child.get("type") == "item" and "value" in child:
        value = child["value"]
        key = str(child.get("id") or "")
    else:
        value, key = child, ""
    if isinstance(value, dict) and isinstance(value.get("key"), str) and value["key"]:
        key = value["key"]  # survives a copy, which the id doesn't
    return key or f"#{place}", value


def _scalar(value: Any) -> str:
    return {True: "✓", False: "✗"}.get(value, str(value)) if isinstance(value, bool) else str(value)


class _Text(HTMLParser):
    """Rich text as lines: list items with a dot, cells with a bar, a link with its address behind it."""

    BREAKS = ("p", "h2", "h3", "h4", "h5", "li", "tr", "blockquote", "ul", "ol", "table", "br", "figure", "pre", "div")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in self.BREAKS:
            self._line()
        if tag == "li":
            self.parts.append("• ")
        elif tag == "a":
            self.links.append(given.get("href") or given.get("id") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.parts.append(" | ")
        elif tag == "a" and self.links and (href := self.links.pop()):
            self.parts.append(f" ({href})")
        elif tag in self.BREAKS:
            self._line()

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def _line(self) -> None:
        if self.parts and not self.parts[-1].endswith("\n"):
            self.parts.append("\n")


_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


def plain_text(value: str) -> str:
    """Return a text as it reads: HTML without its marks, one line for each paragraph."""
    if not _TAG.search(value):
        return value.strip()
    parser = _Text()
    parser.feed(value)
    parser.close()
    return "".join(parser.parts).strip()


# --- Comparing ------------------------------------------------------------------------------------------------------


def _compare_blocks(old: list[_Block], new: list[_Block]) -> Iterator[BlockChange]:
    pairs = _matched(old, new)
    partner = {b: a for a, b in pairs.items()}
    staying = longest_rise([partner[b] for b in sorted(partner)])
    gone = [a for a in range(len(old)) if a not in pairs]
    for b, block in enumerate(new):
        a = partner.get(b)
        limit = a if a is not None and a in staying else None
        while limit is not None and gone and gone[0] < limit:  # what was removed before this one
            yield _one_sided(old[gone.pop(0)], REMOVED)
        yield _one_sided(block, ADDED) if a is None else _compared(old[a], block, moved=a not in staying)
    for a in gone:
        yield _one_sided(old[a], REMOVED)


def _matched(old: list[_Block], new: list[_Block]) -> dict[int, int]:
    """Which block became which: by id, by the author's key, by the same text, then by likeness within one type."""
    pairs: dict[int, int] = {}
    open_new = set(range(len(new)))

    def pair(name: Callable[[_Block], Any]) -> None:
        places: dict[Any, list[int]] = {}
        for b in sorted(open_new):
            if (known := name(new[b])) is not None:
                places.setdefault(known, []).append(b)
        for a, block in enumerate(old):
            if a not in pairs and places.get(name(block)):
                b = places[name(block)].pop(0)
                pairs[a] = b
                open_new.discard(b)

    pair(lambda block: (block.kind, block.key) if block.key else None)
    pair(_author_key)
    pair(lambda block: (block.kind, block.text))
    for a, block in enumerate(old):
        if a in pairs:
            continue
        for b in sorted(open_new):
            if new[b].kind == block.kind and _alike(block.text, new[b].text):
                pairs[a] = b
                open_new.discard(b)
                break
    return pairs


def _author_key(block: _Block) -> tuple[str, str] | None:
    return next(((block.kind, leaf.text) for leaf in block.leaves if leaf.path == ("key",)), None)


def _alike(one: str, other: str) -> bool:
    if not one or not other or min(len(one), len(other)) * 3 < max(len(one), len(other)):
        return False
    return SequenceMatcher(None, one[:2000], other[:2000], autojunk=False).quick_ratio() >= 0.6


def longest_rise(places: list[int]) -> set[int]:
    """The most places that stand in rising order: what has not been moved."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for at, place in enumerate(places):
        spot = bisect_left(tails, place)
        before.append(ends[spot - 1] if spot else -1)
        if spot == len(tails):
            tails.append(place)
            ends.append(at)
        else:
            tails[spot], ends[spot] = place, at
    found: set[int] = set()
    at = ends[-1] if ends else -1
    while at >= 0:
        found.add(places[at])
        at = before[at]
    return found


def _one_sided(block: _Block, state: str) -> BlockChange:
    leaves = tuple(LeafChange(leaf.path, state, (Piece(state, leaf.text),)) for leaf in block.leaves if leaf.text)
    return BlockChange(block.field, block.kind, block.number, state, leaves)


def _compared(old: _Block, new: _Block, *, moved: bool) -> BlockChange:
    before = {leaf.key: leaf for leaf in old.leaves}
    leaves = [_leaf_change(before.pop(leaf.key, None), leaf) for leaf in new.leaves]
    leaves += [_leaf_change(leaf, None) for leaf in before.values()]
    if any(leaf.state != SAME for leaf in leaves):
        state = MARKUP if all(leaf.state in (SAME, MARKUP) for leaf in leaves) else CHANGED
    else:
        state = MOVED if moved or _order(old) != _order(new) else SAME
    return BlockChange(new.field, new.kind, new.number, state, tuple(leaves), moved)


def _order(block: _Block) -> list[tuple[str, ...]]:
    return [leaf.key for leaf in block.leaves]


def _leaf_change(old: _Leaf | None, new: _Leaf | None) -> LeafChange:
    if old is None or new is None:
        leaf, state = (new, ADDED) if old is None else (old, REMOVED)
        return LeafChange(leaf.path, state, (Piece(state, leaf.text),))
    if old.text != new.text:
        return LeafChange(new.path, CHANGED, diff_words(old.text, new.text))
    state = SAME if old.raw == new.raw else MARKUP
    return LeafChange(new.path, state, (Piece(SAME, new.text),))
