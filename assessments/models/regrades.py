"""Correcting released results as a batch: drafted with a reason, simulated, approved by a second person, applied by a job,
taken back as a whole by a further batch. Results are appended; what was released before stays readable.

drafted ─► simulated ─► approved ─► applied, or stopped where results had changed meanwhile
   └──────────┴─► withdrawn or refused
"""

import uuid
from datetime import datetime

from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Organisation, User
from curriculum.models import Edition
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.hashing import content_hash
from training.models import Cohort, Enrolment

from ..relying import relying_on
from ..signals import regrade_approved, result_changed
from .appeals import Appeal
from .plans import Assignment
from .results import Result
from .submissions import Submission


class RegradeBatch(models.Model):
    """One correction of the results of a cohort, or of all cohorts of an edition at its base; or the way back from one."""

    class Status(models.TextChoices):
        DRAFTED = "drafted", pgettext_lazy("regrade", "drafted")
        SIMULATED = "simulated", pgettext_lazy("regrade", "waiting for a second person")
        APPROVED = "approved", pgettext_lazy("regrade", "being applied")
        APPLIED = "applied", pgettext_lazy("regrade", "applied")
        STOPPED = "stopped", pgettext_lazy("regrade", "stopped")
        REFUSED = "refused", pgettext_lazy("regrade", "refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("regrade", "withdrawn")

    OPEN = ("drafted", "simulated")
    OVER = ("refused", "withdrawn")

    class OnChange(models.TextChoices):
        SKIP = "skip", _("leave those trainees out, correct the others")
        STOP = "stop", _("stop, correct nobody")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="regrades")
    # Empty: every cohort of the edition at this base.
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, null=True, blank=True, related_name="regrades")
    # {assignment: {"added": points of 100, "without": [criterion keys]}}; of a batch that takes another back: {}.
    corrections = models.JSONField(default=dict)
    reason = models.TextField(_("reason"), max_length=2000)
    on_change = models.CharField(max_length=4, choices=OnChange.choices, default=OnChange.SKIP)
    may_go_down = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFTED)
    # The batch whose trainees that were left out this one corrects.
    follows = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="followers")
    # The batch that this one takes back.
    reverses = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversals")
    # Counts of the simulation: what `regrading.build` returns.
    summary = models.JSONField(default=dict, blank=True)
    preview_hash = models.CharField(max_length=80, blank=True)
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    simulated_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.TextField(_("note"), max_length=2000, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("regrade")
        verbose_name_plural = _("regrades")
        ordering = ["-drafted_at", "-pk"]
        indexes = [models.Index(fields=["organisation", "status"])]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="regrade_has_reason"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("drafted_by")), name="regrade_takes_two_people"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "applied", "stopped"])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="approved_regrade_names_who",
            ),
            models.UniqueConstraint(
                fields=["reverses"], condition=~Q(status__in=["refused", "withdrawn", "stopped"]), name="regrade_taken_back_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.uuid}"

    def get_absolute_url(self) -> str:
        return reverse("regrade", args=[self.uuid])

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def tone(self) -> str:
        return {"applied": "ok", "stopped": "bad", "simulated": "warn", "approved": "info"}.get(self.status, "muted")

    @property
    def touches_certificates(self) -> bool:
        return bool(self.summary.get("certificates"))

    @property
    def job_key(self) -> str:
        return f"regrade:{self.uuid}"

    def cohorts(self) -> "models.QuerySet[Cohort]":
        if self.cohort_id:
            return Cohort.objects.filter(pk=self.cohort_id)
        return Cohort.objects.filter(edition=self.edition_id, organisation=self.organisation_id).order_by("starts_on", "pk")

    def may_be_reversed(self) -> bool:
        """Something was applied, and no other batch takes it back or is about to. Two queries."""
        if self.status not in (self.Status.APPLIED, self.Status.STOPPED) or self.reverses_id:
            return False
        gone = [*self.OVER, self.Status.STOPPED]
        return not self.reversals.exclude(status__in=gone).exists() and self.lines.filter(state="applied").exists()

    def left_over(self) -> "models.QuerySet[RegradeLine]":
        """Those who were not corrected though they should have been, and whom no later batch is for."""
        if self.status not in (self.Status.APPLIED, self.Status.STOPPED) or self.reverses_id:
            return self.lines.none()
        if self.followers.exclude(status__in=self.OVER).exists():
            return self.lines.none()
        return self.lines.exclude(state=RegradeLine.State.APPLIED).exclude(why=RegradeLine.Why.LOWER)

    @classmethod
    def draft(
        cls, edition: Edition, *, organisation: Organisation, cohort: Cohort | None, corrections: dict, reason: str,
        on_change: str, by: User, at: datetime, follows: "RegradeBatch | None" = None,
    ) -> "RegradeBatch":  # fmt: skip
        """Write down what is to be corrected and why. Nothing changes by it."""
        with transaction.atomic():
            batch = cls.objects.create(
                edition=edition, organisation=organisation, cohort=cohort, corrections=corrections, reason=reason.strip(),
                on_change=on_change, drafted_by=by, drafted_at=at, follows=follows,
            )  # fmt: skip
            batch._log("draft", by=by)
        return batch

    def draft_follower(self, *, by: User, at: datetime) -> "RegradeBatch":
        """The same correction for those who were left out. Raises WrongState when nobody is, or a batch for them exists."""
        with transaction.atomic():
            fresh = RegradeBatch.objects.select_for_update().get(pk=self.pk)
            if not fresh.left_over().exists():
                raise WrongState(_("Nobody was left out, or a further batch is for them already."), obj=self)
            return RegradeBatch.draft(
                self.edition, organisation=self.organisation, cohort=self.cohort, corrections=self.corrections,
                reason=self.reason, on_change=self.on_change, by=by, at=at, follows=self,
            )  # fmt: skip

    def draft_reversal(self, *, reason: str, by: User, at: datetime) -> "RegradeBatch":
        """Write down that this batch is to be taken back as a whole; that again takes two people.

        Raises WrongState when it changed nothing, or a batch that takes it back exists.
        """
        with transaction.atomic():
            fresh = RegradeBatch.objects.select_for_update().get(pk=self.pk)
            if not fresh.may_be_reversed():
                raise WrongState(_("This batch can't be taken back, or is being taken back already."), obj=self)
            batch = RegradeBatch.objects.create(
                edition=self.edition, organisation=self.organisation, cohort=self.cohort, reason=reason.strip(),
                on_change=self.OnChange.SKIP, drafted_by=by, drafted_at=at, reverses=self,
            )  # fmt: skip
            batch._log("draft", by=by)
        return batch

    def keep_simulation(self, lines: "list[RegradeLine]", summary: dict, *, by: User, may_go_down: bool, at: datetime) -> None:
        """Keep what a simulation found, instead of an earlier one's. Raises WrongState once somebody decided."""
        with transaction.atomic():
            seen = content_hash([str(self.uuid), at.isoformat(), [line.as_json() for line in lines]])
            values = {"summary": summary, "preview_hash": seen, "simulated_at": at, "may_go_down": may_go_down}
            self._set(self.OPEN, "simulated", **values)
            self.lines.all().delete()
            RegradeLine.objects.bulk_create(lines)
            self._log("simulate", by=by, changes=summary["changes"])

    def approve(self, *, seen: str, by: User, at: datetime) -> None:
        """Approve exactly the simulation that was read (`preview_hash`), as another person than who drafted it; a job applies it.

        Raises WrongState when it was simulated again meanwhile, somebody decided first, or it is one's own draft.
        """
        with transaction.atomic():
            fresh = RegradeBatch.objects.select_for_update().get(pk=self.pk)
            if fresh.preview_hash != seen:
                raise WrongState(_("It was simulated again meanwhile. Read it once more."), obj=self)
            self._must_be_another(by)
            if not fresh.summary.get("changes"):
                raise WrongState(_("There is nothing to be changed."), obj=self)
            self._set("simulated", "approved", decided_by=by, decided_at=at)
            self._log("approve", by=by, changes=fresh.summary["changes"])
            regrade_approved.send(sender=RegradeBatch, batch=self)

    def refuse(self, *, note: str, by: User, at: datetime) -> None:
        """Refuse it, with a reason. Raises WrongState when somebody decided first, or it is one's own draft."""
        with transaction.atomic():
            self._must_be_another(by)
            self._set("simulated", "refused", decided_by=by, decided_at=at, decision_note=note.strip(), finished_at=at)
            self._log("refuse", by=by)

    def withdraw(self, *, by: User, at: datetime) -> None:
        """Take the draft back. Raises WrongState once somebody decided."""
        with transaction.atomic():
            self._set(self.OPEN, "withdrawn", finished_at=at)
            self._log("withdraw", by=by)

    def _must_be_another(self, by: User) -> None:
        if by.pk == self.drafted_by_id:
            raise WrongState(_("A second person decides, not who drafted it."), obj=self)

    def _set(self, old: str | tuple[str, ...], new: str, **values) -> None:
        """Compare and set: one row, or WrongState."""
        olds = [old] if isinstance(old, str) else old
        moved = RegradeBatch.objects.filter(pk=self.pk, status__in=olds).update(status=new, **values)
        self.refresh_from_db()
        if not moved:
            raise WrongState(_("This batch has moved on meanwhile."), obj=self)

    def _log(self, action: str, *, by: User | None, **data) -> None:
        log(self, f"assessments.regrade.{action}", by=by, organisation=self.organisation, **data)

    # --- Applying -----------------------------------------------------------------------------------------------------

    def people(self) -> list[int]:
        """The enrolments that still wait, in a stable order."""
        waiting = self.lines.filter(state=RegradeLine.State.WAITING)
        return list(waiting.order_by("enrolment").values_list("enrolment", flat=True).distinct())

    def moved_on(self) -> "models.QuerySet[RegradeLine]":
        """Waiting lines whose trainee has another result by now than the simulation saw."""
        later = Result.objects.filter(enrolment=models.OuterRef("enrolment"), assignment=models.OuterRef("assignment"))
        latest = later.order_by("-released_at", "-pk").values("pk")[:1]
        waiting = self.lines.filter(state=RegradeLine.State.WAITING).annotate(latest=models.Subquery(latest))
        return waiting.exclude(latest=F("before"))

    def note_moved_on(self) -> int:
        """Mark them as left out, and return how many they are."""
        found = list(self.moved_on().values_list("pk", flat=True))
        self.lines.filter(pk__in=found).update(state=RegradeLine.State.LEFT, why=RegradeLine.Why.RESULT)
        return len(found)

    def apply_to(self, enrolment: int, *, at: datetime) -> bool:
        """Append the corrected results of one person, all or none. False when they were left out; twice is harmless.

        Left out is who has another result than the simulation saw, an open appeal, a further hand-in, or a certificate
        that nobody saw when it was approved.
        """
        with transaction.atomic():
            waiting = self.lines.select_for_update(of=("self",)).filter(enrolment=enrolment, state=RegradeLine.State.WAITING)
            found = waiting.select_related("before__submission", "assignment__part", "enrolment__cohort__organisation")
            lines = list(found.order_by("pk"))
            if not lines:
                return True
            # An appeal and a further hand-in take the same lock.
            list(Submission.objects.select_for_update().filter(pk__in=[line.before.submission_id for line in lines]))
            if reasons := {line.pk: why for line in lines if (why := line.obstacle())}:
                for line in lines:
                    self.lines.filter(pk=line.pk).update(
                        state=RegradeLine.State.LEFT, why=reasons.get(line.pk, RegradeLine.Why.OTHER)
                    )
                return False
            for line in lines:
                line.apply(self, at=at)
        return True

    def finish(self, *, at: datetime) -> None:
        """The job has gone through everybody, or met one whose result had changed where that stops the batch."""
        stopped = self.on_change == self.OnChange.STOP and self.lines.filter(state=RegradeLine.State.WAITING).exists()
        self._set("approved", "stopped" if stopped else "applied", finished_at=at)
        done = self.lines.filter(state=RegradeLine.State.APPLIED).count()
        self._log("stop" if stopped else "apply", by=self.decided_by, changes=done)


class RegradeLine(models.Model):
    """One result in a batch: what the simulation saw, what it becomes, and what came of it."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("line of a regrade", "to be changed")
        APPLIED = "applied", pgettext_lazy("line of a regrade", "changed")
        LEFT = "left", pgettext_lazy("line of a regrade", "left out")

    class Why(models.TextChoices):
        LOWER = "lower", _("would fall; stays as released")
        APPEAL = "appeal", _("an appeal is open")
        ATTEMPT = "attempt", _("a further hand-in is under way")
        RESULT = "result", _("another result since the simulation")
        CERTIFICATE = "certificate", _("a certificate since the simulation")
        WITHDRAWN = "withdrawn", _("has left the cohort")
        OTHER = "other", _("another result of the same trainee was left out")

    batch = models.ForeignKey(RegradeBatch, on_delete=models.CASCADE, related_name="lines")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="+")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="+")
    before = models.ForeignKey(Result, on_delete=models.PROTECT, related_name="+")
    # What the marks or an appeal came to, and every correction of it that holds after this line: so that corrections add up.
    base = models.ForeignKey(Result, on_delete=models.PROTECT, related_name="+")
    added = models.PositiveSmallIntegerField(default=0)
    without = models.JSONField(default=list, blank=True)
    total = models.DecimalField(max_digits=5, decimal_places=2)
    passed = models.BooleanField()
    points = models.JSONField(default=dict)
    # {"before": [weighted total, passed], "after": […]} of all parts, as text and true, false or null.
    whole = models.JSONField(default=dict, blank=True)
    # The number of the certificate that rests on this person's results.
    certificate = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    why = models.CharField(max_length=12, choices=Why.choices, blank=True)
    after = models.OneToOneField(Result, on_delete=models.PROTECT, null=True, blank=True, related_name="regrade_line")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "enrolment", "assignment"], name="regrade_line_once"),
            models.UniqueConstraint(fields=["before"], condition=Q(state="applied"), name="result_regraded_once"),
            models.CheckConstraint(
                condition=Q(state="applied", after__isnull=False) | (~Q(state="applied") & Q(after=None)),
                name="applied_line_has_a_result",
            ),
            models.CheckConstraint(condition=~Q(state="left") | ~Q(why=""), name="left_out_for_a_reason"),
            models.CheckConstraint(condition=Q(total__gte=0, total__lte=100), name="regrade_of_100"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.enrolment_id} {self.state}"

    def as_json(self) -> list:
        return [self.enrolment_id, self.assignment_id, self.before_id, str(self.total), self.passed, self.state, self.why]

    @property
    def gains(self) -> bool:
        return self.passed and not self.before.passed

    @property
    def loses(self) -> bool:
        return self.before.passed and not self.passed

    @property
    def tone(self) -> str:
        return {"waiting": "info", "applied": "ok", "left": "warn"}[self.state]

    def obstacle(self) -> str:
        """Why it can't be applied now, "" when it can. At most four queries."""
        row, why = self.before.submission, self.Why
        if self.enrolment.status == Enrolment.Status.WITHDRAWN:
            return why.WITHDRAWN
        own = Result.objects.filter(enrolment=self.enrolment_id, assignment=self.assignment_id)
        if own.order_by("released_at", "pk").last().pk != self.before_id:
            return why.RESULT
        further = Submission.objects.filter(enrolment=self.enrolment_id, assignment=self.assignment_id)
        if further.filter(attempt__gt=row.attempt).exists():
            return why.ATTEMPT
        if Appeal.objects.open().filter(result__enrolment=self.enrolment_id, result__assignment=self.assignment_id).exists():
            return why.APPEAL
        if relying_on([self.enrolment_id]).get(self.enrolment_id, "") != self.certificate:
            return why.CERTIFICATE
        return ""

    def apply(self, batch: RegradeBatch, *, at: datetime) -> Result:
        """Append the new result; inside the transaction of `RegradeBatch.apply_to`."""
        methods = Result.Method
        result = Result.objects.create(
            submission=self.before.submission, enrolment=self.enrolment, assignment=self.assignment, total=self.total,
            passed=self.passed, points=self.points, released_at=at, released_by=batch.decided_by,
            method=methods.REVERSED if batch.reverses_id else methods.REGRADE,
        )  # fmt: skip
        RegradeLine.objects.filter(pk=self.pk).update(state=self.State.APPLIED, after=result)
        data = {"batch": str(batch.uuid)}
        log(self.before.submission, "assessments.result.regrade", by=batch.decided_by, organisation=batch.organisation, **data)
        result_changed.send(sender=Result, result=result, before=self.before)
        return result
