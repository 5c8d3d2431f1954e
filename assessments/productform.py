"""The work product as a form: names of inputs, what was typed, errors beside fields. Knows no database and no request.

Inputs are named `f.<field>`; cells of tables `f.<field>.<row>.<column>`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from curriculum.deliverables import Choice, Column, Deliverable, Field

from .workproduct import Problem, column_totals, day, written


class _Typed:
    """What a field of one value and a cell of a table have in common: how they are asked for and shown."""

    value: str

    @property
    def spec(self) -> Field | Column:
        raise NotImplementedError

    @property
    def choice(self) -> Choice | None:
        """What was chosen, where there is anything to choose."""
        return self.spec.choice(self.value)

    @property
    def widget(self) -> str:
        """text, longtext, decimal, date or choice. A day that no calendar has stays text, so that it can be seen."""
        kind = self.spec.kind
        if kind == "date":
            return "date" if not self.value.strip() or day(self.value) else "text"
        return "decimal" if self.spec.numeric else kind

    @property
    def day(self) -> str:
        """The day as a calendar wants it."""
        found = day(self.value)
        return found.isoformat() if found else ""


@dataclass(frozen=True)
class Cell(_Typed):
    column: Column
    name: str
    value: str

    @property
    def spec(self) -> Column:
        return self.column


@dataclass(frozen=True)
class DrawnRow:
    """number: as people count, from 1; index: as the input's name has it."""

    number: int
    index: int
    cells: list[Cell]


@dataclass(frozen=True)
class Total:
    """text: the sum, "" for a column that is not added up."""

    column: Column
    text: str = ""


@dataclass(frozen=True)
class DrawnField(_Typed):
    """One field ready to be drawn. errors: sentences in the reader's language. totals: one for each column, or none at all."""

    field: Field
    name: str
    value: str = ""
    rows: list[DrawnRow] = field(default_factory=list)
    blank: DrawnRow | None = None
    errors: list[str] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)

    @property
    def spec(self) -> Field:
        return self.field

    @property
    def key(self) -> str:
        return self.field.key

    @property
    def kind(self) -> str:
        return self.field.kind

    @property
    def lines(self) -> int:
        """How tall the box is: by how much may be written."""
        return 3 if self.field.max_length <= 600 else 7


def read(deliverable: Deliverable, post: Mapping[str, str]) -> dict[str, Any]:
    """Return what was typed, by field; rows of a table in the order of their numbers."""
    typed: dict[str, Any] = {}
    for spec in deliverable.fields:
        if spec.kind != "table":
            typed[spec.key] = post.get(f"f.{spec.key}", "")
            continue
        pattern = re.compile(rf"f\.{re.escape(spec.key)}\.(\d{{1,4}})\.([\w-]+)")
        rows: dict[int, dict[str, str]] = {}
        for name, value in post.items():
            if found := pattern.fullmatch(name):
                rows.setdefault(int(found[1]), {})[found[2]] = value
        typed[spec.key] = [rows[index] for index in sorted(rows)]
    return typed


def without_row(typed: dict[str, Any], which: str) -> dict[str, Any]:
    """Return what was typed without one row; which: "<field>.<row>", rows counted from 0. Nonsense changes nothing."""
    key, _dot, place = which.rpartition(".")
    rows = typed.get(key)
    if not isinstance(rows, list) or not place.isdecimal() or int(place) >= len(rows):
        return typed
    return {**typed, key: [row for index, row in enumerate(rows) if index != int(place)]}


def draw(
    deliverable: Deliverable, values: Mapping[str, Any], found: Iterable[Problem] = (), *, more_rows: str = ""
) -> list[DrawnField]:
    """Return the fields in order, with the values and the problems of each; more_rows: key of a table to lengthen."""
    errors: dict[str, list[str]] = {}
    for problem in found:
        errors.setdefault(problem.field, []).append(placed(deliverable, problem))
    drawn = []
    for spec in deliverable.fields:
        name, value = f"f.{spec.key}", values.get(spec.key)
        if spec.kind != "table":
            drawn.append(DrawnField(spec, name, value=str(value or ""), errors=errors.get(spec.key, [])))
            continue
        rows = [row for row in value or [] if isinstance(row, dict)]
        sums = column_totals(spec, rows)
        totals = [Total(column, written(sums[column.key]) if column.key in sums else "") for column in spec.columns if sums]
        shortest = max(spec.min_rows, 1, len(rows) + (spec.key == more_rows))
        rows += [{}] * (shortest - len(rows))
        lines = [_row(spec, index, row) for index, row in enumerate(rows)]
        blank = _row(spec, 9999, {})
        drawn.append(DrawnField(spec, name, rows=lines, blank=blank, errors=errors.get(spec.key, []), totals=totals))
    return drawn


def _row(spec: Field, index: int, row: Mapping[str, Any]) -> DrawnRow:
    cells = [Cell(c, f"f.{spec.key}.{index}.{c.key}", str(row.get(c.key) or "")) for c in spec.columns]
    return DrawnRow(index + 1, index, cells)


def placed(deliverable: Deliverable, problem: Problem) -> str:
    """Return what to do about a problem; for a cell of a table it says which."""
    if not problem.row:
        return sentence(problem)
    columns = [c for f in deliverable.fields if f.key == problem.field for c in f.columns if c.key == problem.column]
    label = in_language(columns[0]) if columns else problem.column
    where = {"row": problem.row, "column": label, "text": sentence(problem)}
    return _("Row %(row)s, %(column)s: %(text)s") % where


def in_language(thing: Field | Column | Choice) -> str:
    """Return the label in the reader's language, Chinese where there is no English one."""
    english = (get_language() or "").startswith("en")
    return (thing.label_en or thing.label) if english else thing.label


def sentence(problem: Problem) -> str:
    """Return what to do about a problem, in the reader's language."""
    limit = {"limit": problem.limit}
    match problem.kind:
        case "required":
            return _("This field is needed.")
        case "too_long":
            return _("Too long: %(limit)s characters are the most.") % limit
        case "not_a_number":
            return _("Enter a number, for example 12.5.")
        case "not_a_date":
            return _("Enter a day, for example 2026-11-03.")
        case "not_a_choice":
            return _("Choose one of the list.")
        case "too_few_rows":
            return ngettext("At least %(limit)s row is needed.", "At least %(limit)s rows are needed.", problem.limit) % limit
        case "too_many_rows":
            return _("%(limit)s rows are the most.") % limit
        case "not_confirmed":
            return ngettext(
                "%(limit)s member still has to say what was theirs, and agree to what stands there.",
                "%(limit)s members still have to say what was theirs, and agree to what stands there.",
                problem.limit,
            ) % limit
        case "file_required":
            return _("A file has to be attached.")
    raise ValueError(problem.kind)


def labels(deliverable: Deliverable, found: Iterable[Problem], *, english: bool) -> list[dict[str, str]]:
    """Return the problems for an error summary: anchor, label, text."""
    named = {f.key: (f.label_en or f.label) if english else f.label for f in deliverable.fields}
    named |= {"files": _("Files"), "ai_use": _("Use of AI"), "team": _("Team")}
    return [
        {"anchor": f"field-{p.field}", "label": str(named.get(p.field, p.field)), "text": placed(deliverable, p)} for p in found
    ]


def told(deliverable: Deliverable, found: Iterable[Problem]) -> str:
    """Return the problems as one line, each with its field."""
    english = (get_language() or "").startswith("en")
    return " ".join(_("%(label)s: %(text)s") % line for line in labels(deliverable, found, english=english))
