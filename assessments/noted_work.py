"""A work product with the notes of its marks beside the passages: for the trainee, after the release, without names."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from lms.lib.language import local

from .feedback import lettered
from .models import Mark, MarkNote, Submission
from .passages import FILE, Piece, pieces, text_of


@dataclass(frozen=True)
class ShownNote:
    """letter: of the assessor, "" for the moderator."""

    number: int
    letter: str
    quote: str
    text: str


@dataclass(frozen=True)
class NotedPassage:
    """title: the field, with row and column of a table; pieces: the text cut at the notes, none for a page of a file."""

    title: str
    pieces: list[Piece]
    notes: list[ShownNote]


def noted(submission: Submission, marks: Iterable[Mark]) -> list[NotedPassage]:
    """Return the passages with notes in the order of the work, numbered through: one query."""
    letters = {mark.pk: mark.letter for mark in lettered(marks)}
    notes = list(MarkNote.objects.filter(mark__in=letters).order_by("start", "end", "pk"))
    if not notes:
        return []
    deliverable = submission.run.script().deliverable
    titles: dict[str, str] = {}
    for spec in deliverable.fields:
        titles[spec.key] = local(spec, "label")
        for row in range(len(submission.fields.get(spec.key) or []) if spec.kind == "table" else 0):
            for column in spec.columns:
                words = {"field": local(spec, "label"), "row": row + 1, "column": local(column, "label")}
                titles[f"{spec.key}.{row}.{column.key}"] = _("%(field)s, row %(row)s, %(column)s") % words
    order = {passage: place for place, passage in enumerate(titles)}
    notes.sort(key=lambda note: (order.get(note.passage, len(order)), note.passage, note.start, note.end, note.pk))
    found, number = [], 0
    for passage in dict.fromkeys(note.passage for note in notes):
        shown, places = [], []
        for note in (note for note in notes if note.passage == passage):
            number += 1
            quote = _("page %(page)s") % {"page": note.start} if passage.startswith(FILE) else note.quote
            shown.append(ShownNote(number, letters[note.mark_id], quote, note.text))
            places.append((number, note.start, note.end))
        text = text_of(submission.fields, passage)
        title = titles.get(passage) or _("File %(place)s") % {"place": passage.removeprefix(FILE)}
        found.append(NotedPassage(title, pieces(text, places) if text else [], shown))
    return found
