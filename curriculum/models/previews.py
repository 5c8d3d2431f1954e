"""What a document looks like before it is opened: its number of pages and first page, or its first rows. Made by a worker
from the file's bytes, kept beside it, made again when the bytes are others."""

from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.documents import get_document_model_string

from ..document_preview import Made, previewable


def private_storage():
    return storages["private"]


class DocumentPreviewQuerySet(models.QuerySet):
    def want(self, document: Any) -> bool:
        """Note that the preview of these bytes is to be made, if this kind of file has one and it was not made or asked
        for yet; say whether it is (`receivers` then tells a worker)."""
        if not previewable(document.filename):
            return False
        file_hash = document.get_file_hash()
        row, made = self.get_or_create(document=document, defaults={"file_hash": file_hash})
        if not made and row.file_hash == file_hash:
            return False
        self.filter(pk=row.pk).update(file_hash=file_hash, state=DocumentPreview.State.WAITING)
        return True


class DocumentPreview(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", _("being prepared")
        READY = "ready", _("ready")
        NONE = "none", _("no preview here")
        FAILED = "failed", _("could not be read")

    document = models.OneToOneField(get_document_model_string(), on_delete=models.CASCADE, related_name="preview")
    file_hash = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    pages = models.PositiveIntegerField(null=True)
    image = models.FileField(storage=private_storage, upload_to="previews", blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    rows = models.JSONField(default=list)  # of a table: lists of words; the first may be its head
    text = models.TextField(blank=True)
    more = models.BooleanField(default=False)  # there is more in the file than rows or text show

    objects = DocumentPreviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "ready", "none", "failed"]), name="document_preview_state"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document_id}: {self.state}"

    def note(self, made: Made, *, of: str) -> None:
        """Keep what was made of the bytes with that hash. Bytes that were replaced meanwhile have their own job."""
        if self.file_hash != of:
            return
        if self.image:
            self.image.delete(save=False)
        self.state, self.pages = made.state, made.pages
        self.rows, self.text, self.more = made.rows, made.text, made.more
        self.width, self.height = made.width, made.height
        if made.png:
            self.image.save(f"{self.document_id}.png", ContentFile(made.png), save=False)
        self.save()
