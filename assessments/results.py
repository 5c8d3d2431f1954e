"""What a trainee's released results add up to, part by part. Read by certificates."""

from collections.abc import Iterable
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
    return part_outcomes_of([enrolment])[enrolment.pk]


def part_outcomes_of(
    enrolments: Iterable[Enrolment], latest: dict[int, list[Result]] | None = None
) -> dict[int, list[PartOutcome]]:
    """The same for many people, by enrolment: as many queries as for one.

    latest: their results, if the caller has them (`Result.objects.latest_of_all`): one query less.
    """
    enrolments = list(enrolments)
    if latest is None:
        latest = Result.objects.latest_of_all(enrolments)
    editions = {enrolment.cohort.edition_id for enrolment in enrolments}
    plans: dict[int, list[Part]] = {edition: [] for edition in editions}
    for part in Part.objects.filter(plan__edition__in=editions).select_related("plan").prefetch_related("assignments"):
        plans[part.plan.edition_id].append(part)
    judged = {}
    if any(part.rules for parts in plans.values() for part in parts):
        judged = PartResult.objects.filter(enrolment__in=[e.pk for e in enrolments]).latest()
    return {
        enrolment.pk: [
            _outcome(part, {r.assignment_id: r for r in latest[enrolment.pk]}, judged.get((enrolment.pk, part.pk)))
            for part in plans[enrolment.cohort.edition_id]
        ]
        for enrolment in enrolments
    }


def _outcome(part: Part, latest: dict[int, Result], found: PartResult | None) -> PartOutcome:
    if part.rules:
        known = (found.total, found.passed, 0) if found else (None, None, 1)
        return PartOutcome(part, *known, found)
    results = [latest.get(assignment.pk) for assignment in part.assignments.all()]
    done = [result.counted for result in results if result is not None]
    missing = len(results) - len(done)
    if missing or not results:
        return PartOutcome(part, None, None, missing)
    total = (sum(done) / len(done)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return PartOutcome(part, total, total >= part.pass_mark, 0)
