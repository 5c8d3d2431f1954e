"""Corrections of results that are only tried: points added for a flawed item, criteria that no longer count. Stores nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Max

from training.models import Cohort

from .grade_history import factors_of
from .gradebook import Gradebook
from .models import Assignment, Criterion
from .scoring import corrected


@dataclass(frozen=True)
class Correction:
    """What is tried on every result of one assignment. without: keys of criteria that no longer count."""

    added: int = 0
    without: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.added or self.without)


def criteria_of(assignments: Iterable[Assignment]) -> dict[int, list[Criterion]]:
    """{rubric: its criteria in order, each with `most`, the points of its highest band}. One query."""
    found = Criterion.objects.filter(rubric__in={assignment.rubric_id for assignment in assignments})
    lines: dict[int, list[Criterion]] = {}
    for criterion in found.annotate(most=Max("bands__points")).order_by("rubric", "position"):
        lines.setdefault(criterion.rubric_id, []).append(criterion)
    return lines


def corrected_totals(
    cohort: Cohort, book: Gradebook, criteria: Mapping[int, list[Criterion]], corrections: Mapping[UUID, Correction]
) -> dict[tuple[UUID, UUID], Decimal]:
    """Return {(enrolment, assignment): total after the correction} of every result it touches. At most one query.

    corrections: by assignment. A member's factor of a team's mark goes on holding.
    """
    factors = factors_of(cohort) if any(correction.without for correction in corrections.values()) else {}
    totals = {}
    for place, assignment in enumerate(book.assignments):
        correction = corrections.get(assignment.uuid)
        if not correction:
            continue
        possible = {criterion.key: criterion.most for criterion in criteria[assignment.rubric_id]}
        for row in book.rows:
            if (result := row.cells[place].result) is None:
                continue
            factor = factors.get(result.submission_id)
            totals[row.uuid, assignment.uuid] = corrected(
                result.total, result.points, possible, without=correction.without, added=correction.added,
                factor=factor.factor if factor else Decimal(1),
            )  # fmt: skip
    return totals
