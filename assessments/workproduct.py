"""What was typed into a work product, tidied and checked against its template. Pure: fields in, problems out."""

import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from curriculum.cases import Deliverable, Field

MAX_ROWS = 60
MAX_CELL = 600
MAX_DRAFT = 20_000  # a draft may be longer than its field allows, so that nothing typed is lost; not without end


@dataclass(frozen=True)
class Problem:
    """kind: required, too_long, not_a_number, too_few_rows, too_many_rows, file_required; `limit` where one applies."""

    field: str
    kind: str
    limit: int = 0


def tidy(deliverable: Deliverable, typed: Any) -> dict[str, Any]:
    """Return only what the template asks for, in the right shape; unknown keys and shapes are left out.

    Nothing is cut: what is too long stays and is reported by `problems`. Empty table rows go.
    """
    typed = typed if isinstance(typed, dict) else {}
    values: dict[str, Any] = {}
    for field in deliverable.fields:
        value = typed.get(field.key)
        if field.kind == "table":
            values[field.key] = _rows(field, value)
        else:
            values[field.key] = plain(value)
    return values


def plain(value: Any) -> str:
    """Return typed text with one kind of line end and without NUL, which PostgreSQL keeps in no text; else ""."""
    return value.replace("\r\n", "\n").replace("\x00", "") if isinstance(value, str) else ""


def _rows(field: Field, value: Any) -> list[dict[str, str]]:
    rows = []
    for row in value if isinstance(value, list) else []:
        if not isinstance(row, dict):
            continue
        cells = {c.key: plain(row.get(c.key)) for c in field.columns}
        if any(cell.strip() for cell in cells.values()):
            rows.append(cells)
    return rows


def problems(deliverable: Deliverable, values: dict[str, Any], *, files: int, final: bool = True) -> list[Problem]:
    """Return what keeps the work product from being handed in (`final`), or from being saved."""
    found = []
    for field in deliverable.fields:
        value = values.get(field.key) or ""
        if field.kind == "table":
            found += _table_problems(field, value or [], final)
            continue
        longest = field.max_length if final else max(field.max_length, MAX_DRAFT)
        if len(value) > longest:
            found.append(Problem(field.key, "too_long", longest))
        if final and field.required and not value.strip():
            found.append(Problem(field.key, "required"))
        if field.kind == "number" and value.strip() and number(value) is None and final:
            found.append(Problem(field.key, "not_a_number"))
    if final and deliverable.attachment == "required" and not files:
        found.append(Problem("files", "file_required"))
    return found


def _table_problems(field: Field, rows: list[dict[str, str]], final: bool) -> list[Problem]:
    if len(rows) > MAX_ROWS:
        return [Problem(field.key, "too_many_rows", MAX_ROWS)]
    longest = MAX_CELL if final else MAX_DRAFT
    if any(len(cell) > longest for row in rows for cell in row.values()):
        return [Problem(field.key, "too_long", longest)]
    fewest = max(field.min_rows, 1 if field.required else 0)
    if final and field.required and len(rows) < fewest:
        return [Problem(field.key, "too_few_rows", fewest)]
    return []


def number(text: str) -> Decimal | None:
    """Return a typed number, or None: full-width digits and thousands marks are understood."""
    plain = unicodedata.normalize("NFKC", text).replace(",", "").strip()
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
