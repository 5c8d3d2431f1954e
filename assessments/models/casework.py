"""Playing a case and handing in its work product. What was decided and what was handed in is kept as it was."""

import uuid

from django.core.files.storage import storages
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.lib.immutable import AppendOnly
from training.models import Enrolment

from .plans import Assignment


def private_storage():
    return storages["private"]


def submission_file_path(instance: "SubmissionFile", filename: str) -> str:
    return f"submissions/{instance.uuid.hex[:2]}/{instance.uuid}"


class CaseRun(models.Model):
    """One trainee's way through one case. One per enrolment and assignment."""

    class Status(models.TextChoices):
        PLAYING = "playing", _("in progress")
        PLAYED = "played", _("decisions made")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="case_runs")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="case_runs")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PLAYING)
    stage_key = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("case run")
        constraints = [models.UniqueConstraint(fields=["enrolment", "assignment"], name="one_run_per_assignment")]

    def __str__(self) -> str:
        return f"{self.enrolment_id}/{self.assignment_id}"


class Decision(AppendOnly):
    """One step of the trace: at which stage, what was chosen, and what the trainee could see at that moment.

    A stage without a decision is recorded with an empty `option_key` when the trainee moves on.
    """

    run = models.ForeignKey(CaseRun, on_delete=models.PROTECT, related_name="decisions")
    position = models.PositiveSmallIntegerField()
    stage_key = models.CharField(max_length=40)
    option_key = models.CharField(max_length=40, blank=True)
    visible = models.JSONField(help_text=_("keys of the exhibits visible at that moment"))
    decided_at = models.DateTimeField()

    class Meta:
        verbose_name = _("decision")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="decision_position_once"),
            models.UniqueConstraint(fields=["run", "stage_key"], name="one_decision_per_stage"),
        ]

    def __str__(self) -> str:
        return f"{self.stage_key}: {self.option_key}"


class Submission(models.Model):
    """提交: one hand-in of one work product, from the first draft to the released result."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("submitted")
        IN_MARKING = "in_marking", _("in marking")
        IN_MODERATION = "in_moderation", _("in moderation")
        READY = "ready", _("ready for release")
        RELEASED = "released", _("released")
        RETURNED = "returned", _("returned")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="submissions")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="submissions")
    run = models.ForeignKey(CaseRun, on_delete=models.PROTECT, related_name="submissions")
    attempt = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=14, choices=Status.choices, default=Status.DRAFT)
    # The structured fields of the work product: {field key: text | number as text | [[row], …] as list of dicts}.
    fields = models.JSONField(default=dict, blank=True)
    draft_number = models.PositiveIntegerField(default=0, help_text=_("counts autosaves; a stale tab is told so"))
    saved_at = models.DateTimeField(null=True, blank=True)
    ai_use = models.TextField(_("use of AI, in your own words"), blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    # Over fields, file hashes and the decision trace; printed on the receipt.
    content_hash = models.CharField(max_length=80, blank=True)

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        ordering = ["-submitted_at"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "assignment", "attempt"], name="attempt_once"),
            models.UniqueConstraint(
                fields=["enrolment", "assignment"], condition=Q(status="draft"), name="one_draft_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | (Q(submitted_at__isnull=False) & ~Q(content_hash="")),
                name="handed_in_has_time_and_hash",
            ),
        ]
        indexes = [models.Index(fields=["status", "submitted_at"])]

    def __str__(self) -> str:
        return f"{self.assignment_id} #{self.attempt}"


class DraftSave(AppendOnly):
    """Every acknowledged autosave, as it came. `key` is the browser's idempotency key: the same save twice is one."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="saves")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=64)
    fields = models.JSONField()
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "number"], name="draft_save_number_once"),
            models.UniqueConstraint(fields=["submission", "key"], name="draft_save_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id} #{self.number}"


class SubmissionFile(models.Model):
    """A file of a submission, checked by content and stored under a neutral name. Assessors never see `original_name`."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="files")
    file = models.FileField(storage=private_storage, upload_to=submission_file_path, max_length=200)
    original_name = models.CharField(max_length=255)
    extension = models.CharField(max_length=8)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=80)
    uploaded_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("file")
        ordering = ["uploaded_at"]

    def __str__(self) -> str:
        return str(self.uuid)
