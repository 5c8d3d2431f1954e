"""What a trainee's released results add up to, part by part. Read by certificates."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from training.models import Enrolment

from .models import Part, PartResult, Result


@dataclass(frozen=True)
class PartOutcome:
    """`total` is the mean of what counts of the part's latest results, in points of 100, or None while one is missing.

    judged: of a defence or portfolio, the outcome it is taken from, with the votes or conditions in its `facts`.
    """

    part: Part
    total: Decimal | None
    passed: bool | None
    missing: int
    judged: PartResult | None = None


def part_outcomes(enrolment: Enrolment) -> list[PartOutcome]:
    """Return every part of the enrolment's plan in order. Three queries, one more with a defence or portfolio."""
    latest = {result.assignment_id: result for result in Result.objects.latest_of(enrolment)}
    parts = Part.objects.filter(plan__edition_id=enrolment.cohort.edition_id).prefetch_related("assignments")
    parts = list(parts)
    judged = PartResult.objects.latest_of(enrolment) if any(part.rules for part in parts) else {}
    outcomes = []
    for part in parts:
        if part.rules:
            found = judged.get(part.pk)
            known = (found.total, found.passed, 0) if found else (None, None, 1)
            outcomes.append(PartOutcome(part, *known, found))
            continue
        results = [latest.get(assignment.pk) for assignment in part.assignments.all()]
        done = [result.counted for result in results if result is not None]
        missing = len(results) - len(done)
        if missing or not results:
            outcomes.append(PartOutcome(part, None, None, missing))
            continue
        total = (sum(done) / len(done)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        outcomes.append(PartOutcome(part, total, total >= part.pass_mark, 0))
    return outcomes
