"""A SCORM package of a base: checked when it was brought, its files kept under the hash of the ZIP, never changed."""

import hashlib
import uuid
import zipfile
from datetime import datetime
from typing import Any, BinaryIO

from django.core.files.base import File
from django.core.files.storage import storages
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, Role, User
from accounts.permissions import organisation_ids
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.hashing import file_hash
from lms.lib.immutable import ImmutableRow

from ..scorm_manifest import SCORM_12, SCORM_2004, read_scorm
from .edition import EditionItem
from .errata import ErratumChange
from .pages import LessonPage


def private_storage():
    return storages["private"]


def stored_name(sha256: str, path: str) -> str:
    """Return where a file of a package lies: by hashes alone, so that no name of a package becomes a path of ours."""
    return f"scorm/{sha256.removeprefix('sha256:')}/{hashlib.sha256(path.encode()).hexdigest()[:40]}"


class ScormPackageQuerySet(models.QuerySet):
    def readable_by(self, user: User):
        """A base's packages for its authors and reviewers."""
        if user.is_superuser:
            return self
        return self.filter(organisation__in=organisation_ids(user, Role.AUTHOR, Role.BASE_REVIEWER))


class ScormPackage(models.Model):
    """One package of one base. The same ZIP twice is the same package."""

    VERSIONS = [(SCORM_12, "SCORM 1.2"), (SCORM_2004, "SCORM 2004")]

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("training base"))
    title = models.CharField(_("title"), max_length=255)
    version = models.CharField(_("version"), max_length=8, choices=VERSIONS)
    summary = models.JSONField(default=dict)  # Manifest.as_json()
    launch = models.CharField(max_length=1000)
    sha256 = models.CharField(max_length=80)
    size = models.PositiveBigIntegerField(_("size"))
    files = models.JSONField(default=list)  # names
    uploaded_at = models.DateTimeField(_("uploaded"))
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = ScormPackageQuerySet.as_manager()

    class Meta:
        verbose_name = _("SCORM package")
        verbose_name_plural = _("SCORM packages")
        ordering = ["-uploaded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "sha256"], name="one_scorm_package_per_zip"),
            models.CheckConstraint(condition=Q(version__in=["1.2", "2004"]), name="scorm_version_known"),
        ]

    def __str__(self) -> str:
        return self.title

    @classmethod
    def receive(cls, source: BinaryIO, *, organisation: Organisation, by: User, at: datetime, title: str = "") -> "ScormPackage":
        """Check a ZIP and keep it. The same ZIP again gives the package that is there. Raises package.Unreadable."""
        manifest, names = read_scorm(source)
        source.seek(0)
        sha256 = file_hash(source)
        if found := cls.objects.filter(organisation=organisation, sha256=sha256).first():
            return found
        source.seek(0, 2)
        size = source.tell()
        with zipfile.ZipFile(source) as archive:
            for name in names:
                _keep(archive, name, stored_name(sha256, name))
        try:
            with transaction.atomic():
                package = cls.objects.create(
                    organisation=organisation, title=(title or manifest.title or manifest.scos[0].href)[:255],
                    version=manifest.version, summary=manifest.as_json(), launch=manifest.scos[0].href, sha256=sha256,
                    size=size, files=names, uploaded_at=at, uploaded_by=by,
                )  # fmt: skip
                log(package, "curriculum.scorm.upload", by=by, organisation=organisation, sha256=sha256)
        except IntegrityError:  # somebody brought it in the same moment
            return cls.objects.get(organisation=organisation, sha256=sha256)
        return package

    def save(self, *args, **kwargs) -> None:
        if not self._state.adding:
            raise ImmutableRow("A SCORM package is not changed; bring the new ZIP as another one.")
        super().save(*args, **kwargs)

    def snapshot(self) -> dict[str, Any]:
        """What a lesson keeps of the package, and what its hash covers."""
        return {"id": str(self.uuid), "title": self.title, "version": self.version, "sha256": self.sha256}

    @property
    def sco(self) -> dict[str, Any]:
        return self.summary["scos"][0]

    def used_in(self) -> str:
        """Return the title of a lesson that shows it, in an edition or as it stands now; "" when none does."""
        items = EditionItem.objects.filter(edition__organisation=self.organisation, kind=EditionItem.Kind.LESSON)
        for item in items.select_related("revision").order_by("pk").iterator(chunk_size=50):
            if _names(item.content(), self.sha256):
                return item.title
        changes = ErratumChange.objects.filter(item__edition__organisation=self.organisation).select_related("item", "revision")
        for change in changes.iterator(chunk_size=50):
            if _names(change.content(), self.sha256):
                return change.item.title
        for page in LessonPage.objects.select_related("latest_revision").iterator(chunk_size=50):
            if page.latest_revision and _names(page.latest_revision.content, self.sha256):
                return page.title
        return ""

    def drop(self, *, by: User) -> None:
        """Delete the package and its files. Raises WrongState when a lesson shows it."""
        with transaction.atomic():
            if where := self.used_in():
                raise WrongState(_("“%(title)s” is shown in the lesson “%(lesson)s”; it can't be deleted.")
                                 % {"title": self.title, "lesson": where}, obj=self)  # fmt: skip
            log(self, "curriculum.scorm.delete", by=by, organisation=self.organisation, sha256=self.sha256)
            ScormPackage.objects.filter(pk=self.pk).delete()
            if not ScormPackage.objects.filter(sha256=self.sha256).exists():
                names = [stored_name(self.sha256, name) for name in self.files]
                transaction.on_commit(lambda: [private_storage().delete(name) for name in names])


def _keep(archive: zipfile.ZipFile, name: str, target: str) -> None:
    storage = private_storage()
    size = archive.getinfo(name).file_size
    if storage.exists(target):
        if storage.size(target) == size:
            return
        storage.delete(target)
    with archive.open(name) as stream:
        storage.save(target, File(stream, name=target))


def _names(content: dict[str, Any], sha256: str) -> bool:
    body = content.get("body") or ""
    return sha256 in (body if isinstance(body, str) else str(body))
