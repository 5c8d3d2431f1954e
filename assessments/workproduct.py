"""What was typed into a work product, tidied and checked against its template. Pure: fields in, problems out."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from curriculum.deliverables import Column, Deliverable, Field

MAX_ROWS = 60
MAX_CELL = 600
MAX_DIGITS = 30  # numbers beyond this are no amounts; writing them out would take for ever
TOTAL_WORDS = ("合计", "总计", "小计", "共计", "总和", "total", "sum", "subtotal")
MAX_DRAFT = 20_000  # a draft may be longer than its field allows, so that nothing typed is lost; not without end


@dataclass(frozen=True)
class Problem:
    """kind: required, too_long, not_a_number, not_a_date, not_a_choice, too_few_rows, too_many_rows, file_required.

    limit: where one applies; row: of a table, as people count, from 1; column: its key.
    """

    field: str
    kind: str
    limit: int = 0
    row: int = 0
    column: str = ""


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
        if final and (wrong := wrong_kind(field, value)):
            found.append(Problem(field.key, wrong))
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
    if not final:
        return []
    return [
        Problem(field.key, wrong, row=place, column=column.key)
        for place, row in enumerate(rows, start=1)
        for column in field.columns
        if (wrong := wrong_kind(column, row.get(column.key) or ""))
    ]


def wrong_kind(spec: Field | Column, value: str) -> str:
    """Return what is wrong with a typed value as a key of Problem; "" for what fits, and for nothing."""
    if not value.strip():
        return ""
    if spec.numeric and number(value) is None:
        return "not_a_number"
    if spec.kind == "date" and day(value) is None:
        return "not_a_date"
    if spec.kind == "choice" and spec.choice(value) is None:
        return "not_a_choice"
    return ""


def day(text: str) -> date | None:
    """Return a typed day, or None: 2026-11-03, 2026/11/3, 2026.11.3 and 2026年11月3日 are understood."""
    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", unicodedata.normalize("NFKC", text).strip())
    try:
        return date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None


def is_total_row(cells: Iterable[str]) -> bool:
    """Say whether a row of a table is somebody's own total: its first cell with anything in it says so."""
    first = next((cell.strip().lower() for cell in cells if cell.strip()), "")
    return first.startswith(TOTAL_WORDS)


def column_totals(field: Field, rows: Iterable[Mapping[str, str]]) -> dict[str, Decimal]:
    """Return the totals of the columns that have one, by key. Rows that are totals themselves, and what is no number, are
    left out."""
    found = {column.key: Decimal(0) for column in field.columns if column.total}
    if not found:
        return {}
    for row in rows:
        if is_total_row(row.get(column.key) or "" for column in field.columns):
            continue
        for key in found:
            found[key] += number(row.get(key) or "") or 0
    return found


def written(value: Decimal) -> str:
    """Return a number as people write it: 12.5, 1200, without an exponent and without zeros at its end."""
    return format(value.normalize(), "f") if value else "0"


def number(text: str) -> Decimal | None:
    """Return a typed number, or None: full-width digits and thousands marks are understood."""
    plain = unicodedata.normalize("NFKC", text).replace(",", "").strip()
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value.adjusted()) <= MAX_DIGITS else None
