"""A manuscript an author brought: the upload, what was read in it, what the author has chosen so far, the lessons made."""

import uuid
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState

from .pages import CoursePage


def private_storage():
    return storages["private"]


class Manuscript(models.Model):
    """Waits with its file and pictures until lessons are made of it, or it is discarded; then the files go.

    reading: `manuscripts.reading.Reading.as_json()` in the language of who brought it, each lesson with `codes`, the
    topics that were guessed. choices: what the author typed on the page so far, by field name.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("manuscript", "waits for you")
        MADE = "made", pgettext_lazy("manuscript", "lessons made")

    KINDS = [("docx", "Word"), ("md", "Markdown"), ("zip", "Markdown, ZIP")]

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    course = models.ForeignKey(CoursePage, on_delete=models.CASCADE, related_name="manuscripts")
    title = models.CharField(max_length=255)
    kind = models.CharField(max_length=8, choices=KINDS)
    split = models.BooleanField(_("a lesson for each heading of level 1"), default=True)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=80)
    reading = models.JSONField(default=dict)
    choices = models.JSONField(default=dict)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    made = models.JSONField(default=list)  # [{page, title, new}]
    uploaded_at = models.DateTimeField(_("uploaded"))
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("manuscript")
        verbose_name_plural = _("manuscripts")
        ordering = ["-uploaded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="made", finished_at__isnull=False) | Q(status="waiting", finished_at=None),
                name="manuscript_finished_when_made",
            ),
            models.CheckConstraint(condition=Q(kind__in=["docx", "md", "zip"]), name="manuscript_kind_known"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("manuscript_page", args=[self.uuid])

    @property
    def is_waiting(self) -> bool:
        return self.status == self.Status.WAITING

    # --- Files, below the manuscript's own folder of the private storage ---

    def _name(self, name: str) -> str:
        return f"manuscripts/{self.uuid}/{name}"

    def picture_name(self, key: str) -> str:
        """Where a picture of the reading lies. Raises KeyError for a key it does not have."""
        return self._name(key + self.reading["pictures"][key]["suffix"])

    def keep_files(self, data: bytes, pictures: dict[str, bytes]) -> None:
        """Store the upload and the pictures of the reading that are not there yet."""
        storage = private_storage()
        for name, content in [(self._name(f"source.{self.kind}"), data),
                              *((self.picture_name(key), content) for key, content in pictures.items())]:  # fmt: skip
            if not storage.exists(name):
                storage.save(name, ContentFile(content))

    def source(self) -> bytes:
        with private_storage().open(self._name(f"source.{self.kind}")) as stream:
            return stream.read()

    def picture(self, key: str) -> bytes:
        with private_storage().open(self.picture_name(key)) as stream:
            return stream.read()

    def _forget_files(self) -> None:
        names = [self._name(f"source.{self.kind}"), *(self.picture_name(key) for key in self.reading.get("pictures", {}))]
        transaction.on_commit(lambda: [private_storage().delete(name) for name in names])

    # --- What happens to it ---

    def note_choices(self, choices: dict[str, list[str]]) -> None:
        """Keep what was typed. Raises WrongState once lessons are made."""
        self._move(choices=choices)

    def note_reading(self, reading: dict[str, Any], *, split: bool) -> None:
        """Another reading of the same file, as one lesson or as several; what was typed about pictures is kept."""
        kept = {name: value for name, value in self.choices.items() if name.startswith("p-")}
        self._move(reading=reading, split=split, choices=kept)

    def note_made(self, pages: list[dict[str, Any]], *, by: User, at: datetime) -> None:
        """Lessons are made, in the caller's transaction; the files are not needed any more."""
        self._move(status=self.Status.MADE, made=pages, finished_at=at, choices={})
        log(self, "curriculum.manuscript.import", by=by, organisation=self.organisation, course=self.course_id,
            sha256=self.sha256, pages=[page["page"] for page in pages])  # fmt: skip
        self._forget_files()

    def drop(self, *, by: User) -> None:
        """Forget an upload. Raises WrongState once lessons are made of it."""
        with transaction.atomic():
            log(self, "curriculum.manuscript.drop", by=by, organisation=self.organisation, sha256=self.sha256)
            self._forget_files()
            if not Manuscript.objects.filter(pk=self.pk, status=self.Status.WAITING).delete()[0]:
                raise WrongState(_("Lessons have been made of this manuscript; its record stays."), obj=self)

    def _move(self, **fields) -> None:
        """Change a manuscript that waits, in one statement."""
        if not Manuscript.objects.filter(pk=self.pk, status=self.Status.WAITING).update(**fields):
            self.refresh_from_db()
            raise WrongState(_("Lessons have been made of this manuscript meanwhile."), obj=self)
        for name, value in fields.items():
            setattr(self, name, value)
