"""What a trainee's SCORM activities reported: the present state for going on, and every report as an appended row."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from curriculum.models import EditionItem
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly

from ..scorm import Report, read_report
from .enrolments import Enrolment


class Completion(models.TextChoices):
    UNKNOWN = "unknown", pgettext_lazy("activity", "not begun")
    INCOMPLETE = "incomplete", pgettext_lazy("activity", "begun")
    COMPLETED = "completed", pgettext_lazy("activity", "completed")


class Success(models.TextChoices):
    UNKNOWN = "unknown", pgettext_lazy("activity", "not judged")
    PASSED = "passed", pgettext_lazy("activity", "passed")
    FAILED = "failed", pgettext_lazy("activity", "not passed")


class ScormState(models.Model):
    """One activity of one lesson for one enrolment. `number` counts its reports; a report names the one it goes on from."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="activities")
    item = models.ForeignKey(EditionItem, on_delete=models.PROTECT, related_name="+")
    block = models.UUIDField()
    package_sha256 = models.CharField(max_length=80)
    title = models.CharField(max_length=255)
    number = models.PositiveIntegerField(default=0)
    cmi = models.JSONField(default=dict)
    completion = models.CharField(max_length=12, choices=Completion.choices, default=Completion.UNKNOWN)
    success = models.CharField(max_length=12, choices=Success.choices, default=Success.UNKNOWN)
    score = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    session = models.UUIDField(null=True, blank=True)
    session_seconds = models.PositiveIntegerField(default=0)
    past_seconds = models.PositiveIntegerField(default=0)
    completed_at = models.DateTimeField(null=True, blank=True)
    saved_at = models.DateTimeField()

    class Meta:
        verbose_name = _("SCORM activity")
        ordering = ["item__position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "item", "block"], name="one_scorm_state_per_block"),
            models.CheckConstraint(
                condition=Q(score=None) | Q(score__gte=-100, score__lte=100), name="scorm_score_is_percent"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def claimed_seconds(self) -> int:
        """Time as the package reports it; the hours ledger counts by the server's clock instead."""
        return self.past_seconds + self.session_seconds

    @classmethod
    def commit(cls, enrolment: Enrolment, item: EditionItem, *, block: UUID, package: dict[str, Any], number: int, key: UUID,
               session: UUID, cmi: Any, at: datetime) -> "ScormState":  # fmt: skip
        """Keep a report. The same report sent again is harmless.

        package: what the frozen lesson says of it (title, version, sha256); number: of the state it goes on from.
        Raises WrongState: the enrolment counts nothing any more, or another window reported first. Raises
        scorm.Refused: the report is not what the version allows.
        """
        if not enrolment.may_study:
            raise WrongState(_("Nothing is saved any more: this enrolment or its cohort is not active."), obj=enrolment)
        report = read_report(cmi, package["version"])
        with transaction.atomic():
            state, _new = cls.objects.get_or_create(
                enrolment=enrolment, item=item, block=block,
                defaults={"package_sha256": package["sha256"], "title": package["title"], "saved_at": at},
            )  # fmt: skip
            if state.commits.filter(key=key).exists():
                return state
            if not state._take(report, number=number, session=session, at=at):
                raise WrongState(
                    _("This activity was saved from another window meanwhile; open the lesson again."), obj=enrolment
                )
            ScormCommit.objects.create(
                state=state, number=number + 1, key=key, session=session, session_seconds=report.seconds, received_at=at,
                completion=report.completion, success=report.success, score=report.score,
            )  # fmt: skip
        state.refresh_from_db()
        return state

    def _take(self, report: Report, *, number: int, session: UUID, at: datetime) -> bool:
        fields: dict[str, Any] = {"session_seconds": max(report.seconds, self.session_seconds)}
        if session != self.session:
            fields = {"session": session, "session_seconds": report.seconds,
                      "past_seconds": self.past_seconds + self.session_seconds}  # fmt: skip
        if report.completion == Completion.COMPLETED and self.completed_at is None:
            fields["completed_at"] = at
        rows = ScormState.objects.filter(pk=self.pk, number=number)
        return bool(rows.update(
            number=F("number") + 1, cmi=report.cmi, completion=report.completion, success=report.success,
            score=report.score, saved_at=at, **fields,
        ))  # fmt: skip


class ScormCommit(AppendOnly):
    """One report as it came, without the package's own notes."""

    state = models.ForeignKey(ScormState, on_delete=models.PROTECT, related_name="commits")
    number = models.PositiveIntegerField()
    key = models.UUIDField()
    session = models.UUIDField()
    session_seconds = models.PositiveIntegerField()
    completion = models.CharField(max_length=12, choices=Completion.choices)
    success = models.CharField(max_length=12, choices=Success.choices)
    score = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = _("report of a SCORM activity")
        ordering = ["state", "number"]
        constraints = [
            models.UniqueConstraint(fields=["state", "number"], name="one_scorm_commit_per_number"),
            models.UniqueConstraint(fields=["state", "key"], name="one_scorm_commit_per_key"),
        ]

    def __str__(self) -> str:
        return f"{self.state_id}/{self.number}"
