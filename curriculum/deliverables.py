"""The work product a case asks for, as plain values: typed fields, tables with typed columns, files, who writes it.

`role` is the name by which automatic checks know a field or column (its key when empty), so that an author may rename
and rearrange what a kind of the library (`productkinds.py`) brought without losing the checks.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .html import clean
from .streams import block_list

NUMERIC = ("number", "money")
MOST_MEMBERS = 5


@dataclass(frozen=True)
class Choice:
    key: str
    label: str
    label_en: str = ""


@dataclass(frozen=True)
class Column:
    """kind: text, number, money, date or choice. total: its numbers are added up below the table."""

    key: str
    label: str
    label_en: str
    kind: str = "text"
    choices: tuple[Choice, ...] = ()
    unit: str = ""
    total: bool = False
    role: str = ""

    @property
    def numeric(self) -> bool:
        return self.kind in NUMERIC

    def choice(self, key: str) -> Choice | None:
        return next((choice for choice in self.choices if choice.key == key), None)


@dataclass(frozen=True)
class Field:
    """One field of the work product. kind: text, longtext, number, money, date, choice or table."""

    key: str
    label: str
    label_en: str
    kind: str
    required: bool
    help: str = ""
    max_length: int = 4000
    columns: tuple[Column, ...] = ()
    min_rows: int = 1
    help_en: str = ""
    choices: tuple[Choice, ...] = ()
    unit: str = ""
    role: str = ""

    @property
    def numeric(self) -> bool:
        return self.kind in NUMERIC

    def choice(self, key: str) -> Choice | None:
        return next((choice for choice in self.choices if choice.key == key), None)

    def column(self, role: str) -> Column | None:
        return next((column for column in self.columns if (column.role or column.key) == role), None)


@dataclass(frozen=True)
class Deliverable:
    """attachment: none, optional or required. kind: of the library, "" for one of the author's own.

    ai_shown: whether assessors read the declaration on AI beside the work ("beside") or after their mark ("after").
    team_least, team_most: how many write it together; 1 and 1 for work of one's own.
    """

    title: str
    title_en: str
    instructions: str
    attachment: str
    fields: tuple[Field, ...]
    kind: str = ""
    instructions_en: str = ""
    ai_shown: str = "beside"
    team_least: int = 1
    team_most: int = 1

    @property
    def is_team_work(self) -> bool:
        return self.team_most > 1

    def field(self, role: str) -> Field | None:
        """Return the field that automatic checks know by this name."""
        return next((field for field in self.fields if (field.role or field.key) == role), None)

    def problems(self) -> list[str]:
        """Return what keeps it from being filled in, as keys: two of one name, a table without columns, a choice of
        nothing, a team of no size."""
        found = [f"field_twice:{key}" for key in _repeated(field.key for field in self.fields)]
        if not self.fields:
            found.append("no_fields")
        for field in self.fields:
            if field.kind == "table" and not field.columns:
                found.append(f"no_columns:{field.key}")
            if _repeated(column.key for column in field.columns):
                found.append(f"column_twice:{field.key}")
            for thing in (field, *field.columns):
                if thing.kind == "choice" and len({choice.key for choice in thing.choices}) < 2:
                    found.append(f"no_choices:{thing.key}")
        if not 1 <= self.team_least <= self.team_most <= MOST_MEMBERS:
            found.append("team_size")
        return found


def read_deliverable(value: dict[str, Any]) -> Deliverable:
    """Build from the value of a DeliverableBlock; what older revisions do not have takes its default."""
    return Deliverable(
        title=value["title"],
        title_en=value.get("title_en") or "",
        instructions=clean(value["instructions"]),
        attachment=value["attachment"],
        fields=tuple(_field(f) for f in block_list(value["fields"])),
        kind=value.get("kind") or "",
        instructions_en=clean(value.get("instructions_en") or ""),
        ai_shown=value.get("ai_shown") or "beside",
        team_least=value.get("team_least") or 1,
        team_most=value.get("team_most") or 1,
    )


def _field(value: dict[str, Any]) -> Field:
    return Field(
        key=value["key"],
        label=value["label"],
        label_en=value.get("label_en") or "",
        kind=value["kind"],
        required=bool(value.get("required")),
        help=value.get("help") or "",
        max_length=value.get("max_length") or 4000,
        columns=tuple(_column(column) for column in block_list(value.get("columns"))),
        min_rows=value.get("min_rows") or 0,
        help_en=value.get("help_en") or "",
        choices=_choices(value),
        unit=value.get("unit") or "",
        role=value.get("role") or "",
    )


def _column(value: dict[str, Any]) -> Column:
    return Column(
        key=value["key"],
        label=value["label"],
        label_en=value.get("label_en") or "",
        kind=value.get("kind") or "text",
        choices=_choices(value),
        unit=value.get("unit") or "",
        total=bool(value.get("total")),
        role=value.get("role") or "",
    )


def _choices(value: dict[str, Any]) -> tuple[Choice, ...]:
    return tuple(Choice(c["key"], c["label"], c.get("label_en") or "") for c in block_list(value.get("choices")))


def _repeated(keys: Iterable[str]) -> list[str]:
    return [key for key, times in Counter(keys).items() if times > 1]
