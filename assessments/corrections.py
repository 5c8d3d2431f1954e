"""Corrections of results: points added for a flawed item, criteria that no longer count. Reckons only, and stores nothing: the
what-if page tries them, `regrading.py` makes a batch of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Max

from training.models import Cohort

from . import lateness
from .grade_history import factors_of
from .gradebook import Gradebook
from .models import Assignment, Criterion, RegradeLine, Result
from .scoring import corrected


@dataclass(frozen=True)
class Correction:
    """What is tried on every result of one assignment. without: keys of criteria that no longer count."""

    added: int = 0
    without: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.added or self.without)


@dataclass(frozen=True)
class Footing:
    """What a result rests on: the one that the marks or an appeal came to, and the corrections of it that hold already."""

    base: Result
    added: int = 0
    without: frozenset[str] = frozenset()

    def plus(self, correction: Correction) -> "Footing":
        return Footing(self.base, min(self.added + correction.added, 100), self.without | correction.without)


@dataclass(frozen=True)
class Corrected:
    """What a result would become. footing: what it would rest on."""

    before: Result
    total: Decimal
    footing: Footing

    @property
    def counted(self) -> Decimal:
        """What would count of it: lateness takes off what the hand-in's rule says."""
        return lateness.counted(self.total, self.before.late)

    @property
    def points(self) -> dict[str, str]:
        """The points of the criteria that go on counting."""
        return {key: points for key, points in self.footing.base.points.items() if key not in self.footing.without}


def footings_of(cohort: Cohort) -> dict[int, Footing]:
    """{result that a batch made: what it rests on}. One query."""
    lines = RegradeLine.objects.filter(after__enrolment__cohort=cohort).select_related("base")
    return {line.after_id: Footing(line.base, line.added, frozenset(line.without)) for line in lines}


def criteria_of(assignments: Iterable[Assignment]) -> dict[int, list[Criterion]]:
    """{rubric: its criteria in order, each with `most`, the points of its highest band}. One query."""
    found = Criterion.objects.filter(rubric__in={assignment.rubric_id for assignment in assignments})
    lines: dict[int, list[Criterion]] = {}
    for criterion in found.annotate(most=Max("bands__points")).order_by("rubric", "position"):
        lines.setdefault(criterion.rubric_id, []).append(criterion)
    return lines


def corrected_results(
    cohort: Cohort, book: Gradebook, criteria: Mapping[int, list[Criterion]], corrections: Mapping[UUID, Correction]
) -> dict[tuple[UUID, UUID], Corrected]:
    """Return {(enrolment, assignment): the corrected result} of every result it touches. At most two queries.

    corrections: by assignment. What a batch corrected before goes on holding, and so does a member's factor of a team's mark.
    """
    if not any(corrections.values()):
        return {}
    factors, footings = factors_of(cohort), footings_of(cohort)
    found = {}
    for place, assignment in enumerate(book.assignments):
        correction = corrections.get(assignment.uuid)
        if not correction:
            continue
        possible = {criterion.key: criterion.most for criterion in criteria[assignment.rubric_id]}
        for row in book.rows:
            if (result := row.cells[place].result) is None:
                continue
            footing = footings.get(result.pk, Footing(result)).plus(correction)
            factor = factors.get(result.submission_id)
            total = corrected(
                footing.base.total, footing.base.points, possible, without=footing.without, added=footing.added,
                factor=factor.factor if factor else Decimal(1),
            )  # fmt: skip
            found[row.uuid, assignment.uuid] = Corrected(result, total, footing)
    return found


def corrected_totals(
    cohort: Cohort, book: Gradebook, criteria: Mapping[int, list[Criterion]], corrections: Mapping[UUID, Correction]
) -> dict[tuple[UUID, UUID], Decimal]:
    """Return {(enrolment, assignment): total after the correction}, as `corrected_results` says it."""
    return {key: found.counted for key, found in corrected_results(cohort, book, criteria, corrections).items()}
