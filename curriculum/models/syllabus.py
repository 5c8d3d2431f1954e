"""The national syllabus as a versioned record: levels, modules, topics, hours, competences, each with its source.

A version in force is never edited: what it asks for is what cohorts and certificates name. A change is a new version.
"""

import uuid
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.hashing import content_hash


def _said(row: models.Model, *names: str) -> dict[str, Any]:
    """These fields as JSON; 2 and 2.00 hours are the same."""
    values = {name: getattr(row, name) for name in names}
    return {name: f"{v.normalize():f}" if isinstance(v, Decimal) else v for name, v in values.items()}


class SyllabusQuerySet(models.QuerySet):
    def in_force(self, at: date | None = None):
        """Versions in force on that day (today when not given)."""
        at = at or timezone.localdate()
        return self.filter(status=Syllabus.Status.IN_FORCE, in_force_from__lte=at).filter(
            Q(in_force_until=None) | Q(in_force_until__gte=at)
        )

    def public(self):
        return self.exclude(status=Syllabus.Status.DRAFT)


class Syllabus(models.Model):
    """One version of a training syllabus (培训大纲), with its issuer and source."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_FORCE = "in_force", _("in force")
        SUPERSEDED = "superseded", _("superseded")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    version = models.CharField(_("version"), max_length=30)
    title = models.CharField(_("title"), max_length=160)
    title_en = models.CharField(_("English title"), max_length=200, blank=True)
    issuer = models.CharField(_("issuer"), max_length=120)
    issuer_en = models.CharField(_("issuer in English"), max_length=160, blank=True)
    document_number = models.CharField(_("document number"), max_length=60, blank=True)
    source_url = models.URLField(_("source"), max_length=400, blank=True)
    source_note = models.TextField(_("what the source says"), blank=True)
    verified = models.BooleanField(_("verified against the official text"), default=False)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.DRAFT)
    in_force_from = models.DateField(_("in force from"), null=True, blank=True)
    in_force_until = models.DateField(_("in force until"), null=True, blank=True)
    minutes_per_hour = models.PositiveSmallIntegerField(_("minutes per study hour (学时)"), default=45)
    content_hash = models.CharField(max_length=80, blank=True, editable=False)

    objects = SyllabusQuerySet.as_manager()

    class Meta:
        verbose_name = _("syllabus version")
        verbose_name_plural = _("syllabus versions")
        ordering = ["-in_force_from", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(in_force_until=None) | Q(in_force_until__gte=F("in_force_from")),
                name="syllabus_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | (Q(in_force_from__isnull=False) & ~Q(content_hash="")),
                name="syllabus_in_force_has_date_and_hash",
            ),
            models.CheckConstraint(condition=Q(minutes_per_hour__gt=0), name="syllabus_hour_has_minutes"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"

    def require_draft(self) -> None:
        """Raise WrongState unless this version may still be edited."""
        if self.status != self.Status.DRAFT:
            raise WrongState(_("This syllabus version is in force; make a new version to change it."), obj=self)

    def get_absolute_url(self) -> str:
        return reverse("syllabus_detail", args=[self.slug])

    def as_json(self) -> dict[str, Any]:
        """Return everything this version says, in its order: what the content hash is taken over."""
        levels = self.levels.prefetch_related("modules__topics__competences", "preconditions")
        own = ("slug", "version", "title", "title_en", "issuer", "issuer_en", "document_number", "source_url",
               "source_note", "verified", "minutes_per_hour")  # fmt: skip
        competence = ("code", "title", "title_en", "kind", "description", "description_en")
        said = _said(self, *own) | {
            "competences": [_said(row, *competence) for row in self.competences.all()],
            "levels": [level.as_json() for level in levels],
        }
        tracks = [track.as_json() for track in self.tracks.prefetch_related("requirements__level", "requirements__topics")]
        return said | ({"tracks": tracks} if tracks else {})  # a version without any keeps the hash it had

    def recompute_hash(self) -> str:
        """Return the hash from the rows as they stand, for audits and comparisons."""
        return content_hash(self.as_json())

    def bring_into_force(self, *, at: date, by=None) -> None:
        """Freeze this version and put it in force from that day. What it asks for can't be edited any more.

        Raises WrongState when it is not a draft or has no levels.
        """
        self.require_draft()
        if not self.levels.exists():
            raise WrongState(_("A syllabus version needs at least one level."), obj=self)
        with transaction.atomic():
            moved = Syllabus.objects.filter(pk=self.pk, status=self.Status.DRAFT).update(
                status=self.Status.IN_FORCE, in_force_from=at, content_hash=self.recompute_hash()
            )
            if not moved:
                raise WrongState(_("This syllabus version is not a draft any more."), obj=self)
            self.refresh_from_db()
            log(self, "curriculum.syllabus.in_force", by=by)


class SyllabusPart(models.Model):
    """A row under a syllabus version: editable only while the version is a draft."""

    class Meta:
        abstract = True

    def get_syllabus(self) -> Syllabus:
        raise NotImplementedError  # each part knows its way up

    def save(self, *args, **kwargs):
        self.get_syllabus().require_draft()
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        self.get_syllabus().require_draft()
        return super().delete(*args, **kwargs)


class Competence(SyllabusPart):
    """What a technology manager can do: a stage of transfer (挖掘…交易) or a service around it (金融、法律、知识产权)."""

    class Kind(models.TextChoices):
        STAGE = "stage", _("stage of technology transfer")
        SERVICE = "service", _("supporting service")

    syllabus = models.ForeignKey(Syllabus, on_delete=models.CASCADE, related_name="competences")
    code = models.SlugField(max_length=30)
    title = models.CharField(max_length=60)
    title_en = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    description = models.TextField(blank=True)
    description_en = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        verbose_name = _("competence")
        verbose_name_plural = _("competences")
        constraints = [models.UniqueConstraint(fields=["syllabus", "code"], name="competence_code_once")]

    def __str__(self) -> str:
        return self.title

    def get_syllabus(self) -> Syllabus:
        return self.syllabus


class Level(SyllabusPart):
    """能力等级: junior, intermediate or senior, as this version defines it."""

    class Code(models.TextChoices):
        JUNIOR = "junior", _("junior")
        INTERMEDIATE = "intermediate", _("intermediate")
        SENIOR = "senior", _("senior")

    syllabus = models.ForeignKey(Syllabus, on_delete=models.CASCADE, related_name="levels")
    code = models.CharField(max_length=12, choices=Code.choices)
    title = models.CharField(max_length=60)
    title_en = models.CharField(max_length=80)
    summary = models.TextField(blank=True)
    summary_en = models.TextField(blank=True)
    admission = models.TextField(_("who may enter"), blank=True)
    admission_en = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        verbose_name = pgettext_lazy("of ability", "level")
        constraints = [models.UniqueConstraint(fields=["syllabus", "code"], name="level_code_once")]

    def __str__(self) -> str:
        return self.title

    def get_syllabus(self) -> Syllabus:
        return self.syllabus

    def as_json(self) -> dict[str, Any]:
        own = ("code", "title", "title_en", "summary", "summary_en", "admission", "admission_en")
        said = _said(self, *own) | {"modules": [module.as_json() for module in self.modules.all()]}
        ways = [row.as_json() for row in self.preconditions.all()]
        return said | ({"preconditions": ways} if ways else {})


class Module(SyllabusPart):
    """课程模块 of one level, with the hours it requires."""

    level = models.ForeignKey(Level, on_delete=models.CASCADE, related_name="modules")
    code = models.SlugField(max_length=40)
    title = models.CharField(max_length=60)
    title_en = models.CharField(max_length=80)
    hours = models.DecimalField(_("required hours"), max_digits=6, decimal_places=2)
    hours_source = models.CharField(_("source of the hours"), max_length=400, blank=True)
    hours_verified = models.BooleanField(_("hours verified"), default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        verbose_name = _("module")
        constraints = [
            models.UniqueConstraint(fields=["level", "code"], name="module_code_once"),
            models.CheckConstraint(condition=Q(hours__gte=0), name="module_hours_not_negative"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_syllabus(self) -> Syllabus:
        return self.level.syllabus

    def as_json(self) -> dict[str, Any]:
        own = ("code", "title", "title_en", "hours", "hours_source", "hours_verified")
        return _said(self, *own) | {"topics": [topic.as_json() for topic in self.topics.all()]}


class Topic(SyllabusPart):
    """课程专题: the smallest item that carries hours."""

    module = models.ForeignKey(Module, on_delete=models.CASCADE, related_name="topics")
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=120)
    title_en = models.CharField(max_length=160)
    required = models.BooleanField(_("required"), default=True)
    hours = models.DecimalField(_("hours"), max_digits=6, decimal_places=2)
    outcomes = models.JSONField(_("learning outcomes"), default=list, blank=True)
    outcomes_en = models.JSONField(default=list, blank=True)
    competences = models.ManyToManyField(Competence, related_name="topics", blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["module__position", "position"]
        verbose_name = _("topic")
        constraints = [
            models.UniqueConstraint(fields=["module", "code"], name="topic_code_once"),
            models.CheckConstraint(condition=Q(hours__gte=0), name="topic_hours_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    def get_syllabus(self) -> Syllabus:
        return self.module.level.syllabus

    def as_json(self) -> dict[str, Any]:
        own = ("code", "title", "title_en", "required", "hours", "outcomes", "outcomes_en")
        return _said(self, *own) | {"competences": sorted(c.code for c in self.competences.all())}
