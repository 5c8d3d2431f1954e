"""Notes on the work: what an assessor wrote beside a passage or a page of a file. Part of the draft, appended with the mark."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.lib.hashing import content_hash
from lms.lib.immutable import AppendOnly

from ..passages import kept, text_of
from ..regions import as_fractions
from .file_copies import hashes_of
from .rubrics import Criterion


def edge_field() -> models.DecimalField:
    """An edge of a region: a fraction of the page."""
    return models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)


class MarkNote(AppendOnly):
    """passage: a field, or `field.row.column`, with the place of the quote in code points; or `file.<place>`, `start` the page.

    content_hash: of the passage as it stood, so that a note can be shown beside exactly what it was written on. left to
    bottom: a place on a page as fractions of it, on the copy with that hash (`FileCopy.content_hash`) and no other.
    """

    mark = models.ForeignKey("assessments.Mark", on_delete=models.PROTECT, related_name="notes")
    passage = models.CharField(max_length=120)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    quote = models.CharField(max_length=600, blank=True)
    text = models.TextField(_("note"))
    content_hash = models.CharField(max_length=80)
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    left, top, right, bottom = edge_field(), edge_field(), edge_field(), edge_field()
    copy_hash = models.CharField(max_length=80, blank=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("note on the work")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["mark", "position"], name="note_place_once"),
            models.CheckConstraint(
                condition=Q(left=None, top=None, right=None, bottom=None, copy_hash="")
                | Q(left__gte=0, top__gte=0, left__lt=F("right"), top__lt=F("bottom"), right__lte=1, bottom__lte=1)
                & Q(left__isnull=False, top__isnull=False, right__isnull=False, bottom__isnull=False)
                & ~Q(copy_hash=""),
                name="note_region_lies_on_its_page",
            ),
        ]

    @classmethod
    def append(cls, mark, notes: Iterable[dict]) -> None:
        """Append the notes of a draft with its mark; those that say nothing about this work are left out."""
        if not notes:
            return
        fields, criteria = mark.submission.fields, {criterion.key: criterion for criterion in mark.rubric.lines()}
        said = kept(notes, fields, hashes_of(mark.submission.current_files()))
        cls.objects.bulk_create(cls.row(note, place, fields, criteria, mark=mark) for place, note in enumerate(said))

    @classmethod
    def row(cls, note: Mapping[str, Any], place: int, fields: Mapping[str, Any], criteria: dict[str, Criterion], **whose):
        """One note as a row that is not saved. note: as `passages.kept` returns it."""
        return cls(
            position=place,
            **{name: note[name] for name in ("passage", "start", "end", "quote", "text")},
            content_hash=content_hash({"text": text_of(fields, note["passage"]) or ""}),
            criterion=criteria.get(note.get("criterion", "")),
            **(as_fractions(note["region"]) | {"copy_hash": note["copy"]} if "region" in note else {}),
            **whose,
        )

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def region(self) -> tuple[Decimal, Decimal, Decimal, Decimal] | None:
        """The place on the page, None for a passage or a whole page."""
        if self.left is None or self.top is None or self.right is None or self.bottom is None:
            return None
        return self.left, self.top, self.right, self.bottom
