"""Notes on passages of a work product, as the sheet sends them and as they are read. Pure: no database, no request.

A note is {"passage", "start", "end", "quote", "text"}, and if it has them "criterion", "region" and "copy", in this order: the
browser and the server write the same JSON for the same notes, so that two tabs can be compared. Places count code points, as
Python does; a region is a place on a page (`regions.py`) of the copy of a file with that hash.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from . import regions
from .workproduct import plain

MEMBERS = ("passage", "start", "end", "quote", "text", "criterion", "region", "copy")
MOST, MAX_QUOTE, MAX_TEXT, MAX_PAGE = 60, 600, 1000, 9999
FILE = "file."


def read(raw: str) -> list[dict[str, Any]]:
    """Return the notes of a sheet's hidden field; what has not the shape of one is left out."""
    try:
        found = json.loads(plain(raw) or "[]")
    except (ValueError, RecursionError):
        return []
    notes = []
    for note in found if isinstance(found, list) else []:
        if not isinstance(note, dict) or not all(isinstance(note.get(key), int) for key in ("start", "end")):
            continue
        start, end = note["start"], note["end"]
        if 0 <= start <= end < 10**6:
            texts = {key: plain(note.get(key)) for key in ("passage", "quote", "text", "criterion", "copy")}
            region = regions.read(note.get("region"))
            notes.append({
                "passage": texts["passage"][:120], "start": start, "end": end, "quote": texts["quote"][:MAX_QUOTE],
                "text": texts["text"][:MAX_TEXT], **({"criterion": texts["criterion"][:40]} if texts["criterion"] else {}),
                **({"region": list(region), "copy": texts["copy"][:80]} if region and texts["copy"] else {}),
            })  # fmt: skip
    return notes[:MOST]


def typed(post: Any) -> list[dict[str, Any]]:
    """Return the notes of a sheet that was sent without its script: those of the hidden field but for the ticked ones
    (`note.drop`), and one on a page of a file: `note.file`, `note.page`, `note.place` (a key of `regions.GRID`, "" the whole
    page), `note.text`, `note.criterion`.

    post: a QueryDict.
    """
    dropped = {int(place) for place in post.getlist("note.drop") if place.isdecimal()}
    notes = [note for place, note in enumerate(read(post.get("notes", ""))) if place not in dropped]
    file, page, text = (plain(post.get(f"note.{name}")) for name in ("file", "page", "text"))
    if not text.strip() or not file.isdecimal() or not (page.isdecimal() and len(page) < 5):
        return notes
    region = regions.GRID.get(post.get("note.place", ""))
    note = {
        "passage": f"{FILE}{int(file)}", "start": int(page), "end": int(page), "quote": "", "text": text, "region": region,
        "criterion": plain(post.get("note.criterion")), "copy": plain(post.get(f"note.copy.{file}")),
    }  # fmt: skip
    return [*notes, *read(json.dumps([note]))][:MOST]


def write(notes: Iterable[Mapping[str, Any]]) -> str:
    """Return the JSON as the browser writes it; "" for none. PostgreSQL's JSON gives members back in an order of its own."""
    notes = [{member: note[member] for member in MEMBERS if member in note} for note in notes]
    return json.dumps(notes, ensure_ascii=False, separators=(",", ":")) if notes else ""


def text_of(fields: Mapping[str, Any], passage: str) -> str | None:
    """Return the text of a passage of these fields, None where there is no such passage."""
    key, _dot, cell = passage.partition(".")
    value = fields.get(key)
    if not cell:
        return value if isinstance(value, str) else None
    row, _dot, column = cell.partition(".")
    if not isinstance(value, list) or not row.isdecimal() or int(row) >= len(value) or not isinstance(value[int(row)], dict):
        return None
    found = value[int(row)].get(column)
    return found if isinstance(found, str) else None


def kept(notes: Iterable[Mapping[str, Any]], fields: Mapping[str, Any], copies: Sequence[str]) -> list[dict[str, Any]]:
    """Return the notes that say something about this work, the quotes taken from the work itself.

    copies: for each file the hash of its copy, "" where there is none; a region on another copy is left out of its note.
    """
    found = []
    for note in notes:
        if not note["text"].strip():
            continue
        if note["passage"].startswith(FILE):
            place = note["passage"].removeprefix(FILE)
            if place.isdecimal() and 1 <= int(place) <= len(copies) and 1 <= note["start"] <= MAX_PAGE:
                there = note.get("copy") and note["copy"] == copies[int(place) - 1]
                gone = () if there else ("region", "copy")
                found.append({key: value for key, value in note.items() if key not in gone} | {"quote": ""})
            continue
        text = text_of(fields, note["passage"])
        if text is not None and note["start"] < note["end"] <= len(text):
            plain_note = {key: value for key, value in note.items() if key not in ("region", "copy")}
            found.append({**plain_note, "quote": text[note["start"] : note["end"]][:MAX_QUOTE]})
    return found


@dataclass(frozen=True)
class Piece:
    """A stretch of a passage; numbers: of the notes that cover it; ends: those that end with it."""

    text: str
    numbers: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)


def pieces(text: str, notes: Iterable[tuple[int, int, int]]) -> list[Piece]:
    """Return the text cut where notes begin and end. notes: (number, start, end); they may overlap."""
    notes = [(number, max(0, start), min(len(text), end)) for number, start, end in notes]
    cuts = sorted({0, len(text)} | {place for _number, start, end in notes for place in (start, end) if start < end})
    return [
        Piece(
            text[begin:end],
            [number for number, start, stop in notes if start <= begin and end <= stop],
            [number for number, start, stop in notes if stop == end and start < stop],
        )
        for begin, end in pairwise(cuts)
    ]
