"""An edition brought from outside: the file as it was uploaded, what was found in it, and the drafts made of it."""

import uuid
from datetime import datetime
from typing import Any

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


def upload_path(instance: "EditionImport", filename: str) -> str:
    return f"edition-imports/{instance.uuid}.zip"


class EditionImport(models.Model):
    """One uploaded package. The file stays until drafts are made of it, so a package that is refused for what is
    missing here (a syllabus version, an accreditation) is checked again without another upload."""

    class Status(models.TextChoices):
        REFUSED = "refused", pgettext_lazy("import", "refused")
        CHECKED = "checked", pgettext_lazy("import", "can be imported")
        IMPORTING = "importing", pgettext_lazy("import", "being imported")
        IMPORTED = "imported", pgettext_lazy("import", "imported as drafts")

    WAITING = ["refused", "checked"]

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="edition_imports")
    file = models.FileField(storage=private_storage, upload_to=upload_path, max_length=200, blank=True)
    original_name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=80)
    title = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices)
    report = models.JSONField(default=list)  # [{place, state, text}], in the language of who looked
    expected_hash = models.CharField(max_length=80, blank=True)  # of the edition in the package
    resulting_hash = models.CharField(max_length=80, blank=True)  # that an edition of the drafts would have
    course = models.ForeignKey(CoursePage, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("imported edition")
        verbose_name_plural = _("imported editions")
        ordering = ["-uploaded_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="imported", finished_at__isnull=False)
                | (~Q(status="imported") & Q(finished_at=None, course=None)),
                name="import_finished_when_imported",
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.original_name

    def get_absolute_url(self) -> str:
        return reverse("edition_import_page", args=[self.uuid])

    @property
    def same_hash(self) -> bool:
        return bool(self.resulting_hash) and self.expected_hash == self.resulting_hash

    def note_check(self, *, good: bool, report: list[dict[str, Any]], title: str, expected_hash: str) -> None:
        """Keep what a look into the package found. Raises WrongState when it is being imported or was."""
        status = self.Status.CHECKED if good else self.Status.REFUSED
        self._move(self.WAITING, status, report=report, title=title[:255], expected_hash=expected_hash)

    def start(self) -> None:
        """Ask for the drafts. The caller's transaction enqueues the job. Raises WrongState unless checked."""
        self._move([self.Status.CHECKED], self.Status.IMPORTING)

    def note_refusal(self, *, report: list[dict[str, Any]]) -> None:
        """The drafts could not be made; the package is back among those that wait."""
        self._move([self.Status.IMPORTING], self.Status.REFUSED, report=report)

    def note_drafts(self, course: CoursePage, *, report: list[dict[str, Any]], resulting_hash: str, at: datetime) -> None:
        """The drafts are made; the uploaded file is not needed any more."""
        name = self.file.name
        self._move([self.Status.IMPORTING], self.Status.IMPORTED, course=course, finished_at=at, report=report,
                   resulting_hash=resulting_hash, file="")  # fmt: skip
        log(self, "curriculum.edition.import", by=self.uploaded_by, organisation=self.organisation, course=course.pk,
            expected=self.expected_hash, resulting=resulting_hash)  # fmt: skip
        transaction.on_commit(lambda: private_storage().delete(name))

    def drop(self, *, by: User | None) -> None:
        """Forget an upload nobody imported. Raises WrongState for one that was, or is being."""
        name = self.file.name
        with transaction.atomic():
            log(self, "curriculum.edition.drop_import", by=by, organisation=self.organisation, sha256=self.sha256)
            if not EditionImport.objects.filter(pk=self.pk, status__in=self.WAITING).delete()[0]:
                raise WrongState(_("This package has been imported; its record stays."), obj=self)
            transaction.on_commit(lambda: private_storage().delete(name))

    def _move(self, old: list[str], new: str, **fields) -> None:
        if not EditionImport.objects.filter(pk=self.pk, status__in=old).update(status=new, **fields):
            self.refresh_from_db()
            raise WrongState(_("This package has moved on meanwhile."), obj=self)
        self.refresh_from_db()
