"""What a check sees and what it says. Pure: typed values in, findings out; sentences are made in `words.py`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from curriculum.deliverables import Deliverable, Field

from ..workproduct import is_total_row
from .figures import Figure, figure

HOLDS, LOOK, UNKNOWN = "holds", "look", "unknown"


@dataclass(frozen=True)
class Finding:
    """verdict: holds; look (look at this again); unknown (couldn't be checked). kind: which sentence says it.

    field, column: keys in the deliverable; row: as people count, 0 for the whole field. stated: what is written; computed:
    what it was held against; workings: the sum itself, such as “24 × 0.8475”.
    """

    verdict: str
    kind: str
    field: str = ""
    row: int = 0
    column: str = ""
    stated: str = ""
    computed: str = ""
    workings: str = ""


@dataclass(frozen=True)
class Rule:
    """One automatic check. check: gives its findings, none where it has nothing to look at.

    source, source_url: where the rule comes from; "" for arithmetic. verified: somebody held it against the source itself.
    """

    key: str
    check: Callable[["Work"], Iterator[Finding]]
    source: str = ""
    source_url: str = ""
    verified: bool = False

    @property
    def is_arithmetic(self) -> bool:
        return not self.source


@dataclass(frozen=True)
class Row:
    """One row of a table as checks see it: cells by the role of their column."""

    table: "Table"
    place: int
    cells: Mapping[str, str]

    def text(self, role: str) -> str:
        column = self.table.field.column(role)
        return (self.cells.get(column.key) or "").strip() if column else ""

    def figure(self, role: str) -> Figure | None:
        return figure(self.text(role))

    def finding(self, verdict: str, kind: str, role: str, **said: Any) -> Finding:
        column = self.table.field.column(role)
        words = {name: str(value) for name, value in said.items()}
        return Finding(verdict, kind, self.table.field.key, self.place, column.key if column else "", **words)


@dataclass(frozen=True)
class Table:
    field: Field
    values: list[dict[str, str]]

    @cached_property
    def all_rows(self) -> list[Row]:
        return [Row(self, place, cells) for place, cells in enumerate(self.values, start=1)]

    @cached_property
    def rows(self) -> list[Row]:
        """Without the rows that are somebody's own totals."""
        return [row for row in self.all_rows if not self.is_total(row)]

    def is_total(self, row: Row) -> bool:
        return is_total_row(row.cells.get(column.key) or "" for column in self.field.columns)

    def has(self, *roles: str) -> bool:
        return all(self.field.column(role) for role in roles)

    def figures(self, role: str) -> list[Figure]:
        """The numbers of a column, without its totals; cells that hold none are left out."""
        return [found for row in self.rows if (found := row.figure(role)) is not None]


class Work:
    """A work product as checks see it: fields by their role. What the template does not have is None or empty."""

    def __init__(self, deliverable: Deliverable, values: Mapping[str, Any]) -> None:
        self.deliverable, self.values = deliverable, values

    def table(self, role: str, *columns: str) -> Table | None:
        """Return a table that has these columns, or None."""
        field = self.deliverable.field(role)
        if field is None or field.kind != "table":
            return None
        rows = [row for row in self.values.get(field.key) or [] if isinstance(row, dict)]
        table = Table(field, rows)
        return table if table.has(*columns) else None

    def has(self, role: str) -> bool:
        field = self.deliverable.field(role)
        return field is not None and field.kind != "table"

    def text(self, role: str) -> str:
        field = self.deliverable.field(role)
        value = self.values.get(field.key) if field else ""
        return value.strip() if isinstance(value, str) else ""

    def figure(self, role: str) -> Figure | None:
        return figure(self.text(role))

    def finding(self, verdict: str, kind: str, role: str, **said: Any) -> Finding:
        field = self.deliverable.field(role)
        words = {name: str(value) for name, value in said.items()}
        return Finding(verdict, kind, field.key if field else role, **words)

    def compare(self, role: str, computed: Figure, workings: str = "") -> Iterator[Finding]:
        """Hold the number of a field against a computed one."""
        if not self.text(role):
            return
        stated = self.figure(role)
        if stated is None:
            yield self.finding(UNKNOWN, "unreadable", role, stated=self.text(role)[:60])
        elif stated.agrees_with(computed):
            yield self.finding(HOLDS, "agrees", role, computed=computed, workings=workings)
        else:
            yield self.finding(LOOK, "differs", role, stated=stated, computed=computed, workings=workings)


def compare_rows(
    table: Table, role: str, compute: Callable[[Row], tuple[Figure, str] | None]
) -> Iterator[Finding]:
    """Hold a column against what `compute` makes of each row: every difference by itself, agreement once for all.

    compute: (figure, workings), or None for a row it can't do; such rows are counted as not checked.
    """
    right = unread = 0
    for row in table.rows:
        try:
            found = compute(row)
        except ZeroDivisionError:
            found = None
        stated = row.figure(role)
        if found is None or stated is None:
            unread += bool(row.text(role))
        elif stated.agrees_with(found[0]):
            right += 1
        else:
            yield row.finding(LOOK, "differs", role, stated=stated, computed=found[0], workings=found[1])
    column = table.field.column(role)
    said = {"field": table.field.key, "column": column.key if column else ""}
    if right:
        yield Finding(HOLDS, "rows_agree", **said, computed=str(right))
    if unread:
        yield Finding(UNKNOWN, "rows_unread", **said, computed=str(unread))


def workings_of(sign: str, parts: list[Figure]) -> str:
    """Return “1 + 2 + 3”, with the middle left out where there are many."""
    words = [str(part) for part in parts]
    if len(words) > 12:
        words = [*words[:6], "…", *words[-3:]]
    return f" {sign} ".join(words)


def as_json(finding: Finding) -> dict[str, Any]:
    return {name: value for name, value in asdict(finding).items() if value not in ("", 0)}
