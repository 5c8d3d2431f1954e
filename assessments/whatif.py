"""What another policy would do to a cohort: other weights and pass marks, corrected results. Stores nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from .gradebook import Gradebook, GradeRow
from .models import Part
from .scoring import Overall, PartRule, mean, overall


@dataclass(frozen=True)
class PartUnder:
    """One part of one trainee under the plan and under the other policy. None while the part is open."""

    part: Part
    total: Decimal | None
    new_total: Decimal | None
    before: bool | None
    after: bool | None

    @property
    def moves(self) -> bool:
        return self.total != self.new_total

    @property
    def turns(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class WhatIfRow:
    grades: GradeRow
    parts: list[PartUnder]
    before: Overall
    after: Overall

    @property
    def gains(self) -> bool:
        return self.before.passed is False and self.after.passed is True

    @property
    def loses(self) -> bool:
        return self.before.passed is True and self.after.passed is False

    @property
    def changes(self) -> bool:
        """Anything at all: a verdict of a part or of the whole, or the weighted total."""
        return self.before != self.after or any(part.turns or part.moves for part in self.parts)


@dataclass(frozen=True)
class Count:
    """How many trainees, under the plan and under the other policy."""

    before: int
    after: int


@dataclass(frozen=True)
class WhatIf:
    book: Gradebook
    rows: list[WhatIfRow]
    # Released results of single assignments that would turn, as each is held against the pass mark of its part.
    results_gained: int = 0
    results_lost: int = 0

    @property
    def passed(self) -> Count:
        return self._count(True)

    @property
    def failed(self) -> Count:
        return self._count(False)

    @property
    def open(self) -> Count:
        return self._count(None)

    def _count(self, verdict: bool | None) -> Count:
        return Count(
            sum(row.before.passed is verdict for row in self.rows), sum(row.after.passed is verdict for row in self.rows)
        )

    @property
    def gaining(self) -> int:
        return sum(row.gains for row in self.rows)

    @property
    def losing(self) -> int:
        return sum(row.loses for row in self.rows)

    @property
    def changing(self) -> list[WhatIfRow]:
        return [row for row in self.rows if row.changes]


def simulate(
    book: Gradebook, rules: Iterable[PartRule], least: Decimal | None = None,
    totals: Mapping[tuple[UUID, UUID], Decimal] | None = None,
) -> WhatIf:  # fmt: skip
    """Return what these rules, one for each part in order, would make of the gradebook. No query.

    least: the weighted total that would be needed besides the parts' own pass marks, if any.
    totals: {(enrolment, assignment): total} where it differs from the result that counts (`corrected_totals`).
    """
    rules, totals = list(rules), totals or {}
    marks = {part.pk: rule.pass_mark for part, rule in zip(book.parts, rules, strict=True)}
    rows, gained, lost = [], 0, 0
    for row in book.rows:
        got: dict[int, list[Decimal | None]] = {part.pk: [] for part in book.parts}
        for assignment, cell in zip(book.assignments, row.cells, strict=True):
            total = totals.get((row.uuid, cell.assignment), cell.total)
            got[assignment.part_id].append(total)
            if cell.state in ("passed", "failed"):
                passes = total >= marks[assignment.part_id]
                gained += passes and cell.state == "failed"
                lost += not passes and cell.state == "passed"
        parts = []
        for part, total, passed in row.parts:
            new = total if total is None or not got[part.pk] else mean(got[part.pk])
            carried = part.pk not in row.refused  # another pass mark doesn't change votes
            parts.append(PartUnder(part, total, new, passed, None if new is None else carried and new >= marks[part.pk]))
        whole = overall([part.new_total for part in parts], rules, least, refused=bool(row.refused))
        rows.append(WhatIfRow(row, parts, row.overall, whole))
    return WhatIf(book, rows, gained, lost)
