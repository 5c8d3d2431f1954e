"""Notes on passages of a work product, as the sheet sends them and as they are read. Pure: no database, no request.

A note is {"passage", "start", "end", "quote", "text"}, in this order: the browser and the server write the same JSON for the same
notes, so that two tabs can be compared. Places count code points, as Python does.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from .workproduct import plain

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
            texts = {key: plain(note.get(key)) for key in ("passage", "quote", "text")}
            notes.append({
                "passage": texts["passage"][:120], "start": start, "end": end, "quote": texts["quote"][:MAX_QUOTE],
                "text": texts["text"][:MAX_TEXT],
            })  # fmt: skip
    return notes[:MOST]


def write(notes: Iterable[Mapping[str, Any]]) -> str:
    """Return the JSON as the browser writes it; "" for none."""
    notes = list(notes)
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


def kept(notes: Iterable[Mapping[str, Any]], fields: Mapping[str, Any], files: int) -> list[dict[str, Any]]:
    """Return the notes that say something about this work, the quotes taken from the work itself."""
    found = []
    for note in notes:
        if not note["text"].strip():
            continue
        if note["passage"].startswith(FILE):
            place = note["passage"].removeprefix(FILE)
            if place.isdecimal() and 1 <= int(place) <= files and 1 <= note["start"] <= MAX_PAGE:
                found.append({**note, "quote": ""})
            continue
        text = text_of(fields, note["passage"])
        if text is not None and note["start"] < note["end"] <= len(text):
            found.append({**note, "quote": text[note["start"] : note["end"]][:MAX_QUOTE]})
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
