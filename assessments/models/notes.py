"""Notes on the work: what an assessor wrote beside a passage or a page of a file. Part of the draft, appended with the mark."""

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.hashing import content_hash
from lms.lib.immutable import AppendOnly

from ..passages import kept, text_of


class MarkNote(AppendOnly):
    """passage: a field, or `field.row.column`, with the place of the quote in code points; or `file.<place>`, `start` the page.

    content_hash: of the passage as it stood, so that a note can be shown beside exactly what it was written on.
    """

    mark = models.ForeignKey("assessments.Mark", on_delete=models.PROTECT, related_name="notes")
    passage = models.CharField(max_length=120)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    quote = models.CharField(max_length=600, blank=True)
    text = models.TextField(_("note"))
    content_hash = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("note on the work")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["mark", "position"], name="note_place_once")]

    @classmethod
    def append(cls, mark, notes: Iterable[dict]) -> None:
        """Append the notes of a draft with its mark; those that say nothing about this work are left out."""
        if not notes:
            return
        submission = mark.submission
        cls.objects.bulk_create(
            cls(
                mark=mark,
                position=place,
                **note,
                content_hash=content_hash({"text": text_of(submission.fields, note["passage"]) or ""}),
            )
            for place, note in enumerate(kept(notes, submission.fields, len(submission.current_files())))
        )

    def __str__(self) -> str:
        return self.text[:60]
