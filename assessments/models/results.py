"""考核结果: what was agreed and released to the trainee. Appended; a later one (a resubmission, a decision on an appeal, a
correction of a batch) supersedes by time."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly, AppendOnlyQuerySet
from training.models import Enrolment

from .. import lateness
from ..scoring import agreed_points, corrected, mean
from ..signals import result_released
from .marks import BLIND, DECIDING, Kind, Mark
from .plans import Assignment
from .policy import QualityPolicy
from .quality import held_back
from .submissions import Submission


@dataclass(frozen=True)
class Agreed:
    """What the marks come to, before anybody releases it. points: {criterion key: points as text}."""

    total: Decimal
    passed: bool
    method: str
    points: dict[str, str]
    deduction: Decimal = Decimal(0)

    @property
    def counted(self) -> Decimal:
        """What counts: the score less what lateness takes off."""
        return self.total - self.deduction


class ResultQuerySet(AppendOnlyQuerySet):
    def latest_of(self, enrolment: Enrolment) -> list["Result"]:
        """The latest result of each assignment of this person. One query."""
        latest = {}
        for result in self.filter(enrolment=enrolment).select_related("assignment").order_by("released_at", "pk"):
            latest[result.assignment_id] = result
        return list(latest.values())


class Result(AppendOnly):
    class Method(models.TextChoices):
        DOUBLE = "double", _("mean of two independent marks")
        THIRD = "third", _("mean of the two closest of three marks")
        AGREED = "agreed", _("mark on which the two assessors agreed, recorded by the moderator")
        MODERATED = "moderated", _("moderator's decision after disagreement")
        SAMPLED = "sampled", _("decision of a moderator of another base on a sample")
        APPEAL = "appeal", _("decision on an appeal")
        REGRADE = "regrade", _("correction of a batch of results")
        REVERSED = "reversed", _("correction taken back")

    UNMODERATED = (Method.DOUBLE, Method.THIRD)  # rest on assessors alone, and wait where these agree too little

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="results", related_query_name="result"
    )
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="results")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="results")
    total = models.DecimalField(max_digits=5, decimal_places=2)
    passed = models.BooleanField()
    method = models.CharField(max_length=12, choices=Method.choices)
    # {criterion key: points as text}: the agreed points per criterion.
    points = models.JSONField(default=dict)
    # What lateness takes off, beside the score and never in it; `late` is the rule and the lateness kept with the hand-in.
    deduction = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0))
    late = models.JSONField(default=dict, blank=True)
    released_at = models.DateTimeField()
    released_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = ResultQuerySet.as_manager()

    class Meta:
        verbose_name = _("result")
        ordering = ["released_at"]
        constraints = [
            models.CheckConstraint(condition=Q(total__gte=0, total__lte=100), name="result_of_100"),
            models.CheckConstraint(
                condition=Q(deduction__gte=0, deduction__lte=models.F("total")), name="deduction_within_the_total"
            ),
            models.UniqueConstraint(
                fields=["submission"], condition=Q(method__in=["double", "moderated"]), name="one_result_of_the_marks"
            ),
            models.UniqueConstraint(
                fields=["submission"], condition=Q(method="appeal"), name="one_result_of_an_appeal"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.total}"

    @property
    def is_correction(self) -> bool:
        """Whether a batch made it (`RegradeBatch`): then `regrade_line` says which, and what it rests on."""
        return self.method in (self.Method.REGRADE, self.Method.REVERSED)

    @property
    def root(self) -> "Result":
        """The result that the marks or an appeal came to: itself, unless a batch corrected it. One query then."""
        return self.regrade_line.base if self.is_correction else self

    @property
    def counted(self) -> Decimal:
        """What counts: the score less what lateness takes off."""
        return self.total - self.deduction

    def save(self, *args, **kwargs):
        """Write the row; whoever writes it, what lateness takes off is computed here from what the hand-in keeps."""
        if self._state.adding and self.submission.late:
            self.late = self.submission.late
            self.deduction = lateness.deduction(self.total, self.late)
            self.passed = self.passed and self.counted >= self.assignment.part.pass_mark
        super().save(*args, **kwargs)

    @classmethod
    def release(cls, submission: Submission, *, by: User, at: datetime) -> "Result":
        """Show the agreed result to the trainee: the moderator's mark where there is one, else the mean of the two, or of
        the two closest of three.

        Raises WrongState when the submission is not ready for release, someone released it first, a sample holds it, or the
        two marks can't be relied on yet: agreement on this assignment lies below the authority's floor and no moderator
        has decided.
        """
        with transaction.atomic():
            if submission.leader_id:
                raise WrongState(_("A team's results are released together."), obj=submission)
            if submission.samples.holding(at).exists():
                text = _("Held back: a moderator of another base takes a second look at it, as part of a sample.")
                raise WrongState(text, obj=submission)
            submission.move(Submission.Status.READY, Submission.Status.RELEASED)
            agreed = cls.agreed(submission)
            if agreed.method in cls.UNMODERATED and held_back(submission.assignment_id, QualityPolicy.objects.at(at)):
                text = _("Held back: the assessors of this case agree too little. It has to be marked again first.")
                raise WrongState(text, obj=submission)
            result = cls._of_row(submission, agreed, by=by, at=at)
            for row in submission.rows()[1:]:
                cls._of_row(row, agreed, by=by, at=at)
        return result

    @classmethod
    def _of_row(cls, row: Submission, agreed: "Agreed", *, by: User, at: datetime) -> "Result":
        """Write one person's result: the agreed one, for a member of a team times their factor, if a moderator set any."""
        total = cls._for_row(agreed.total, row)
        result = cls.objects.create(
            submission=row,
            enrolment_id=row.enrolment_id,
            assignment_id=row.assignment_id,
            total=total,
            passed=total >= row.assignment.part.pass_mark,
            method=agreed.method,
            points=agreed.points,
            released_at=at,
            released_by=by,
        )
        log(row, "assessments.result.release", by=by, organisation=row.enrolment.cohort.organisation)
        result_released.send(sender=Submission, submission=row, result=result)
        return result

    @staticmethod
    def _for_row(total: Decimal, row: Submission) -> Decimal:
        """What a mark comes to for one person: in a team times their factor, if a moderator set any."""
        if row.team_id and (found := row.factors.last()):
            return min((total * found.factor).quantize(Decimal("0.01"), ROUND_HALF_UP), Decimal(100))
        return total

    @classmethod
    def agreed_on(cls, marks: list[Mark], result: "Result") -> "Agreed":
        """What these marks come to for one person, as the outcome of an appeal against this result. A correction by a batch
        holds for the fresh mark too."""
        row, points = result.submission, agreed_points([mark.points() for mark in marks])
        total = cls._for_row(mean([mark.total for mark in marks]), row)
        if result.is_correction:
            line, factor = result.regrade_line, row.factors.last() if row.team_id else None
            possible = {criterion.key: criterion.top for criterion in row.assignment.rubric.lines()}
            total = corrected(
                total, points, possible, without=line.without, added=line.added, factor=factor.factor if factor else Decimal(1)
            )
            points = {key: value for key, value in points.items() if key not in line.without}
        off = lateness.deduction(total, row.late)
        passed = total - off >= row.assignment.part.pass_mark
        return Agreed(total, passed, cls.Method.APPEAL, points, off)

    @classmethod
    def agreed(cls, submission: Submission) -> "Agreed":
        """Return what the marks of a submission come to. No query when `marks__scores` with band and criterion is
        prefetched."""
        method, counted = cls.deciding({mark.kind: mark for mark in submission.marks.all()}, submission.assignment)
        total = mean([mark.total for mark in counted])
        off = lateness.deduction(total, submission.late)
        return Agreed(
            total=total,
            deduction=off,
            passed=total - off >= submission.assignment.part.pass_mark,
            method=method,
            points=agreed_points([mark.points() for mark in counted]),
        )

    @classmethod
    def deciding(cls, marks: dict[str, Mark], assignment: Assignment) -> tuple[str, list[Mark]]:
        """Return how the marks of a submission, by kind, come to its first result, and which of them count."""
        decided = [marks[kind] for kind in DECIDING if kind in marks]
        if decided:
            last = max(decided, key=lambda mark: mark.marked_at)
            if last.kind == Kind.SAMPLE:
                return cls.Method.SAMPLED, [last]
            return cls.Method.AGREED if last.agreed else cls.Method.MODERATED, [last]
        if Kind.THIRD in marks and (pair := Mark.settling(marks, assignment)):
            return cls.Method.THIRD, pair
        return cls.Method.DOUBLE, [marks[kind] for kind in BLIND]
