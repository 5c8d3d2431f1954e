"""Until when a cohort hands in an assignment, what follows when it is late, and who has longer. Rows are appended: the latest
one holds, and a hand-in keeps what held at its moment."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.audit import log
from lms.lib.compiled import Compiled
from lms.lib.immutable import AppendOnly
from training.models import Cohort, Enrolment

from .. import lateness
from ..lateness import Rule
from .plans import Assignment

if TYPE_CHECKING:
    from .submissions import Submission


class Deadline(AppendOnly):
    """The terms of one assignment in one cohort. `due_at` empty: no due time any more."""

    class Accept(models.TextChoices):
        OPEN = lateness.OPEN, _("later work is taken")
        UNTIL = lateness.UNTIL, _("later work is taken until a second day")
        CLOSED = lateness.CLOSED, _("later work is not taken")

    class Kind(models.TextChoices):
        NOTHING = lateness.NOTHING, _("nothing is taken off")
        POINTS = lateness.POINTS, _("points of 100 for each day begun")
        PERCENT = lateness.PERCENT, _("percent of the score for each day begun")

    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="deadlines")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="deadlines")
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    accept = models.CharField(_("after that"), max_length=8, choices=Accept.choices, default=Accept.OPEN)
    until = models.DateTimeField(_("taken until"), null=True, blank=True)
    kind = models.CharField(_("what is taken off"), max_length=8, choices=Kind.choices, default=Kind.NOTHING)
    per_day = models.DecimalField(_("how much a day"), max_digits=4, decimal_places=1, default=Decimal(0))
    cap = models.DecimalField(_("at most"), max_digits=4, decimal_places=1, null=True, blank=True)
    floor = models.DecimalField(_("never below"), max_digits=4, decimal_places=1, default=Decimal(0))
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        verbose_name = _("due time")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["cohort", "assignment"])]
        constraints = [
            models.CheckConstraint(condition=Q(floor__gte=0, floor__lte=100), name="deadline_floor_of_100"),
            models.CheckConstraint(condition=Q(per_day__gte=0, per_day__lte=100), name="deadline_per_day_of_100"),
            models.CheckConstraint(
                condition=~Q(accept="until") | Q(until__gte=models.F("due_at")), name="deadline_until_after_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.due_at}"

    @classmethod
    def put(cls, cohort: Cohort, assignment: Assignment, *, by: User, at: datetime, **terms) -> "Deadline":
        """Set the terms from now on; what was handed in before keeps what held then. The same terms again change nothing."""
        with transaction.atomic():
            latest = cls.objects.filter(cohort=cohort, assignment=assignment).first()
            if latest and all(getattr(latest, name) == value for name, value in terms.items()):
                return latest
            found = cls.objects.create(cohort=cohort, assignment=assignment, set_by=by, set_at=at, **terms)
            log(cohort, "assessments.deadline.set", by=by, organisation=cohort.organisation, assignment=assignment.pk)
        return found

    def rule(self, extension: datetime | None = None) -> Rule | None:
        """What holds for a person. extension: until when they have longer. None without a due time."""
        if self.due_at is None:
            return None
        due = max(self.due_at, extension) if extension else self.due_at
        return Rule(
            due=due, accept=self.accept, until=self.until, kind=self.kind, per_day=self.per_day, cap=self.cap, floor=self.floor,
            extended=due != self.due_at,
        )  # fmt: skip

    @classmethod
    def of(cls, submission: "Submission") -> Rule | None:
        """When a work product is due and what follows later; None without a due time, and for a second hand-in. At most two
        queries."""
        if submission.attempt > 1:
            return None
        people = [submission.enrolment_id]
        if submission.team_id:
            people += submission.companions.values_list("enrolment", flat=True)
        return cls.for_people(submission.enrolment.cohort_id, submission.assignment_id, people)

    @classmethod
    def for_people(cls, cohort_id: int, assignment_id: int, enrolments: list[int]) -> Rule | None:
        """The rule for who hands in together: the longest extension of any of them. One query."""
        found = _with_extension.first(cohort_id, assignment_id, list(enrolments))
        return found.rule(found.longest) if found else None


class Extension(AppendOnly):
    """Longer for one person, with the reason. The latest one counts; it never makes the due time earlier than the cohort's."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="extensions")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="extensions")
    until = models.DateTimeField(_("has until"))
    reason = models.CharField(_("reason"), max_length=300)
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    class Meta:
        verbose_name = _("extension")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["enrolment", "assignment"])]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="an_extension_gives_its_reason")]

    def __str__(self) -> str:
        return f"{self.until}"

    @classmethod
    def give(
        cls, enrolment: Enrolment, assignment: Assignment, *, until: datetime, reason: str, by: User, at: datetime
    ) -> "Extension":
        """Give one person longer. The same again changes nothing."""
        with transaction.atomic():
            latest = cls.objects.filter(enrolment=enrolment, assignment=assignment).first()
            if latest and (latest.until, latest.reason) == (until, reason):
                return latest
            found = cls.objects.create(
                enrolment=enrolment, assignment=assignment, until=until, reason=reason, given_by=by, given_at=at
            )
            log(enrolment, "assessments.deadline.extend", by=by, organisation=enrolment.cohort.organisation,
                assignment=assignment.pk, until=until.isoformat(), reason=reason)  # fmt: skip
        return found


def _with_longest_extension(cohort: int, assignment: int, enrolments: list[int]) -> models.QuerySet[Deadline]:
    latest = Extension.objects.filter(enrolment=models.OuterRef("enrolment"), assignment=assignment).order_by("-pk")
    own = Extension.objects.filter(assignment=assignment, enrolment__in=enrolments).filter(
        pk=models.Subquery(latest.values("pk")[:1])
    )
    longest = models.Subquery(own.order_by("-until").values("until")[:1])
    return Deadline.objects.filter(cohort=cohort, assignment=assignment).annotate(longest=longest)[:1]


_with_extension = Compiled(_with_longest_extension)
