"""Versions of a work product side by side. Pure: fields in, what differs out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from curriculum.content_diff import Piece, diff_words
from curriculum.deliverables import Deliverable, Field

from .productform import in_language


@dataclass(frozen=True)
class FieldChange:
    """pieces: the runs of words that lead from the earlier text to the later one."""

    field: Field
    pieces: tuple[Piece, ...]


def compare(deliverable: Deliverable, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FieldChange]:
    """Return the fields that differ, in the order of the form."""
    found = []
    for field in deliverable.fields:
        old, new = text_of(field, before.get(field.key)), text_of(field, after.get(field.key))
        if old != new:
            found.append(FieldChange(field, diff_words(old, new)))
    return found


def text_of(field: Field, value: Any) -> str:
    """Return a value as words: choices as they are read, each row of a table on a line of its own."""
    if field.kind != "table":
        choice = field.choice(str(value or ""))
        return in_language(choice) if choice else str(value or "")
    rows = [row for row in value or [] if isinstance(row, dict)]
    return "".join(f"{' | '.join(_cell(column, row) for column in field.columns)}\n" for row in rows)


def _cell(column, row: Mapping[str, Any]) -> str:
    value = str(row.get(column.key) or "")
    choice = column.choice(value)
    return in_language(choice) if choice else value.replace("\n", " ")
