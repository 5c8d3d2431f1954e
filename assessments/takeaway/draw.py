"""Builds the PDF: the text of the work with its notes, the pages of its files with theirs, the numbered list of all of them."""

import io
import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from lms.lib.typesetting import typeset_with

from .pages import Sticker, add_pages, highlight

TEMPLATE = Path(__file__).resolve().parent / "work.typ"
LETTER = 9  # height and width of what is highlighted at the number of a note, in points


@dataclass(frozen=True)
class Piece:
    """A stretch of a text; ends: the numbers of the notes that end with it."""

    text: str
    noted: bool = False
    ends: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Cell:
    pieces: list[Piece]


@dataclass(frozen=True)
class Section:
    """A field of the work. kind: "text" with pieces, or "table" with columns and rows."""

    title: str
    kind: str = "text"
    pieces: list[Piece] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)


@dataclass(frozen=True)
class Note:
    """who: "Assessor A"; where: the field, or file and page; quote: of a passage."""

    number: int
    who: str
    where: str
    quote: str
    text: str
    criterion: str = ""


@dataclass(frozen=True)
class File:
    """said: what of it follows, as a sentence. pdf: its pages, b"" where it has none."""

    name: str
    said: str
    pdf: bytes = b""
    stickers: list[Sticker] = field(default_factory=list)


@dataclass(frozen=True)
class Work:
    """Everything that is printed. words: "work", "files" and "notes" in the reader's language."""

    title: str
    code: str
    facts: str
    lang: str
    words: dict[str, str]
    sections: list[Section]
    files: list[File]
    notes: list[Note]
    made_at: datetime


def draw(work: Work) -> bytes:
    """Return the PDF. It names no author, and the same work gives the same bytes."""
    import pikepdf  # a quarter of a second, for the worker that draws and for nobody else's start

    text, placed = _part(work, "work")
    listed, _none = _part(work, "notes")
    notes = {note.number: note for note in work.notes}
    with pikepdf.new() as target:
        begins = {work.words["work"]: 0}
        with pikepdf.open(io.BytesIO(text)) as document:
            target.pages.extend(document.pages)
        for at in placed:
            page, note = target.pages[at["page"] - 1], notes[at["number"]]
            y = float(page.mediabox[3]) - at["y"]
            sticker = Sticker(at["page"], note.number, note.who, note.text)
            highlight(target, page, (at["x"], y - 2, at["x"] + LETTER, y + LETTER), sticker)
        for file in work.files:
            place = len(target.pages)
            with suppress(pikepdf.PdfError):  # without the pages of a file that can't be read; its notes are in the list
                if file.pdf and add_pages(target, file.pdf, file.stickers):
                    begins[file.name] = place
        begins[work.words["notes"]] = len(target.pages)
        with pikepdf.open(io.BytesIO(listed)) as document:
            target.pages.extend(document.pages)
        with target.open_outline() as outline:
            outline.root.extend(pikepdf.OutlineItem(name, place) for name, place in begins.items())
        if "/Info" in target.trailer:
            del target.trailer["/Info"]
        result = io.BytesIO()
        target.save(result, deterministic_id=True)
    return result.getvalue()


def _part(work: Work, part: str) -> tuple[bytes, list[dict[str, Any]]]:
    """The PDF of one part, and where on its pages the numbers of the notes stand."""
    values = {
        "part": part, "lang": work.lang, "title": work.title, "code": work.code, "facts": work.facts, "words": work.words,
        "sections": [asdict(section) for section in work.sections] if part == "work" else [],
        "files": [{"name": file.name, "said": file.said} for file in work.files],
        "notes": [asdict(note) for note in work.notes] if part == "notes" else [],
    }  # fmt: skip
    return typeset_with(TEMPLATE, {"data": json.dumps(values, ensure_ascii=False)}, "<note>", at=work.made_at)
