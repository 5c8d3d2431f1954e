"""An edition: a course frozen for teaching. It lists page revisions and a hash over them; it does not copy pages."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.hashing import content_hash
from lms.lib.immutable import AppendOnly, AppendOnlyQuerySet

from ..demand_checks import guard
from ..signals import edition_created
from .syllabus import Level, Syllabus, Topic

if TYPE_CHECKING:
    from ..contents import Entry


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
    # How the page hashes were taken; see curriculum.contents.page_hash. Older editions keep their scheme for good.
    hash_scheme = models.PositiveSmallIntegerField(default=2)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["course", "number"], name="edition_number_once"),
            models.CheckConstraint(condition=Q(hash_scheme__in=[1, 2]), name="edition_hash_scheme_known"),
        ]

    def __str__(self) -> str:
        return f"{self.title} #{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("edition_detail", args=[self.uuid])

    @classmethod
    def freeze(
        cls, entries: "list[Entry]", parts: list[dict[str, Any]], hashes: list[str], *, level: Level,
        organisation: Organisation, by: User, at: datetime,
    ) -> "Edition":  # fmt: skip
        """Write the edition of a course from its reviewed revisions, and tell the world.

        entries: course page first, then lessons, then cases (curriculum/contents.py); hashes: one for each.
        parts: assessment parts with page ids as cases.
        Raises WrongState when a firm behind a case does not allow it (`demand_checks.guard`).
        """
        guard(entries, day=timezone.localdate(at))
        course = entries[0].page
        codes = dict(Topic.objects.filter(module__level=level).values_list("pk", "code"))
        uuids = {entry.page.pk: uuid.uuid4() for entry in entries}
        frozen_parts = [part | {"cases": [str(uuids[page]) for page in part["cases"]]} for part in parts]
        with transaction.atomic():
            number = (cls.objects.filter(course_id=course.pk).aggregate(n=models.Max("number"))["n"] or 0) + 1
            edition = cls.objects.create(
                organisation=organisation,
                course_id=course.pk,
                number=number,
                syllabus=level.syllabus,
                level=level,
                title=entries[0].content["title"],
                title_en=entries[0].content.get("title_en", ""),
                parts=frozen_parts,
                content_hash=cls.hash_of(
                    level, [(e.kind, e.required, h) for e, h in zip(entries, hashes, strict=True)],
                    _parts_by_place(parts, [e.page.pk for e in entries]),
                ),
                created_at=at,
                created_by=by,
            )
            EditionItem.objects.bulk_create(
                EditionItem(
                    uuid=uuids[entry.page.pk],
                    edition=edition,
                    position=position,
                    kind=entry.kind,
                    page=entry.page,
                    revision=entry.revision,
                    title=entry.content["title"],
                    title_en=entry.content.get("title_en", ""),
                    summary=entry.content.get("summary", ""),
                    summary_en=entry.content.get("summary_en", ""),
                    minutes=entry.content.get("minutes") or 0,
                    topic_codes=[codes[pk] for pk in entry.content.get("topics", []) if pk in codes],
                    required=entry.required,
                    core_release=entry.release,
                    content_hash=page_hash,
                )
                for position, (entry, page_hash) in enumerate(zip(entries, hashes, strict=True))
            )
            log(edition, "curriculum.edition.create", by=by, organisation=organisation, hash=edition.content_hash)
            edition_created.send(sender=cls, edition=edition, at=at)
        return edition

    @staticmethod
    def hash_of(level: Level, items: list[tuple[str, bool, str]], parts: list[dict[str, Any]]) -> str:
        """Return the hash over syllabus version, level, the ordered pages (kind, required, hash) and the parts.

        The parts name their cases by place in the order, so that the hash can be computed anywhere.
        """
        return content_hash(
            {
                "syllabus": level.syllabus.content_hash,
                "level": level.code,
                "items": [list(item) for item in items],
                "parts": parts,
            }
        )

    def recompute_hash(self) -> str:
        """Return the hash from the frozen rows, for audits. Two queries."""
        items = list(self.items.all())
        lines = [(item.kind, item.required, item.content_hash) for item in items]
        return self.hash_of(self.level, lines, _parts_by_place(self.parts, [str(item.uuid) for item in items]))

    def parts_by_place(self) -> list[dict[str, Any]]:
        """Return the parts with their cases as places in the order of the items. One query."""
        return _parts_by_place(self.parts, [str(uuid) for uuid in self.items.values_list("uuid", flat=True)])

    def items_of(self, kind: str) -> "models.QuerySet[EditionItem]":
        """Return the lessons or cases of this edition in order."""
        return self.items.filter(kind=kind)


def _parts_by_place(parts: list[dict[str, Any]], names: list) -> list[dict[str, Any]]:
    return [part | {"cases": [names.index(case) for case in part["cases"]]} for part in parts]


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
    core_release = models.ForeignKey(
        "curriculum.CoreRelease", on_delete=models.PROTECT, null=True, blank=True, related_name="edition_items",
        help_text=_("Set when the page is national core, which the base includes and does not write."),
    )  # fmt: skip
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

    def content(self) -> dict[str, Any]:
        """Return the frozen content as it stands in the revision. One query unless the revision is loaded."""
        return self.revision.content

    def load(self) -> Page:
        """Return the page object of this revision, to be drawn. One query when `page` and `revision` are not loaded."""
        model = {
            self.Kind.COURSE: "CoursePage", self.Kind.LESSON: "LessonPage", self.Kind.CASE: "CaseScenarioPage",
        }[self.Kind(self.kind)]  # fmt: skip
        return apps.get_model("curriculum", model).from_serializable_data(self.content(), check_fks=False)
