"""An edition: a course frozen for teaching. It lists page revisions and a hash over them; it does not copy pages."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from lms.lib.immutable import AppendOnly, AppendOnlyQuerySet

from .syllabus import Level, Syllabus


class EditionQuerySet(AppendOnlyQuerySet):
    def for_base(self, organisation: Organisation):
        return self.filter(organisation=organisation)


class Edition(AppendOnly):
    """One frozen state of a course: syllabus version, ordered page revisions, content hash."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="editions")
    course = models.ForeignKey(
        "curriculum.CoursePage", on_delete=models.PROTECT, related_name="editions", verbose_name=_("course")
    )
    number = models.PositiveIntegerField(_("edition number"))
    syllabus = models.ForeignKey(Syllabus, on_delete=models.PROTECT, related_name="editions")
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="editions")
    title = models.CharField(max_length=255)
    title_en = models.CharField(max_length=255, blank=True)
    # Frozen from CoursePage.parts: [{key, kind, title, title_en, weight, pass_mark, cases: [case item uuids]}]
    parts = models.JSONField(default=list)
    content_hash = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["course", "number"], name="edition_number_once")]

    def __str__(self) -> str:
        return f"{self.title} #{self.number}"


class EditionItem(AppendOnly):
    """One page of an edition, at one revision."""

    class Kind(models.TextChoices):
        COURSE = "course", _("course")
        LESSON = "lesson", _("lesson")
        CASE = "case", _("case scenario")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    page = models.ForeignKey("wagtailcore.Page", on_delete=models.PROTECT, related_name="+")
    revision = models.ForeignKey("wagtailcore.Revision", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=255)
    title_en = models.CharField(max_length=255, blank=True)
    summary = models.TextField(blank=True)
    summary_en = models.TextField(blank=True)
    minutes = models.PositiveIntegerField(default=0, help_text=_("Nominal time; more is not counted as hours."))
    topic_codes = models.JSONField(default=list)
    required = models.BooleanField(default=True, help_text=_("For cases: must be passed for the award."))
    content_hash = models.CharField(max_length=80)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "position"], name="edition_position_once"),
            models.UniqueConstraint(fields=["edition", "page"], name="edition_page_once"),
            models.CheckConstraint(condition=Q(kind__in=["course", "lesson", "case"]), name="edition_item_kind_known"),
        ]

    def __str__(self) -> str:
        return self.title
