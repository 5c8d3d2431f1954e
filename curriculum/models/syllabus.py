"""The syllabus as a versioned record: levels, modules, topics, hours, competences, each with its source.

A version in force is never edited: what it asks for is what cohorts and certificates name. A change is a new version.
Its life cycle stands in `syllabus_life`.
"""

import uuid
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.lib.errors import WrongState
from lms.lib.hashing import content_hash

from .syllabus_life import SyllabusLife
from .syllabus_standard import SyllabusStandard


def _said(row: models.Model, *names: str) -> dict[str, Any]:
    """These fields as JSON; 2 and 2.00 hours are the same."""
    values = {name: getattr(row, name) for name in names}
    return {name: f"{v.normalize():f}" if isinstance(v, Decimal) else v for name, v in values.items()}


class SyllabusQuerySet(models.QuerySet):
    def in_force(self, at: date | None = None):
        """Versions of all standards in force on that day (today when not given)."""
        at = at or timezone.localdate()
        return self.filter(status=Syllabus.Status.IN_FORCE, in_force_from__lte=at).filter(
            Q(in_force_until=None) | Q(in_force_until__gte=at)
        )

    def national(self):
        """Versions of the national outline."""
        return self.filter(standard__kind=SyllabusStandard.Kind.NATIONAL)

    def leading(self, at: date | None = None) -> "Syllabus | None":
        """Return the version a visitor is shown first: the national one in force on that day; where there is none, the
        version in force that began last; None when nothing is in force."""
        national = Q(standard__kind=SyllabusStandard.Kind.NATIONAL)
        ranked = self.in_force(at).annotate(is_national=models.Case(models.When(national, then=1), default=0))
        return ranked.order_by("-is_national", "-in_force_from", "slug").first()

    def public(self):
        return self.exclude(status=Syllabus.Status.DRAFT)

    def drafts(self):
        return self.filter(status=Syllabus.Status.DRAFT)

    def in_state(self, state: str, at: date):
        """Versions of which `state_at(at)` says this."""
        if state == Syllabus.State.DRAFT:
            return self.drafts()
        if state == Syllabus.State.SCHEDULED:
            return self.public().filter(in_force_from__gt=at)
        if state == Syllabus.State.IN_FORCE:
            return self.in_force(at)
        over = self.public().filter(in_force_from__lte=at, in_force_until__lt=at)
        return over.filter(superseded_by__isnull=state == Syllabus.State.ENDED)


class Syllabus(SyllabusLife):
    """One version of a training syllabus (培训大纲), with its issuer and source."""

    standard = models.ForeignKey(
        SyllabusStandard, on_delete=models.PROTECT, related_name="versions", verbose_name=_("standard")
    )
    base = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="variants",
        verbose_name=_("keeps the required core of"),
        help_text=_("A variant keeps every required topic and hour of this version, and may add its own."),
    )  # fmt: skip
    drafted_from = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="drafts"
    )
    superseded_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="supersedes"
    )
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
    status = models.CharField(
        _("status"), max_length=12, choices=SyllabusLife.Status.choices, default=SyllabusLife.Status.DRAFT
    )
    in_force_from = models.DateField(_("in force from"), null=True, blank=True)
    in_force_until = models.DateField(_("in force until"), null=True, blank=True)
    minutes_per_hour = models.PositiveSmallIntegerField(_("minutes per study hour (学时)"), default=45)
    content_hash = models.CharField(max_length=80, blank=True, editable=False)
    edit_number = models.PositiveIntegerField(default=0, editable=False)  # of a draft; each edit names the one it saw
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)

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
            models.UniqueConstraint(
                fields=["standard", "in_force_from"], condition=Q(status="in_force"), name="one_version_begins_on_a_day"
            ),
            models.UniqueConstraint(
                fields=["standard"], condition=Q(status="in_force", in_force_until=None), name="one_version_without_end"
            ),
            models.CheckConstraint(
                condition=Q(superseded_by=None) | Q(in_force_until__isnull=False), name="superseded_version_has_an_end"
            ),
            models.CheckConstraint(
                condition=~Q(status="draft") | Q(in_force_until=None, superseded_by=None), name="draft_has_no_successor"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"

    def save(self, *args, **kwargs):
        """Save a draft; a version that names no standard founds one. Raises WrongState for an adopted version."""
        if self.pk and Syllabus.objects.public().filter(pk=self.pk).exists():
            raise WrongState(_("This syllabus version is in force; make a new version to change it."), obj=self)
        if self.standard_id is None:
            self.standard = SyllabusStandard.found_for(self)
        super().save(*args, **kwargs)

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

    def content(self) -> dict[str, Any]:
        """Return `as_json()` with the lineage of each topic: what `syllabus_diff` compares and a new draft copies."""
        place = ("module__level__code", "module__code", "code", "lineage")
        rows = Topic.objects.filter(module__level__syllabus=self).values_list(*place)
        lineages = {(level, module, code): str(lineage) for level, module, code, lineage in rows}
        content = self.as_json()
        for level in content["levels"]:
            for module in level["modules"]:
                for row in module["topics"]:
                    row["lineage"] = lineages[level["code"], module["code"], row["code"]]
        return content

    def recompute_hash(self) -> str:
        """Return the hash from the rows as they stand, for audits and comparisons."""
        return content_hash(self.as_json())


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
    lineage = models.UUIDField(default=uuid.uuid4, editable=False, db_index=True)  # copies in later versions share it
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=120)
    title_en = models.CharField(max_length=160)
    required = models.BooleanField(_("required"), default=True)
    hours = models.DecimalField(_("hours"), max_digits=6, decimal_places=2)
    hours_source = models.CharField(_("source of the hours"), max_length=400, blank=True)
    hours_verified = models.BooleanField(_("hours verified"), default=False)
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
        # Of later date: said only where there is something to say, so that the hashes of earlier versions stand.
        own += tuple(name for name in ("hours_source", "hours_verified") if getattr(self, name))
        return _said(self, *own) | {"competences": sorted(c.code for c in self.competences.all())}

    @property
    def is_verified(self) -> bool:
        """The hours are verified themselves, or with those of the whole module."""
        return self.hours_verified or self.module.hours_verified
