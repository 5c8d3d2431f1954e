"""Agreement that decides: which results wait because their marks can't be relied on, and orders to mark again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.immutable import AppendOnly

from ..reliability import alpha
from .marks import BLIND, Mark
from .policy import QualityPolicy
from .submissions import Submission

LEAST_SCRIPTS = 10  # marked twice, below which no agreement is stated, while the authority has set no number


def totals_of(assignment: int) -> list[tuple[float, ...]]:
    """The two independent totals (points of 100) of each script of an assignment marked twice, in the order in which they
    were handed in. One query."""
    return totals_of_all([assignment])[assignment]


def totals_of_all(assignments: Iterable[int]) -> dict[int, list[tuple[float, ...]]]:
    """The same of several assignments. One query."""
    scripts: dict[int, dict[int, list[float]]] = {assignment: {} for assignment in assignments}
    rows = Mark.objects.filter(submission__assignment__in=list(scripts), kind__in=BLIND).order_by("submission", "kind")
    for assignment, submission, total in rows.values_list("submission__assignment", "submission", "total"):
        scripts[assignment].setdefault(submission, []).append(float(total))
    return {
        assignment: [tuple(totals) for totals in found.values() if len(totals) == 2] for assignment, found in scripts.items()
    }


@dataclass(frozen=True)
class Agreement:
    """How well the two independent marks of an assignment agree. alpha: Krippendorff's α of the totals; None where there are
    fewer scripts than the authority wants before it judges, or all marks are equal."""

    scripts: int
    alpha: float | None


def agreement_of(assignments: Iterable[int], policy: QualityPolicy | None) -> dict[int, Agreement]:
    """Return the agreement on each assignment, by its primary key. One query."""
    least = policy.minimum_scripts if policy else LEAST_SCRIPTS
    return {
        assignment: Agreement(len(pairs), alpha(pairs) if len(pairs) >= least else None)
        for assignment, pairs in totals_of_all(assignments).items()
    }


def held_back(assignment: int, policy: QualityPolicy | None) -> bool:
    """Whether results of this assignment that rest on two independent marks wait for marking again: enough scripts,
    and their α below the floor. Equal marks on every script can't be told from chance, and hold nothing back."""
    if policy is None:
        return False
    scripts = totals_of(assignment)
    if len(scripts) < policy.minimum_scripts:
        return False
    found = alpha(scripts)
    return found is not None and found < float(policy.floor)


class RemarkOrder(AppendOnly):
    """An order to mark again what two assessors agreed on, because agreement on the whole is too low, or by sample."""

    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="remark_order")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=400)
    ordered_at = models.DateTimeField()
    ordered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("order to mark again")
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="remark_order_has_reason")]

    def __str__(self) -> str:
        return f"{self.submission_id}"

    @classmethod
    def give(cls, submission: Submission, *, reason: str, by: User | None, at: datetime) -> "RemarkOrder":
        """Send an agreed, unreleased work product to the moderator. A second order is harmless and returns the first.

        Raises WrongState when it is not ready for release (released already, or still being marked).
        """
        if found := cls.objects.filter(submission=submission).first():
            return found
        with transaction.atomic():
            submission.move(Submission.Status.READY, Submission.Status.IN_MODERATION)
            base = submission.enrolment.cohort.organisation
            order = cls.objects.create(
                submission=submission, organisation=base, reason=reason.strip()[:400], ordered_at=at, ordered_by=by
            )
            log(submission, "assessments.result.remark", by=by, organisation=base)
        return order
