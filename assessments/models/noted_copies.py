"""A PDF of a work with the notes on it, to be taken away: made by a job when it is first asked for, forgotten some days later."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.hashing import content_hash

from .file_copies import hashes_of
from .marks import Mark
from .submission_parts import private_storage
from .submissions import Submission

DAYS_KEPT = 7
FORM = 1  # goes up when the PDF is drawn in another way


class NotedCopy(models.Model):
    """One work with the notes of these marks in one language. key: of everything that is in it, so that asked twice it is one."""

    class State(models.TextChoices):
        WAITING = "waiting", _("being prepared")
        READY = "ready", _("ready")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(max_length=80, unique=True)
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="noted_copies")
    marks = models.ManyToManyField(Mark, related_name="+")
    language = models.CharField(max_length=10)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    file = models.FileField(storage=private_storage, upload_to="noted", max_length=200, blank=True)
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state="waiting", file="") | models.Q(state="ready") & ~models.Q(file=""),
                                   name="noted_copy_ready_with_its_file"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.submission_id} {self.language}"

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.READY

    @classmethod
    def ask(cls, submission: Submission, marks: Iterable[Mark], *, language: str, at: datetime) -> "NotedCopy":
        """Return the PDF that holds exactly this, made or waiting to be made."""
        marks = list(marks)
        copies = hashes_of(submission.current_files())
        key = content_hash([FORM, str(submission.uuid), sorted(mark.pk for mark in marks), copies, language])
        found, created = cls.objects.get_or_create(
            key=key, defaults={"submission": submission, "language": language, "asked_at": at}
        )
        if created:
            found.marks.set(marks)
        return found

    def keep(self, data: bytes) -> None:
        """Keep the PDF. Again is harmless."""
        if not self.is_ready:
            self.file.save(f"{self.uuid}.pdf", ContentFile(data), save=False)
            self.state = self.State.READY
            self.save(update_fields=["file", "state"])

    @classmethod
    def forget(cls, *, at: datetime) -> int:
        """Delete what was asked for some days ago; it can be made again. Returns how many."""
        old = list(cls.objects.filter(asked_at__lt=at - timedelta(days=DAYS_KEPT)))
        for found in old:
            if found.file:
                found.file.delete(save=False)
            found.delete()
        return len(old)
