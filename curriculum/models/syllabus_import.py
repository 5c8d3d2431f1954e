"""A file that was uploaded into a draft: what it would make of the draft, kept until somebody applies it."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.errors import WrongState

from ..syllabus_content import replace_content
from .syllabus import Syllabus


class SyllabusImport(models.Model):
    """One upload that had no mistakes. `content` has the shape of `Syllabus.content()`; it is applied whole or not at
    all, and only to the draft as it was when the preview was made."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    syllabus = models.ForeignKey(Syllabus, on_delete=models.CASCADE, related_name="imports")
    edit_number = models.PositiveIntegerField()
    content = models.JSONField()
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=80)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("syllabus import")
        verbose_name_plural = _("syllabus imports")
        ordering = ["-uploaded_at"]

    def __str__(self) -> str:
        return self.file_name

    @classmethod
    def keep(cls, draft: Syllabus, content: dict[str, Any], *, file_name: str, sha256: str, by, at: datetime):
        """Keep what a file says for the preview, in place of earlier uploads that nobody applied."""
        draft.require_draft()
        cls.objects.filter(syllabus=draft, applied_at=None).delete()
        return cls.objects.create(
            syllabus=draft, edit_number=draft.edit_number, content=content, file_name=file_name[:200], sha256=sha256,
            uploaded_by=by, uploaded_at=at,
        )  # fmt: skip

    def apply(self, *, by, at: datetime) -> None:
        """Write the content into the draft. Raises WrongState when the draft changed since, or this was applied."""
        with self.syllabus.editing(edit_number=self.edit_number, by=by, at=at):
            if not SyllabusImport.objects.filter(pk=self.pk, applied_at=None).update(applied_at=at):
                raise WrongState(_("This file has been applied already."), obj=self.syllabus)
            replace_content(self.syllabus, self.content)
        self.applied_at = at
