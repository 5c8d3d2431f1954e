"""Pieces of a manuscript made into lessons: blocks as a lesson's StreamField takes them, minutes, topics that are named.

In a block of a picture `image` is the picture's name in the manuscript; whoever makes the page puts its id there.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from typing import Any

from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from . import conventions as say
from .notes import Note, Refused
from .pieces import HEADING, PICTURE, TABLE, Piece

CHARACTERS_A_MINUTE = 200  # of Chinese text, read to learn it
WORDS_A_MINUTE = 120  # of English
BLOCK_MINUTES = {"table": 2.0, "figure": 1.0, "discussion": 6.0, "self_check": 2.0}
MAX_LESSONS = 30
MAX_BLOCKS = 1500


@dataclass
class LessonDraft:
    """One lesson to be. body: blocks {type, value}; topics: what the label names; notes: what to look at."""

    title: str
    place: int = 0
    facts: dict[str, Any] = field(default_factory=dict)
    topics: list[str] = field(default_factory=list)
    minutes: int = 0
    estimated: bool = True
    body: list[dict[str, Any]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def as_json(self, near: dict[int, str]) -> dict[str, Any]:
        """near: how the text at a place begins."""
        plain = {name: getattr(self, name) for name in ("title", "place", "facts", "topics", "minutes", "estimated", "body")}
        return plain | {"notes": [note.as_json() | {"near": near.get(note.place, "")} for note in self.notes]}


def lessons(found: list[Piece], *, title: str, split: bool, footnotes: dict[str, str], notes: list[Note]) -> list[LessonDraft]:
    """Return one lesson, or one for each heading of level 1. title: used when the manuscript has none.

    notes: by place, what the readers noted so far; each goes to the lesson it belongs to. Raises Refused.
    """
    groups = _groups(found, title, split)
    if len(groups) > MAX_LESSONS:
        raise Refused(_("There are %(count)s headings of level 1; %(most)s lessons are the most for one manuscript.")
                      % {"count": len(groups), "most": MAX_LESSONS})  # fmt: skip
    drafts = [_Making(draft, own, footnotes).made() for draft, own in groups]
    if not any(draft.body for draft in drafts):
        raise Refused(_("There is no text in this manuscript."))
    if sum(len(draft.body) for draft in drafts) > MAX_BLOCKS:
        raise Refused(_("The manuscript is too long; cut it into several."))
    for note in notes:
        owner = [draft for draft in drafts if draft.place <= note.place] or drafts[:1]
        owner[-1].notes.append(note)
    for draft in drafts:
        draft.notes.sort(key=lambda note: note.place)
    return drafts


def _groups(found: list[Piece], title: str, split: bool) -> list[tuple[LessonDraft, list[Piece]]]:
    """The pieces of each lesson. Without splitting, a heading of level 1 at the very top is the title."""
    groups: list[tuple[LessonDraft, list[Piece]]] = []
    for piece in found:
        top = piece.kind == HEADING and piece.level == 1 and not say.section_of(piece.text)
        if top and (split or not groups):
            groups.append((LessonDraft(piece.text[:255], piece.place), []))
        elif not groups:
            groups.append((LessonDraft(title[:255]), [piece]))
        else:
            groups[-1][1].append(piece)
    first = groups[0] if groups else None
    if len(groups) > 1 and first is not None and not first[0].place and all(say.facts(p) for p in first[1]):
        for draft, own in groups[1:]:  # what stands above the first lesson is said about every lesson
            own[:0] = [Piece(p.kind, draft.place, p.html, lines=p.lines, node=p.node) for p in first[1]]
        groups = groups[1:]
    return groups


class _Making:
    def __init__(self, draft: LessonDraft, found: list[Piece], footnotes: dict[str, str]) -> None:
        self.draft, self.found, self.footnotes = draft, found, footnotes
        self.text: list[str] = []
        self.section, self.depth = "", 0  # which section is open, and the level of its heading
        self.waiting: list[say.Line] = []
        self.counts = {"q": 0, "d": 0}

    def made(self) -> LessonDraft:
        self._facts()
        for piece in self.found:
            self._piece(piece)
        self._close_section()
        self._flush()
        self._footnotes()
        self._minutes()
        return self.draft

    def _add(self, kind: str, value: Any) -> None:
        self._flush()
        self.draft.body.append({"type": kind, "value": value})

    def _flush(self) -> None:
        if self.text:
            self.draft.body.append({"type": "text", "value": "".join(self.text)})
            self.text = []

    def _note(self, text: str, place: int) -> None:
        self.draft.notes.append(Note(text, place))

    # --- What stands at the top ---

    def _facts(self) -> None:
        said: dict[str, str] = {}
        while self.found and (facts := say.facts(self.found[0])):
            said |= facts
            place = self.found.pop(0).place
        limits = {"title_en": 255, "author": 120, "source": 255, "licence": 120, "ai_assistance": 255, "summary": 2000,
                  "summary_en": 2000}  # fmt: skip
        for name, limit in limits.items():
            if name in said:
                self.draft.facts[name] = said[name][:limit]
                if len(said[name]) > limit:
                    self._note(_("Cut to %(limit)s characters: “%(text)s”.") % {"limit": limit, "text": said[name][:40]}, place)
        if address := re.search(r"https?://[^\s，。；）)]+", said.get("source", "")):
            self.draft.facts["source_url"] = address[0][:400]
        if "topics" in said:
            self.draft.topics = [name for part in re.split(r"[、,，;；/\n]+", said["topics"]) if (name := part.strip(" 。"))]
        if "minutes" in said:
            if (minutes := say.minutes_in(said["minutes"])) is not None:
                self.draft.minutes, self.draft.estimated = minutes, False
            else:
                text = _("“%(text)s” is no number of minutes; the minutes were estimated.")
                self._note(text % {"text": said["minutes"][:40]}, place)
        if "legally_valid_on" in said:
            if day := say.day_in(said["legally_valid_on"]):
                self.draft.facts["legally_valid_on"] = day.isoformat()
            else:
                self._note(_("“%(text)s” is no day; write it as 2026-01-31.") % {"text": said["legally_valid_on"][:40]}, place)

    # --- Pieces ---

    def _piece(self, piece: Piece) -> None:
        if piece.kind == HEADING:
            self._heading(piece)
        elif piece.kind == PICTURE:
            self._close_check()
            self._add("figure", {"image": piece.picture, "alt": piece.alt, "caption": piece.caption})
        elif piece.kind == TABLE:
            self._close_check()
            self._add("table", piece.html)
        elif self.section == say.CHECK:
            self.waiting += say.check_lines(piece)
        elif self.section and self._entries(piece, self.section):
            pass
        elif not self._single(piece):
            self.text.append(piece.html)

    def _heading(self, piece: Piece) -> None:
        if self.section == say.CHECK and piece.level > self.depth and not say.section_of(piece.text):
            self.waiting.append(say.Line(piece.text, piece.place, question=True))
            return
        self._close_section()
        self.section, self.depth = say.section_of(piece.text), piece.level
        if self.section or not piece.text:
            return
        if piece.level <= 2:
            self._add("heading", piece.text)
            return
        level = min(piece.level, 4)
        if piece.level > 4:
            self._note(_("A heading of level %(level)s became one of level 4.") % {"level": piece.level}, piece.place)
        self.text.append(f"<h{level}>{escape(piece.text, quote=False)}</h{level}>")

    def _entries(self, piece: Piece, section: str) -> bool:
        """Key terms or questions for discussion, one by one; says whether the piece was used up."""
        found = say.entries(piece)
        if section == say.TERMS:
            terms = [say.key_term(line) for line in found]
            if not any(terms):
                self._note(_("No key term was recognised; write “term (English): meaning”."), piece.place)
                return False
            for line, term in zip(found, terms, strict=True):
                if term:
                    self._add("key_term", term)
                else:
                    self._note(_("No key term was recognised; write “term (English): meaning”."), piece.place)
                    self.text.append(f"<p>{escape(line, quote=False)}</p>")
        else:
            for line in found:
                self._add("discussion", {"key": self._key("d"), "prompt": line})
        return True

    def _single(self, piece: Piece) -> bool:
        """A paragraph “Key term: …” or “Discussion question: …” outside such a section."""
        found = say.labelled(piece.text, say.SECTIONS) if piece.kind == "text" else None
        if found and found[0] == say.TERMS and (term := say.key_term(found[1])):
            self._add("key_term", term)
        elif found and found[0] == say.DISCUSSION:
            self._add("discussion", {"key": self._key("d"), "prompt": found[1]})
        else:
            return False
        return True

    def _key(self, letter: str) -> str:
        self.counts[letter] += 1
        return f"{letter}{self.counts[letter]}"

    def _close_section(self) -> None:
        self._close_check()
        self.section = ""

    def _close_check(self) -> None:
        for question in say.questions(self.waiting, self.draft.notes):
            block = say.self_check(question, self._key("q"), self.draft.notes)
            if block:
                self._add("self_check", block)
            else:
                words = [question.text, *(option["text"] for option in question.options)]
                self.text += [f"<p>{escape(line, quote=False)}</p>" for line in words]
        self.waiting = []

    # --- What comes last ---

    def _footnotes(self) -> None:
        """Notes that the lesson's text refers to, as a section at its end."""
        text = " ".join(str(block["value"]) for block in self.draft.body)
        used = [name for name in self.footnotes if f"[{name}]" in text]
        if used:
            self._add("heading", _("Notes"))
            self._add("text", "".join(f"<p>[{escape(name)}] {self.footnotes[name]}</p>" for name in used))

    def _minutes(self) -> None:
        if self.draft.estimated:
            self.draft.minutes = minutes_for(self.draft.body)


def minutes_for(body: Iterable[dict[str, Any]]) -> int:
    """Estimate study time by the speeds above, rounded up to five minutes; at least five."""
    total = 0.0
    for block in body:
        text = " ".join(_words(block["value"]))
        chinese = len(re.findall(r"[\u3400-\u9fff]", text))
        english = len(re.findall(r"[A-Za-z]{2,}", text))
        total += chinese / CHARACTERS_A_MINUTE + english / WORDS_A_MINUTE + BLOCK_MINUTES.get(block["type"], 0.0)
    return max(5, min(600, math.ceil(total / 5) * 5))


def _words(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield strip_tags(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name not in ("image", "key"):
                yield from _words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner)


def topics_named(draft: dict[str, Any], topics: Iterable[tuple[str, str, str]]) -> tuple[list[str], list[str]]:
    """Return the codes of the topics that a lesson names, and the words of its label that fit no topic.

    draft: `LessonDraft.as_json()`; topics: (code, title, English title) of the course's level. What the label says
    decides; else codes in the text; else titles in title and headings; else titles in the text.
    """
    topics = list(topics)
    if draft["topics"]:
        found, unknown = [], []
        for name in draft["topics"]:
            fits = [code for code, *titles in topics if name.lower() in (code.lower(), *(t.lower() for t in titles if t))]
            fits = fits or [code for code, *_titles in topics if re.match(rf"{re.escape(code)}\b", name, re.IGNORECASE)]
            found += fits
            unknown += [] if fits else [name]
        return list(dict.fromkeys(found)), unknown
    text = " ".join(word for block in draft["body"] for word in _words(block["value"]))
    heads = " ".join([draft["title"], *(b["value"] for b in draft["body"] if b["type"] == "heading")])
    by_code = [c for c, *_titles in topics if re.search(rf"(?<![\w-]){re.escape(c)}(?![\w-])", f"{heads} {text}", re.IGNORECASE)]
    if by_code:
        return by_code, []
    for where in (heads, text):
        if named := [code for code, *titles in topics if any(t and t.lower() in where.lower() for t in titles)]:
            return named, []
    return [], []
