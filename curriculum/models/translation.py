"""English beside the Chinese: the working copy of a page's translation, segment by segment, and what has been approved.

A translation is no page. The Chinese page is the only one that lists, choosers, coverage, editions and results know; the
English text is laid over a revision when it is read (`curriculum/reading.py`), by the hash of the very text it translates.
So an edition, a later draft and a correction each find the translation of what they say.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.models import Page

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.hashing import content_hash
from lms.lib.immutable import AppendOnly

from ..segments import Segment, segments_of, source_hash
from ..signals import translation_approved
from ..translation_checks import problems, tidy

IN_LISTS = ("title", "summary", "sector")  # what lists show of a page

KINDS = [("course", _("course")), ("lesson", _("lesson")), ("case", _("case scenario"))]


class TranslationQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(done__gt=0)

    def share_of(self, page_ids: Iterable[int]) -> int | None:
        """Return the percent of these pages that is approved; None when nobody has begun. One query."""
        sums = self.filter(page__in=list(page_ids)).aggregate(total=models.Sum("total"), approved=models.Sum("approved"))
        return 100 * sums["approved"] // sums["total"] if sums["total"] else None

    def sync(self, page: Page, content: dict[str, Any], kind: str, organisation: Organisation) -> "Translation":
        """Bring the working copy of a page up to what its latest revision says. Three to five queries."""
        with transaction.atomic():
            held = self.select_for_update()  # before its segments, as everything that writes both
            found, _made = held.get_or_create(page_id=page.pk, defaults={"organisation": organisation, "kind": kind})
            found._take_over(segments_of(kind, content))
        return found


class Translation(models.Model):
    """One page in English. `entries`: what is approved, {key: [[hash of the source, text], …]}, the newest last."""

    page = models.OneToOneField(Page, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="translations")
    kind = models.CharField(max_length=10, choices=KINDS)
    # Counted over the segments of the latest revision.
    total = models.PositiveIntegerField(default=0)
    drafts = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    approved = models.PositiveIntegerField(default=0)
    old = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(_("version"), default=0)
    entries = models.JSONField(default=dict)
    titles = models.JSONField(default=dict)  # of `entries`, what lists show
    approved_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)  # why the reviewer gave parts back
    noted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField(null=True, blank=True)

    objects = TranslationQuerySet.as_manager()

    class Meta:
        verbose_name = _("translation")
        verbose_name_plural = _("translations")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["course", "lesson", "case"]), name="translation_kind_known"),
            models.CheckConstraint(
                condition=Q(drafts__lte=F("total"), done__lte=F("total"), approved__lte=F("total")),
                name="translation_counts_within_total",
            ),
        ]

    def __str__(self) -> str:
        return str(self.page)

    def get_absolute_url(self) -> str:
        return reverse("translation_edit", args=[self.page_id])

    @property
    def share(self) -> int:
        """Percent of the page that is approved; 100 for one without Chinese."""
        return 100 * self.approved // self.total if self.total else 100

    def _take_over(self, segments: list[Segment]) -> None:
        """Make the rows say what the source says now; translations stay, what changed below them is to be looked at."""
        rows = {row.key: row for row in self.segments.select_for_update()}
        added, changed = [], []
        for position, segment in enumerate(segments):
            row = rows.pop(segment.key, None)
            if row is None:
                row = TranslationSegment(translation=self, key=segment.key)
                row.take_source(segment, position, self._approved_text(segment))
                added.append(row)
            elif (row.source, row.position, row.kind, row.unit, row.present) != (
                segment.source, position, segment.kind, segment.unit, True,
            ):  # fmt: skip
                row.take_source(segment, position, self._approved_text(segment))
                changed.append(row)
        for row in rows.values():
            if row.present:
                row.present = False
                changed.append(row)
        self._from_memory([row for row in added if not row.target])
        TranslationSegment.objects.bulk_create(added)
        fields = ["source", "source_hash", "position", "kind", "unit", "present", "target", "target_source", "status", "number"]
        TranslationSegment.objects.bulk_update(changed, fields)
        self.count()

    def _approved_text(self, segment: Segment) -> str:
        versions = dict(tuple(line) for line in self.entries.get(segment.key, []))
        return versions.get(segment.hash, "")

    def _from_memory(self, rows: "list[TranslationSegment]") -> None:
        """Give new segments, as drafts, what is approved for the same text elsewhere at this organisation: one query."""
        if not rows:
            return
        known = TranslationSegment.objects.filter(
            translation__organisation=self.organisation_id, status=TranslationSegment.Status.APPROVED,
            source_hash__in=[source_hash(row.source) for row in rows],
        )  # fmt: skip
        texts = {(row.source, row.kind): row.target for row in known.order_by("pk")}
        for row in rows:
            if text := texts.get((row.source, row.kind)):
                row.target, row.target_source, row.status = text, row.source, TranslationSegment.Status.DRAFT

    def count(self) -> None:
        """Count the segments anew: one query and the row's own."""
        status = TranslationSegment.Status
        counted = self.segments.filter(present=True).aggregate(
            total=models.Count("pk"), drafts=models.Count("pk", filter=Q(status=status.DRAFT)),
            done=models.Count("pk", filter=Q(status=status.DONE)),
            approved=models.Count("pk", filter=Q(status=status.APPROVED)),
            old=models.Count("pk", filter=~Q(target="") & ~Q(target_source=F("source"))),
        )  # fmt: skip
        Translation.objects.filter(pk=self.pk).update(**counted)
        for name, value in counted.items():
            setattr(self, name, value)

    def approve(self, *, by: User, at: datetime, numbers: dict[str, int]) -> int:
        """Let readers see what is marked as done, except what this person translated; return how many segments.

        numbers: the `number` of each segment as the reviewer saw it; what was changed meanwhile is left for later.
        Raises WrongState when nothing is left to approve.
        """
        with transaction.atomic():
            locked = Translation.objects.select_for_update().get(pk=self.pk)
            rows = self.segments.filter(present=True, status=TranslationSegment.Status.DONE).exclude(edited_by=by)
            rows = rows.select_for_update()  # what is approved is what was read here
            rows = [row for row in rows if numbers.get(str(row.pk)) == row.number and not row.problems()]
            if not rows:
                why = _("Nothing here waits for your approval: it was changed meanwhile, or you translated it.")
                raise WrongState(why, obj=self)
            changes = {row.key: [source_hash(row.source), row.target] for row in rows}
            entries = dict(locked.entries)
            for key, line in changes.items():
                entries[key] = [*(old for old in entries.get(key, []) if old[0] != line[0]), line]
            TranslationSegment.objects.filter(pk__in=[row.pk for row in rows]).update(
                status=TranslationSegment.Status.APPROVED, approved_by=by, approved_at=at, number=F("number") + 1
            )
            fields = {
                "entries": entries, "titles": {k: v for k, v in entries.items() if k in IN_LISTS},
                "version": locked.version + 1, "approved_at": at, "note": "", "noted_by": None,
            }  # fmt: skip
            Translation.objects.filter(pk=self.pk).update(**fields)
            self.refresh_from_db()
            release = TranslationRelease.objects.create(
                translation=self, number=self.version, changes=changes, content_hash=content_hash(entries),
                approved_by=by, approved_at=at,
            )  # fmt: skip
            self.count()
            log(self.page, "curriculum.translation.approve", by=by, organisation=self.organisation,
                version=release.number, segments=len(rows), hash=release.content_hash)  # fmt: skip
            translation_approved.send(sender=Translation, translation=self)
        return len(rows)

    def send_back(self, *, by: User, at: datetime, note: str) -> None:
        """Give what is marked as done back to its translators, with the reason. Raises WrongState when nothing is."""
        if not note.strip():
            raise WrongState(_("Say why."), obj=self)
        with transaction.atomic():
            Translation.objects.filter(pk=self.pk).update(note=note.strip(), noted_by=by, changed_at=at)
            rows = self.segments.filter(present=True, status=TranslationSegment.Status.DONE)
            if not rows.update(status=TranslationSegment.Status.DRAFT, number=F("number") + 1):
                raise WrongState(_("Nothing here waits for approval any more."), obj=self)
            self.refresh_from_db()
            self.count()
            log(self.page, "curriculum.translation.return", by=by, organisation=self.organisation)

    def recomputed_entries(self) -> dict[str, Any]:
        """Return `entries` folded from the releases, for audits."""
        entries: dict[str, Any] = {}
        for release in self.releases.order_by("number"):
            for key, line in release.changes.items():
                entries[key] = [*(old for old in entries.get(key, []) if old[0] != line[0]), line]
        return entries


class TranslationSegment(models.Model):
    """One text of the page and its English. `target_source`: the Chinese it was translated from."""

    class Status(models.TextChoices):
        EMPTY = "empty", pgettext_lazy("translation", "not translated")
        DRAFT = "draft", pgettext_lazy("translation", "being translated")
        DONE = "done", pgettext_lazy("translation", "waits for approval")
        APPROVED = "approved", pgettext_lazy("translation", "approved")

    translation = models.ForeignKey(Translation, on_delete=models.CASCADE, related_name="segments")
    key = models.CharField(max_length=255)
    position = models.PositiveIntegerField()
    unit = models.CharField(max_length=255)
    kind = models.CharField(max_length=8)
    source = models.TextField()
    source_hash = models.CharField(max_length=32, db_index=True)
    target = models.TextField(blank=True)
    target_source = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.EMPTY)
    number = models.PositiveIntegerField(default=0)  # grows with every change: who saves says which one they saw
    present = models.BooleanField(default=True)  # whether the latest revision has this text
    edited_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    edited_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("segment")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["translation", "key"], name="segment_key_once"),
            models.CheckConstraint(
                condition=Q(status="empty", target="") | Q(status="draft") | (Q(status__in=["done", "approved"]) & ~Q(target="")),
                name="segment_status_fits_target",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["done", "approved"]) | Q(target_source=F("source")) | Q(present=False),
                name="segment_done_is_of_this_source",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def is_old(self) -> bool:
        """Whether the Chinese has changed since it was translated."""
        return bool(self.target) and self.target_source != self.source

    def problems(self) -> list[str]:
        """Return what keeps the translation from being approved, as keys."""
        return problems(self.kind, self.source, self.target)

    def take_source(self, segment: Segment, position: int, approved: str) -> None:
        """Take over the text of the latest revision. approved: the translation of exactly this text, if there is one."""
        changed = segment.source != self.source
        self.source, self.source_hash = segment.source, segment.hash
        self.position, self.kind, self.unit, self.present = position, segment.kind, segment.unit, True
        if not changed:
            return
        self.number += 1
        if approved:
            self.target, self.target_source, self.status = approved, segment.source, self.Status.APPROVED
        elif self.target:
            self.status = self.Status.DRAFT
        else:
            self.status = self.Status.EMPTY

    def write(self, text: str, *, done: bool, seen: int, by: User, at: datetime) -> list[str]:
        """Keep what was typed; mark it as done when nothing is wrong with it. Returns what is wrong, as keys.

        seen: the number the page showed. The same text again is harmless. Raises WrongState when somebody else has
        changed it since, or the Chinese has.
        """
        text = tidy(self.kind, text)
        found = problems(self.kind, self.source, text)
        status = self.Status.EMPTY if not text else self.Status.DONE if done and not found else self.Status.DRAFT
        if text == self.target and self.status in (status, self.Status.APPROVED):
            return found if done else []
        target_source = self.source if status == self.Status.DONE or not self.target else self.target_source
        with transaction.atomic():
            Translation.objects.filter(pk=self.translation_id).update(changed_at=at)
            rows = TranslationSegment.objects.filter(pk=self.pk, number=seen, present=True)
            if not rows.update(target=text, target_source=target_source, status=status, number=seen + 1, edited_by=by,
                               edited_at=at):  # fmt: skip
                raise WrongState(_("Somebody has changed this text meanwhile; compare before you save."), obj=self.translation)
        self.refresh_from_db()
        return found if done else []


class TranslationRelease(AppendOnly):
    """One approval: which texts readers saw from then on. The releases together give `Translation.entries`."""

    translation = models.ForeignKey(Translation, on_delete=models.CASCADE, related_name="releases")
    number = models.PositiveIntegerField()
    changes = models.JSONField()  # {key: [hash of the source, text]}
    content_hash = models.CharField(max_length=80)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["translation", "number"], name="translation_release_once"),
        ]

    def __str__(self) -> str:
        return f"{self.translation_id} v{self.number}"
