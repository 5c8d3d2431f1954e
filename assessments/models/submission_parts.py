"""What a submission consists of beside its fields: every acknowledged save, and its files."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.files.storage import storages
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.lib.compiled import Compiled, insert_one
from lms.lib.immutable import AppendOnly

from ..signals import file_added

if TYPE_CHECKING:
    from .submissions import Submission


def private_storage():
    return storages["private"]


def submission_file_path(instance: "SubmissionFile", filename: str) -> str:
    return f"submissions/{instance.uuid.hex[:2]}/{instance.uuid}"


class DraftSave(AppendOnly):
    """Every acknowledged autosave, as it came. `key` is the browser's idempotency key: the same save twice is one."""

    submission = models.ForeignKey("assessments.Submission", on_delete=models.PROTECT, related_name="saves")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=64)
    fields = models.JSONField()
    saved_at = models.DateTimeField()
    # A version to come back to: saved by the button, not by the page on its own.
    kept = models.BooleanField(default=False)
    restored_from = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "number"], name="draft_save_number_once"),
            models.UniqueConstraint(fields=["submission", "key"], name="draft_save_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id} #{self.number}"

    @classmethod
    def append(
        cls, submission: "Submission", number: int, fields: dict[str, Any], *, key: str, at: datetime, kept: bool,
        restored_from: int | None,
    ) -> "DraftSave":  # fmt: skip
        """Write one save. Raises IntegrityError when its number or its key is there."""
        said = {"number": number, "key": key, "fields": fields, "saved_at": at, "kept": kept, "restored_from": restored_from}
        save = cls(submission=submission, **said)
        save.pk = insert_one(cls, submission_id=submission.pk, **said)
        save._state.adding = False
        return save


class SubmissionFile(models.Model):
    """A file of a submission, checked by content, stored under a neutral name. Assessors never see `original_name`."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    submission = models.ForeignKey("assessments.Submission", on_delete=models.PROTECT, related_name="files")
    file = models.FileField(storage=private_storage, upload_to=submission_file_path, max_length=200)
    original_name = models.CharField(max_length=255)
    extension = models.CharField(max_length=8)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=80)
    uploaded_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    # What the virus scanner said (`lms.lib.antivirus`): "" none is set up, clean, waiting: it could not be asked, infected.
    scan = models.CharField(max_length=8, blank=True)
    # The browser's idempotency key: a file sent again after it was taken out does not come back.
    key = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("file")
        ordering = ["uploaded_at"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "key"], condition=~Q(key=""), name="submission_file_key_once")
        ]

    def __str__(self) -> str:
        return str(self.uuid)

    def copy_to(self, draft: Any, *, at: datetime) -> "SubmissionFile":
        """Take the file over into the next attempt: a further row that names the same stored bytes."""
        copied = SubmissionFile.objects.create(
            submission=draft,
            file=self.file.name,
            original_name=self.original_name,
            extension=self.extension,
            media_type=self.media_type,
            size=self.size,
            sha256=self.sha256,
            uploaded_at=at,
            scan=self.scan,
        )
        file_added.send(sender=SubmissionFile, file=copied)
        return copied

    def neutral_name(self, place: int) -> str:
        """What assessors see: A1.pdf, A2.docx …"""
        return f"A{place}.{self.extension}"


# The files of a work product as it is now.
files_of = Compiled(lambda submission: SubmissionFile.objects.filter(submission=submission, removed_at=None))
