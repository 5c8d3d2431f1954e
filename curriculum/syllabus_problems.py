"""What is wrong with a syllabus version as plain values, whatever file it came from: YAML, a workbook, a CSV.

A row read from a spreadsheet carries `AT: (sheet, row number)`, so that each problem can say where to look.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from lms.lib.xmltext import NOT_TEXT

from . import standards_file
from .models.syllabus import Competence, Level, Module, Syllabus, Topic

AT = "_at"
MAX_TOPICS = 1000


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. where: the row in words; column: the name of the value; sheet, row: of a spreadsheet."""

    where: str
    text: str
    column: str = ""
    sheet: str = ""
    row: int | None = None

    def __str__(self) -> str:
        return f"{self.where}: {self.column} {self.text}" if self.column else f"{self.where}: {self.text}"


@dataclass(frozen=True)
class Kind:
    """A kind of row: its model, the names it is written with, and those that must be there."""

    model: type[models.Model]
    names: tuple[str, ...]
    required: tuple[str, ...]


TITLES = ("title", "title_en")
KINDS = {
    "syllabus": Kind(
        Syllabus,
        ("slug", "version", *TITLES, "issuer", "issuer_en", "document_number", "source_url", "source_note", "verified",
         "minutes_per_hour"),
        ("slug", "title", "issuer", "in_force_from", "minutes_per_hour", "competences", "levels"),
    ),
    "competence": Kind(
        Competence, ("code", *TITLES, "kind", "description", "description_en"), ("code", *TITLES, "kind")
    ),
    "level": Kind(
        Level, ("code", *TITLES, "summary", "summary_en", "admission", "admission_en"), ("code", *TITLES, "modules")
    ),
    "module": Kind(
        Module, ("code", *TITLES, "hours", "hours_source", "hours_verified"), ("code", *TITLES, "hours", "topics")
    ),
    "topic": Kind(
        Topic,
        ("code", *TITLES, "required", "hours", "hours_source", "hours_verified", "outcomes", "outcomes_en"),
        ("code", *TITLES, "required", "hours"),
    ),
}  # fmt: skip
# What a draft may still lack; `Syllabus.obstacles` asks for it before the version comes into force.
DRAFT_LACKS = {"slug", "in_force_from", "competences", "levels", "modules", "topics"}
# Everything but line breaks and tabs below the blank, lone surrogates, and the two places XML has no sign for.


def find_problems(data: Any, *, draft: bool = False) -> list[Problem]:
    """Return what is wrong, in the language that is active.

    draft: the values are for a draft that has a slug and no date yet.
    """
    if not isinstance(data, dict):
        return [Problem(_("the file"), _("is not a mapping"))]
    found = list(_row_problems("syllabus", data, "syllabus", draft=draft))
    if not draft:
        try:
            day(data.get("in_force_from"))
        except ValueError:
            text = _("“%(value)s” is not a date like 2020-03-26") % {"value": short(data.get("in_force_from"))}
            found.append(Problem("syllabus", text, "in_force_from"))
    known: set[str] = set()
    found += _list_problems("competence", data.get("competences"), "", known, draft=draft)
    lineages: set[str] = set()
    found += _list_problems("level", data.get("levels"), "", set(), known, lineages=lineages, draft=draft)
    if not found:  # tracks and conditions name levels and topics, which have to be right first
        for line in standards_file.problems_of(data):
            where, _colon, text = line.partition(": ")
            found.append(Problem(where, text))
    return found


def sheet_problems(said: Any, cells: list[Problem]) -> list[Problem]:
    """Return everything that is wrong with a spreadsheet, by sheet and row.

    cells: what was found while its cells were read. A row with a wrong cell is not judged again for what that cell
    lacks; where headings are wrong, or a whole sheet, nothing else is said.
    """
    if not cells:
        return find_problems(said, draft=True)
    if any(problem.row in (None, 1) for problem in cells):
        return cells
    told = {(problem.sheet, problem.row) for problem in cells}
    rows = [p for p in find_problems(said, draft=True) if p.row is not None and (p.sheet, p.row) not in told]
    sheets = list(dict.fromkeys(problem.sheet for problem in [*cells, *rows]))
    return sorted([*cells, *rows], key=lambda problem: (sheets.index(problem.sheet), problem.row))


def day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _list_problems(
    kind: str, rows: Any, above: str, seen: set[str], competences: set[str] | None = None,
    topics: set[str] | None = None, lineages: set[str] | None = None, draft: bool = False,
) -> Iterator[Problem]:  # fmt: skip
    """Problems of the rows of one list and of all below. `seen` gathers their codes, each of which may stand there
    once; `topics` those of a whole level; `lineages` those of the whole version."""
    if rows is None:
        return  # said at the row above
    if not isinstance(rows, list):
        yield Problem(f"{above}{kind}s", _("not a list"))
        return
    for place, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            yield Problem(f"{above}{kind} {place}", _("not a mapping"))
            continue
        code = row.get("code")
        here = f"{above}{kind} {short(code) if code else place}"
        if isinstance(code, str) and code:
            if code in seen:
                yield _problem(row, here, _("this code stands twice"))
            seen.add(code)
        yield from _row_problems(kind, row, here, draft=draft)
        below = (competences, set() if kind == "level" else topics, lineages, draft)
        if kind == "level":
            yield from _list_problems("module", row.get("modules"), f"{here}, ", set(), *below)
        elif kind == "module":
            yield from _list_problems("topic", row.get("topics"), f"{here}, ", topics, *below)
        elif kind == "topic":
            yield from _topic_problems(row, here, competences, lineages, draft=draft)


def _problem(row: dict[str, Any], here: str, text: str, column: str = "") -> Problem:
    sheet, number = row.get(AT) or ("", None)
    return Problem(here, text, column, sheet, number)


def _row_problems(kind: str, row: dict[str, Any], here: str, *, draft: bool) -> Iterator[Problem]:
    wanted = KINDS[kind]
    required = [name for name in wanted.required if not (draft and name in DRAFT_LACKS)]
    if missing := [name for name in required if row.get(name) in (None, "", [])]:
        yield _problem(row, here, _("missing %(names)s") % {"names": ", ".join(missing)})
    values = {name: row[name] for name in wanted.names if row.get(name) not in (None, "")}
    for name, value in values.items():
        try:
            _check(name, wanted.model._meta.get_field(name), value)
        except ValidationError as error:
            said = f"“{short(value)}”: {' '.join(error.messages)}"
            yield _problem(row, here, said, name)


def _check(name: str, field: models.Field, value: Any) -> None:
    if isinstance(field, models.BooleanField) and not isinstance(value, bool):
        raise ValidationError(_("must be true or false"))
    if isinstance(field, models.JSONField) and not is_texts(value):
        raise ValidationError(_("must be a list of sentences"))
    is_text = isinstance(field, models.CharField | models.TextField)
    if is_text and (isinstance(value, bool) or not isinstance(value, str | int | float)):
        raise ValidationError(_("must be text"))
    if any(NOT_TEXT.search(text) for text in map(str, value if isinstance(value, list) else [value])):
        raise ValidationError(_("has signs that can't be read"))
    cleaned = field.clean(value if isinstance(value, bool | list) else str(value), None)
    if name == "hours" and cleaned < 0:
        raise ValidationError(_("must not be negative"))
    if name == "minutes_per_hour" and cleaned <= 0:
        raise ValidationError(_("must not be negative or nothing"))


def _topic_problems(
    row: dict[str, Any], here: str, competences: set[str] | None, lineages: set[str] | None, *, draft: bool
) -> Iterator[Problem]:
    codes = row.get("competences") or []
    if not is_texts(codes):
        yield _problem(row, here, _("competences are not a list of codes"))
    elif (competences or draft) and (unknown := set(codes) - (competences or set())):  # else it has been told so
        text = _("unknown competences %(codes)s") % {"codes": ", ".join(sorted(short(code) for code in unknown))}
        yield _problem(row, here, text, "")
    if (lineage := row.get("lineage")) in (None, ""):
        return
    try:
        lineage = str(uuid.UUID(str(lineage)))
    except ValueError:
        yield _problem(row, here, _("“%(value)s” is no such mark; leave it empty") % {"value": short(lineage)}, "lineage")
        return
    if lineages is not None:
        if lineage in lineages:
            yield _problem(row, here, _("another topic has the same mark; leave it empty for a new topic"), "lineage")
        lineages.add(lineage)


def is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def short(value: Any) -> str:
    text = NOT_TEXT.sub("�", str(value))
    return text if len(text) <= 40 else f"{text[:40]}…"
