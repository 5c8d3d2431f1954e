"""How a grade came about: every released result of a cohort, of one cell of its gradebook, with what it replaced and why."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.models import User
from training.models import Cohort, Enrolment

from .lateness_words import handed_in, rule_of
from .models import Appeal, Assignment, Mark, MemberFactor, RegradeBatch, RegradeLine, Result, SampledScript
from .models.marks import DECIDING

DECIDED = (Result.Method.MODERATED, Result.Method.AGREED, Result.Method.SAMPLED)


@dataclass(frozen=True)
class GradeChange:
    """One released result. before: the result it superseded, else None. reasons: why, in the words of whoever decided;
    batch: the regrade that made it."""

    result: Result
    before: Result | None
    reasons: list[str]
    batch: RegradeBatch | None = None

    @property
    def at(self) -> datetime:
        return self.result.released_at

    @property
    def by(self) -> User:
        return self.result.released_by

    @property
    def enrolment(self) -> Enrolment:
        return self.result.enrolment

    @property
    def assignment(self) -> Assignment:
        return self.result.assignment

    @property
    def attempt(self) -> int:
        return self.result.submission.attempt

    @property
    def difference(self) -> Decimal | None:
        return None if self.before is None else self.result.counted - self.before.counted

    @property
    def word(self) -> str:
        """What kind of change it was."""
        if self.before is None:
            return _("first result")
        if self.before.submission_id != self.result.submission_id:
            return _("result of a further attempt")
        return _("changed after the release")


def late_reason(result: Result) -> str:
    """What lateness took off, in words."""
    words = {"score": result.total, "off": result.deduction, "late": handed_in(result.late), "rule": rule_of(result.late)}
    return _("Score %(score)s, less %(off)s for lateness: %(late)s; %(rule)s") % words


def history_of(
    cohort: Cohort, *, enrolment: Enrolment | None = None, assignment: Assignment | None = None
) -> list[GradeChange]:
    """Return every released result in the order of time: of a cohort, a trainee, an assignment or one cell. Five queries."""
    found = Result.objects.filter(enrolment__cohort=cohort)
    if enrolment is not None:
        found = found.filter(enrolment=enrolment)
    if assignment is not None:
        found = found.filter(assignment=assignment)
    found = found.select_related("submission", "enrolment__user", "assignment__item", "released_by")
    moderated, factors, appeals = _moderated(cohort), factors_of(cohort), _appeals(cohort)
    batches = _batches(cohort)
    changes: list[GradeChange] = []
    latest: dict[tuple[int, int], Result] = {}
    for result in found.order_by("released_at", "pk"):
        key = result.enrolment_id, result.assignment_id
        row, reasons = result.submission, []
        if result.method in DECIDED:
            reasons.append(moderated.get(row.leader_id or row.pk, ""))
        if result.pk in appeals:
            reasons.append(appeals[result.pk])
        if batch := batches.get(result.pk):
            reasons.append(batch.reason)
        if factor := factors.get(row.pk):
            reasons.append(
                _("Factor %(factor)s of the team's mark: %(reason)s") % {"factor": factor.factor, "reason": factor.reason}
            )
        if result.deduction:
            reasons.append(late_reason(result))
        changes.append(GradeChange(result, latest.get(key), [reason for reason in reasons if reason], batch))
        latest[key] = result
    return changes


def _moderated(cohort: Cohort) -> dict[int, str]:
    """{submission: the moderator's reason, the last one's}; of a team's work by the shared submission."""
    marks = Mark.objects.filter(submission__enrolment__cohort=cohort, kind__in=DECIDING)
    marks = marks.exclude(allocation__sampled__outcome=SampledScript.Outcome.FINDING).order_by("marked_at", "pk")
    return dict(marks.values_list("submission", "reason"))


def factors_of(cohort: Cohort) -> dict[int, MemberFactor]:
    """{member's own row: the factor that counts}"""
    factors = MemberFactor.objects.filter(submission__enrolment__cohort=cohort).order_by("pk")
    return {factor.submission_id: factor for factor in factors}


def _appeals(cohort: Cohort) -> dict[int, str]:
    """{result made by an appeal: the reason of the decision}"""
    upheld = Appeal.objects.filter(new_result__enrolment__cohort=cohort)
    return dict(upheld.values_list("new_result", "decision_reason"))


def _batches(cohort: Cohort) -> dict[int, RegradeBatch]:
    """{result made by a regrade: the batch}"""
    lines = RegradeLine.objects.filter(after__enrolment__cohort=cohort).select_related("batch")
    return {line.after_id: line.batch for line in lines}
