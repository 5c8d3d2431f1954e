"""成绩复议: a trainee appeals against a released result once; the base decides on form, somebody who never saw the work marks
it afresh, and a moderator decides. Both results stay.

lodged ─► admitted ─► marked ─► upheld (a new result) or dismissed
   └────► rejected        open ones can be withdrawn by the trainee
"""

import uuid
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from accounts.permissions import organisation_ids
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.uploads import CheckedFile

from ..signals import appeal_moved, result_changed
from .conflicts import Conflict
from .marking import LEASE, Allocation
from .marks import Mark, Score
from .policy import may_mark
from .queues import others_assess
from .results import Result
from .submission_parts import private_storage
from .submissions import Submission
from .terms import Terms, days_field, yes_no

MAX_STATEMENT = 4000


class AppealPolicy(Terms):
    """The authority's terms of appeals. Appended; a result keeps the terms that held when it was released."""

    ACTION = "assessments.appeal.terms"

    lodge_days = days_field(_("days to appeal"), 10, help_text=_("From the release; the last day counts in full."))
    formal_days = days_field(_("days to admit or reject"), 5, help_text=_("From the day on which the appeal came in."))
    decide_days = days_field(_("days to decide"), 20, help_text=_("From the day on which the appeal was admitted."))
    own_base_days = days_field(
        _("days kept for assessors of other bases"), 7,
        help_text=_("Afterwards, or where no other base has an assessor, one of the same base may mark afresh."),
    )  # fmt: skip
    may_go_down = models.BooleanField(
        _("an appeal may lower the result"), default=False,
        help_text=_("Otherwise the better of the two results counts when an appeal is upheld."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("terms of appeals")
        verbose_name_plural = _("terms of appeals")
        ordering = ["-set_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lodge_days__gte=1, formal_days__gte=1, decide_days__gte=1, own_base_days__gte=1),
                name="appeal_terms_are_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lodge_days}/{self.formal_days}/{self.decide_days}"

    @classmethod
    def before_the_first(cls) -> "AppealPolicy":
        """Our own numbers, which are a sample."""
        return cls()

    def logged(self) -> dict[str, Any]:
        return {"days": self.lodge_days, "may_go_down": self.may_go_down}

    def facts(self) -> list[tuple[Any, Any]]:
        names = ["lodge_days", "formal_days", "decide_days", "own_base_days"]
        days = [(self._meta.get_field(name).verbose_name, getattr(self, name)) for name in names]
        return [*days, (self._meta.get_field("may_go_down").verbose_name, yes_no(self.may_go_down))]


def end_of(start: datetime, days: int) -> datetime:
    """Return the moment at which the last of so many whole days after a day is over: local midnight."""
    day = timezone.localdate(start) + timedelta(days=days + 1)
    return timezone.make_aware(datetime.combine(day, time.min))


def last_day(end: datetime) -> date:
    """Return the last day that lies before such a midnight: the one to show to people."""
    return timezone.localdate(end - timedelta(microseconds=1))


class AppealQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status__in=Appeal.OPEN)

    def overdue(self, at: datetime):
        """Open ones whose next decision should have been made by then."""
        formal = Q(status=Appeal.Status.LODGED, formal_until__lte=at)
        return self.filter(formal | Q(status__in=[Appeal.Status.ADMITTED, Appeal.Status.MARKED], decide_until__lte=at))

    def for_marker(self, assessor: User, *, at: datetime):
        """The appeals this assessor could mark afresh now, the most urgent first.

        Not of work of their own, of cohorts they teach, or that they ever marked, moderated, held or declined; not where
        they decided on its form or, as registrar or moderator of that base, can read it. Of their own base only when its
        days are over or no other base has an assessor; where a conflict was declared, never. None without a licence where
        the authority asks for one. One query where nothing waits, else at most three.
        """
        if not organisation_ids(assessor, Role.ASSESSOR) or not self.filter(status=Appeal.Status.ADMITTED).exists():
            return self.none()
        if not may_mark(assessor, at=at):
            return self.none()
        own = {membership.organisation_id for membership in assessor.active_memberships}
        seen = Allocation.objects.filter(assessor=assessor).filter(~Q(kind=Allocation.Kind.APPEAL) | ~Q(reason=""))
        held = Allocation.objects.exclude(status=Allocation.Status.GIVEN_BACK)
        held = held.exclude(status=Allocation.Status.TAKEN, lease_until__lt=at)
        far = ~Q(work__enrolment__cohort__organisation__in=own)
        near = Q(own_base_from__lte=at) | ~others_assess("work__enrolment__cohort__organisation")
        theirs = Conflict.objects.enrolments_of(assessor, at=at)
        return (
            self.filter(far | near, status=Appeal.Status.ADMITTED)
            .exclude(turns__in=held)
            .exclude(work__enrolment__in=theirs)
            .exclude(work__companions__enrolment__in=theirs)
            .exclude(work__enrolment__cohort__organisation__in=organisation_ids(assessor, Role.REGISTRAR, Role.MODERATOR))
            .exclude(work__enrolment__user=assessor)
            .exclude(work__companions__enrolment__user=assessor)
            .exclude(work__enrolment__cohort__instructors=assessor)
            .exclude(work__marks__assessor=assessor)
            .exclude(work__allocations__in=seen)
            .exclude(formal_by=assessor)
            .order_by("decide_until", "pk")
        )


class Appeal(models.Model):
    """One appeal against one result, with its file, its deadlines and its reasons."""

    class Status(models.TextChoices):
        LODGED = "lodged", _("waiting to be admitted")
        ADMITTED = "admitted", _("being marked afresh")
        MARKED = "marked", _("waiting for the decision")
        REJECTED = "rejected", _("not admitted")
        UPHELD = "upheld", _("upheld")
        DISMISSED = "dismissed", _("dismissed")
        WITHDRAWN = "withdrawn", _("appeal withdrawn")

    OPEN = ("lodged", "admitted", "marked")

    class Ground(models.TextChoices):
        PROCEDURE = "procedure", _("The procedure was not followed")
        ERROR = "error", _("The marking has an error of fact")
        MITIGATION = "mitigation", _("Mitigating circumstances")
        OTHER = "other", _("Another ground")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    result = models.OneToOneField(Result, on_delete=models.PROTECT, related_name="appeal")
    # Where the content and the marks are: the result's submission, for a team the shared one.
    work = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="appeals")
    ground = models.CharField(_("ground"), max_length=12, choices=Ground.choices)
    statement = models.TextField(_("statement"), max_length=MAX_STATEMENT)
    file = models.FileField(storage=private_storage, upload_to="appeals/", max_length=200, blank=True)
    file_name = models.CharField(max_length=255, blank=True)
    file_type = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.LODGED)
    lodged_at = models.DateTimeField()
    # The terms, as they were when it was lodged.
    formal_until = models.DateTimeField()
    decide_days = models.PositiveSmallIntegerField()
    own_base_days = models.PositiveSmallIntegerField()
    may_go_down = models.BooleanField()
    formal_at = models.DateTimeField(null=True, blank=True)
    formal_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    formal_reason = models.TextField(_("reason"), blank=True)
    decide_until = models.DateTimeField(null=True, blank=True)
    own_base_from = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decision_reason = models.TextField(_("reason"), blank=True)
    new_result = models.OneToOneField(
        Result, on_delete=models.PROTECT, null=True, blank=True, related_name="decided_appeal"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)

    objects = AppealQuerySet.as_manager()

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        ordering = ["-lodged_at"]
        indexes = [models.Index(fields=["status", "lodged_at"])]
        constraints = [
            models.CheckConstraint(condition=~Q(statement=""), name="appeal_has_statement"),
            models.CheckConstraint(
                condition=Q(status__in=["lodged", "withdrawn"]) | (Q(formal_at__isnull=False) & ~Q(formal_reason="")),
                name="appeal_formal_decision_has_reason",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["upheld", "dismissed"])
                | (Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(decision_reason="")),
                name="appeal_decision_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(status="upheld", new_result__isnull=False) | (~Q(status="upheld") & Q(new_result=None)),
                name="only_an_upheld_appeal_has_a_new_result",
            ),
            models.CheckConstraint(
                condition=~Q(status="admitted") | Q(decide_until__isnull=False, own_base_from__isnull=False),
                name="admitted_appeal_has_deadline",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.result_id} {self.status}"

    def get_absolute_url(self) -> str:
        return reverse("appeal", args=[self.uuid])

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def tone(self) -> str:
        return {"upheld": "ok", "dismissed": "muted", "rejected": "muted", "withdrawn": "muted"}.get(self.status, "info")

    @property
    def due(self) -> datetime | None:
        """When the next decision has to be there; None once it is over."""
        return {"lodged": self.formal_until, "admitted": self.decide_until, "marked": self.decide_until}.get(self.status)

    @property
    def due_day(self) -> date | None:
        return last_day(self.due) if self.due else None

    def is_overdue(self, at: datetime) -> bool:
        return self.due is not None and self.due <= at

    @staticmethod
    def until(result: Result, terms: AppealPolicy | None = None) -> datetime:
        """The moment at which the time to appeal against a result is over. No query with the terms at hand."""
        return end_of(result.released_at, (terms or AppealPolicy.objects.at(result.released_at)).lodge_days)

    @classmethod
    def why_not(
        cls, result: Result, *, at: datetime, terms: AppealPolicy | None = None, used: bool | None = None,
        further: bool | None = None,
    ) -> str:  # fmt: skip
        """Why a result can't be appealed against: "used", "final" (decided on appeal, corrected or not), "later" (another
        hand-in was begun), "over" (too late), else "". used, further: where the caller knows. At most four queries."""
        if cls.objects.filter(result=result).exists() if used is None else used:
            return "used"
        if result.root.method == Result.Method.APPEAL:
            return "final"
        if further is None:
            begun = Submission.objects.filter(enrolment=result.enrolment_id, assignment=result.assignment_id)
            further = begun.filter(attempt__gt=result.submission.attempt).exists()
        if further:
            return "later"
        return "over" if at >= cls.until(result, terms) else ""

    @classmethod
    def lodge(
        cls, result: Result, *, ground: str, statement: str, at: datetime, upload=None, checked: CheckedFile | None = None
    ) -> "Appeal":
        """Appeal against a result, once. A second click is harmless and returns the first.

        upload, checked: a file and what `check_upload` said of it. Raises WrongState when it can't be appealed against.
        """
        with transaction.atomic():
            Submission.objects.select_for_update(of=("self",)).get(pk=result.submission_id)
            if found := cls.objects.filter(result=result).first():
                return found
            if cls.why_not(result, at=at):
                raise WrongState(_("This result can't be appealed against any more."), obj=result)
            terms = AppealPolicy.objects.at(result.released_at)
            appeal = cls(
                result=result, work=result.submission.work, ground=ground, statement=statement.strip(), lodged_at=at,
                formal_until=end_of(at, terms.formal_days), decide_days=terms.decide_days,
                own_base_days=terms.own_base_days, may_go_down=terms.may_go_down,
            )  # fmt: skip
            if upload is not None and checked is not None:
                appeal.file_name, appeal.file_type = checked.name[:255], checked.media_type
                appeal.file.save(str(appeal.uuid), upload, save=False)
            appeal.save()
            appeal._moved("lodge", by=result.enrolment.user)
        return appeal

    def _set(self, old: str | tuple[str, ...], new: str, **values) -> None:
        """Compare and set: one row, or WrongState."""
        olds = [old] if isinstance(old, str) else old
        if not Appeal.objects.filter(pk=self.pk, status__in=olds).update(status=new, **values):
            self.refresh_from_db()
            raise WrongState(_("This appeal has moved on meanwhile."), obj=self)
        self.refresh_from_db()

    def _moved(self, action: str, *, by: User) -> None:
        log(self, f"assessments.appeal.{action}", by=by, organisation=self.result.enrolment.cohort.organisation)
        appeal_moved.send(sender=Appeal, appeal=self)

    def admit(self, *, reason: str, by: User, at: datetime) -> None:
        """Admit it: the work goes to a fresh assessor. Raises WrongState unless it waits for that."""
        until, near = end_of(at, self.decide_days), end_of(at, self.own_base_days)
        with transaction.atomic():
            values = {"formal_at": at, "formal_by": by, "formal_reason": reason.strip()}
            self._set("lodged", "admitted", decide_until=until, own_base_from=near, **values)
            self._moved("admit", by=by)

    def reject(self, *, reason: str, by: User, at: datetime) -> None:
        """Refuse it on formal grounds; the result stands. Raises WrongState unless it waits for that."""
        with transaction.atomic():
            self._set("lodged", "rejected", formal_at=at, formal_by=by, formal_reason=reason.strip())
            self._moved("reject", by=by)

    def withdraw(self, *, at: datetime) -> None:
        """Take it back while it is open; a fresh assessor's turn ends. Raises WrongState once it is decided."""
        with transaction.atomic():
            self._set(self.OPEN, "withdrawn", withdrawn_at=at)
            self.turns.filter(status=Allocation.Status.TAKEN).update(status=Allocation.Status.GIVEN_BACK, lease_until=at)
            self._moved("withdraw", by=self.result.enrolment.user)

    @classmethod
    def take_next(cls, assessor: User, *, at: datetime) -> Allocation | None:
        """Give the assessor the most urgent appeal to mark afresh, under a lease; the one they hold first. None when there
        is none for them. The constraints of `Allocation` have the last word.
        """
        kind, states = Allocation.Kind.APPEAL, Allocation.Status
        mine = Allocation.objects.filter(assessor=assessor, kind=kind, status=states.TAKEN, lease_until__gte=at)
        if found := mine.first():
            return found
        for appeal in cls.objects.for_marker(assessor, at=at)[:20]:
            try:
                with transaction.atomic():
                    fresh = cls.objects.select_for_update(of=("self",)).get(pk=appeal.pk)
                    if fresh.status != cls.Status.ADMITTED:
                        continue
                    fresh.turns.filter(status=states.TAKEN, lease_until__lt=at).update(status=states.GIVEN_BACK)
                    before = fresh.turns.filter(assessor=assessor).order_by("pk").last()
                    return Allocation.objects.create(
                        submission_id=fresh.work_id, appeal=fresh, assessor=assessor, kind=kind, taken_at=at,
                        lease_until=at + LEASE, draft=before.draft if before else {},
                    )  # fmt: skip
            except IntegrityError:  # someone else's turn on it began at the same moment
                continue
        return None

    def have_mark(self) -> None:
        """The fresh mark is given: the moderator decides next. Raises WrongState when it was withdrawn meanwhile."""
        self._set("admitted", "marked")
        appeal_moved.send(sender=Appeal, appeal=self)

    def fresh_mark(self) -> Mark | None:
        marks = Mark.objects.filter(allocation__appeal=self).select_related("rubric")
        return marks.prefetch_related(Score.prefetch()).first()

    def outcome(self) -> tuple[Decimal, bool, dict[str, str]]:
        """Return (total, passed, points) of the result this appeal leads to when upheld: the fresh mark's, or the present
        one's where that is better and an appeal may not lower a result.
        """
        mark = self.fresh_mark()
        agreed = Result.agreed_on([mark], self.result)
        if agreed.total < self.result.total and not self.may_go_down:
            return self.result.total, self.result.passed, self.result.points
        return agreed.total, agreed.passed, agreed.points

    def decide(self, *, upheld: bool, reason: str, by: User, at: datetime) -> None:
        """Uphold it, which appends a new result, or dismiss it. The first result stays readable either way.

        Raises WrongState unless the fresh mark is there and nobody has decided.
        """
        with transaction.atomic():
            new = None
            Appeal.objects.select_for_update(of=("self",)).get(pk=self.pk)
            values = {"decided_at": at, "decided_by": by, "decision_reason": reason.strip()}
            if upheld and Appeal.objects.filter(pk=self.pk, status="marked").exists():
                total, passed, points = self.outcome()
                new = Result.objects.create(
                    submission=self.result.submission, enrolment=self.result.enrolment, assignment=self.result.assignment,
                    total=total, passed=passed, method=Result.Method.APPEAL, points=points, released_at=at, released_by=by,
                )  # fmt: skip
            self._set("marked", "upheld" if upheld else "dismissed", new_result=new, **values)
            self._moved("uphold" if upheld else "dismiss", by=by)
            if new is not None:
                result_changed.send(sender=Result, result=new, before=self.result)
