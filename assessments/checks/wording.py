"""Checks of what was written: complete, measurable, evidenced, consistent between tables, in order of time. Pure."""

import re
from collections.abc import Iterator
from itertools import pairwise

from ..workproduct import day
from .base import HOLDS, LOOK, UNKNOWN, Finding, Table, Work
from .figures import exact, figure, total

DIGIT = re.compile(r"[0-9０-９一二两三四五六七八九十百千万]")
NOTHING = {"", "-", "–", "—", "/", "无", "暂无", "待补", "待定", "none", "n/a", "tbd"}


def is_empty(text: str) -> bool:
    return text.strip().lower() in NOTHING


def all_fine(table: Table, right: int, kind: str = "rows_fine") -> Iterator[Finding]:
    if right and right == len(table.rows):
        yield Finding(HOLDS, kind, table.field.key, computed=str(right))


def complete(*fields: str):
    """Return a check: something is written in each of these fields and tables."""

    def check(work: Work) -> Iterator[Finding]:
        there = asked = 0
        for name in fields:
            field = work.deliverable.field(name)
            if field is None:
                continue
            asked += 1
            value = work.values.get(field.key)
            filled = bool(value) if field.kind == "table" else not is_empty(value or "")
            there += filled
            if not filled:
                yield Finding(LOOK, "missing", field.key)
        if asked and there == asked:
            yield Finding(HOLDS, "complete", computed=str(there))

    return check


def measurable(table: str, column: str):
    """Return a check: a number stands in each cell of a column, so that somebody can say whether it was reached."""

    def check(work: Work) -> Iterator[Finding]:
        rows = work.table(table, column)
        if rows is None or not rows.rows:
            return
        right = 0
        for row in rows.rows:
            text = row.text(column)
            if DIGIT.search(text):
                right += 1
            else:
                yield row.finding(LOOK, "no_number" if text else "empty", column, stated=text[:60])
        yield from all_fine(rows, right)

    return check


def filled(table: str, *columns: str):
    """Return a check: none of these cells is empty or says only “none”."""

    def check(work: Work) -> Iterator[Finding]:
        rows = work.table(table, *columns)
        if rows is None or not rows.rows:
            return
        right = 0
        for row in rows.rows:
            empty = [column for column in columns if is_empty(row.text(column))]
            right += not empty
            for column in empty:
                yield row.finding(LOOK, "empty", column)
        yield from all_fine(rows, right)

    return check


def every(table: str, column: str, *wanted: str):
    """Return a check: each of these choices stands in some row of the column."""

    def check(work: Work) -> Iterator[Finding]:
        rows = work.table(table, column)
        if rows is None or not rows.rows:
            return
        found = {row.text(column) for row in rows.rows}
        spec, missing = rows.field.column(column), [key for key in wanted if key not in found]
        if spec.kind != "choice":
            return
        for key in missing:
            yield Finding(LOOK, "choice_missing", rows.field.key, column=spec.key, stated=key)
        if not missing:
            yield Finding(HOLDS, "choices_there", rows.field.key, column=spec.key, computed=str(len(wanted)))

    return check


def in_order(table: str, column: str, *, dates: bool = False, strictly: bool = True):
    """Return a check: the numbers (or days) of a column rise from row to row."""

    def read(text: str):
        if dates:
            return day(text)
        found = figure(text)
        return found.value if found else None

    def check(work: Work) -> Iterator[Finding]:
        rows = work.table(table, column)
        known = [(row, value) for row in rows.rows if (value := read(row.text(column))) is not None] if rows else []
        if len(known) < 2:
            return
        right = True
        for (before, earlier), (row, value) in pairwise(known):
            if value < earlier or (strictly and value == earlier):
                right = False
                yield row.finding(LOOK, "not_after", column, stated=row.text(column), computed=before.text(column))
        if right:
            yield Finding(HOLDS, "in_order", rows.field.key, column=rows.field.column(column).key, computed=str(len(known)))

    return check


def latest_within(table: str, column: str, field: str):
    """Return a check: no number of a column is above the number of a field (a milestone after the time limit)."""

    def check(work: Work) -> Iterator[Finding]:
        rows, limit = work.table(table, column), work.figure(field)
        if rows is None or limit is None:
            return
        late = [row for row in rows.rows if (found := row.figure(column)) is not None and found.value > limit.value]
        for row in late:
            yield row.finding(LOOK, "above", column, stated=row.figure(column), computed=limit)
        if not late and (known := rows.figures(column)):
            most = max(found.value for found in known)
            yield work.finding(HOLDS, "within", field, stated=exact(most), computed=limit)

    return check


def limit(field: str, most: int):
    """Return a check: the number of a field is above 0 and not above a limit."""

    def check(work: Work) -> Iterator[Finding]:
        stated = work.figure(field)
        if stated is None:
            return
        kind = "within" if 0 < stated.value <= most else "above" if stated.value > most else "not_positive"
        yield work.finding(HOLDS if kind == "within" else LOOK, kind, field, stated=stated, computed=most)

    return check


def column_limit(table: str, column: str, least: int, most: int):
    """Return a check: each number of a column lies between two limits."""

    def check(work: Work) -> Iterator[Finding]:
        rows = work.table(table, column)
        if rows is None:
            return
        right = 0
        for row in rows.rows:
            stated = row.figure(column)
            if stated is None:
                if row.text(column):
                    yield row.finding(UNKNOWN, "unreadable", column, stated=row.text(column)[:60])
            elif least <= stated.value <= most:
                right += 1
            else:
                yield row.finding(LOOK, "outside", column, stated=stated, computed=f"{least}–{most}")
        yield from all_fine(rows, right)

    return check


def total_limit(table: str, column: str, most: int):
    def check(work: Work) -> Iterator[Finding]:
        rows = work.table(table, column)
        if rows is None or not (parts := rows.figures(column)):
            return
        made, spec = total(parts), rows.field.column(column)
        verdict, kind = (HOLDS, "within") if made.value <= most else (LOOK, "above")
        yield Finding(verdict, kind, rows.field.key, column=spec.key, stated=str(made), computed=str(most))

    return check


def not_above(table: str, column: str, other: str):
    """Return a check: in each row the number of one column is not above that of another (kept ≤ found)."""

    def check(work: Work) -> Iterator[Finding]:
        rows = work.table(table, column, other)
        if rows is None:
            return
        right = 0
        for row in rows.rows:
            one, two = row.figure(column), row.figure(other)
            if one is None or two is None:
                continue
            if one.value > two.value:
                yield row.finding(LOOK, "above", column, stated=one, computed=two)
            right += one.value <= two.value
        yield from all_fine(rows, right)

    return check


def days_in_order(earlier: str, later: str):
    """Return a check: the day of one field is not after that of another."""

    def check(work: Work) -> Iterator[Finding]:
        first, second = day(work.text(earlier)), day(work.text(later))
        if first is None or second is None:
            return
        said = {"stated": second.isoformat(), "computed": first.isoformat()}
        yield work.finding(*((HOLDS, "date_fine") if first <= second else (LOOK, "date_before")), later, **said)

    return check
