"""What a trainee's released results add up to, part by part. Read by certificates."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from lms.lib.compiled import Compiled
from training.asking import once
from training.models import Enrolment

from .models import PartResult, Result
from .plan_outline import PartLine, plans_for


@dataclass(frozen=True)
class PartOutcome:
    """`total` is the mean of what counts of the part's latest results, in points of 100, or None while one is missing.

    judged: of a defence or portfolio, the outcome it is taken from, with the votes or conditions in its `facts`.
    """

    part: PartLine
    total: Decimal | None
    passed: bool | None
    missing: int
    judged: PartResult | None = None


def part_outcomes(enrolment: Enrolment) -> list[PartOutcome]:
    """Return every part of the enrolment's plan in order. Two queries, one more with a defence or portfolio."""
    return part_outcomes_of([enrolment])[enrolment.pk]


def part_outcomes_of(
    enrolments: Iterable[Enrolment], latest: dict[int, list[Result]] | None = None
) -> dict[int, list[PartOutcome]]:
    """The same for many people, by enrolment: as many queries as for one.

    latest: their results, if the caller has them (`latest_results`): one query less.
    """
    enrolments = list(enrolments)
    if latest is None:
        latest = latest_results(enrolments)
    plans = plans_for(enrolments)
    judged = {}
    if any(plan.has_rules for plan in plans.values()):
        judged = PartResult.objects.filter(enrolment__in=[e.pk for e in enrolments]).latest()
    return {
        enrolment.pk: [
            _outcome(part, {r.assignment_id: r for r in latest[enrolment.pk]}, judged.get((enrolment.pk, part.pk)))
            for part in plans[enrolment.pk].parts
        ]
        for enrolment in enrolments
    }


@once
def latest_results(enrolments: list[Enrolment]) -> dict[int, list[Result]]:
    """The latest result of each assignment of each person, by the enrolment's primary key. One query."""
    latest: dict[int, dict[int, Result]] = {enrolment.pk: {} for enrolment in enrolments}
    for result in _released(list(latest)) if latest else ():
        latest[result.enrolment_id][result.assignment_id] = result
    return {pk: list(of_one.values()) for pk, of_one in latest.items()}


_released = Compiled(
    lambda enrolments: Result.objects.filter(enrolment__in=enrolments).select_related("assignment")
    .order_by("released_at", "pk")
)  # fmt: skip


def _outcome(part: PartLine, latest: dict[int, Result], found: PartResult | None) -> PartOutcome:
    if part.rules:
        known = (found.total, found.passed, 0) if found else (None, None, 1)
        return PartOutcome(part, *known, found)
    results = [latest.get(assignment) for assignment in part.assignments]
    done = [result.counted for result in results if result is not None]
    missing = len(results) - len(done)
    if missing or not results:
        return PartOutcome(part, None, None, missing)
    total = (sum(done) / len(done)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return PartOutcome(part, total, total >= part.pass_mark, 0)
