"""The work with the notes of some marks, as the values of the PDF to take away. No names: a code, and assessors by letters."""

from collections.abc import Iterable
from datetime import datetime

from django.core.files.storage import storages
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lms.lib.language import local

from . import productform
from .models import FileCopy, Mark, MarkNote, Submission
from .noted_work import copies_of, copy_of, numbered, quote_of, titles_of
from .passages import FILE, pieces
from .takeaway.draw import Cell, File, Note, Piece, Section, Work
from .takeaway.pages import Sticker, pdf_of

Numbered = list[tuple[int, MarkNote, str]]


def who(letter: str) -> str:
    return _("Assessor %(letter)s") % {"letter": letter} if letter else _("Moderator")


def work_of(submission: Submission, marks: Iterable[Mark], *, language: str, at: datetime) -> Work:
    """Return everything that is printed, in the language that is active."""
    notes = numbered(submission, marks)
    copies = copies_of(submission)
    titles = titles_of(submission)
    day = f"{localtime(submission.submitted_at):%Y-%m-%d}" if submission.submitted_at else ""
    return Work(
        title=local(submission.assignment.item, "title"),
        code=submission.enrolment.anonymous_code,
        facts=_("Handed in on %(day)s") % {"day": day},
        lang="en" if language.startswith("en") else "zh",
        words={"work": _("Work product"), "files": _("Files"), "notes": _("Notes on the work")},
        sections=_sections(submission, notes),
        files=_files(submission, copies, notes),
        notes=[_note(number, note, letter, titles, copies) for number, note, letter in notes],
        made_at=at,
    )


def _note(number: int, note: MarkNote, letter: str, titles: dict[str, str], copies: list[FileCopy | None]) -> Note:
    criterion = local(note.criterion, "title") if note.criterion else ""
    if not note.passage.startswith(FILE):
        return Note(number, who(letter), titles.get(note.passage, ""), note.quote, note.text, criterion)
    place = _("File %(place)s") % {"place": note.passage.removeprefix(FILE)}
    where = f"{place} · {quote_of(note, there=copy_of(note, copies) is not None)}"
    return Note(number, who(letter), where, "", note.text, criterion)


def _sections(submission: Submission, notes: Numbered) -> list[Section]:
    def cut(passage: str, text: str) -> list[Piece]:
        on_it = [(number, note.start, note.end) for number, note, _letter in notes if note.passage == passage]
        return [Piece(piece.text, bool(piece.numbers), piece.ends) for piece in pieces(text, on_it)]

    found = []
    for field in productform.draw(submission.run.script().deliverable, submission.fields):
        title = local(field.field, "label")
        if field.kind == "table":
            rows = [
                [
                    Cell([Piece(local(cell.choice, "label"))] if cell.choice
                         else cut(f"{field.key}.{row.index}.{cell.column.key}", cell.value))
                    for cell in row.cells
                ]
                for row in field.rows
            ]  # fmt: skip
            columns = [local(column, "label") for column in field.field.columns]
            found.append(Section(title, "table", columns=columns, rows=rows))
        else:
            chosen = [Piece(local(field.choice, "label"))] if field.choice else cut(field.key, field.value)
            found.append(Section(title, pieces=chosen))
    return found


def _files(submission: Submission, copies: list[FileCopy | None], notes: Numbered) -> list[File]:
    """The files with what of them follows: pages of PDF as they are, others as their pictures."""
    found = []
    for place, (file, copy) in enumerate(zip(submission.current_files(), copies, strict=True), start=1):
        name, pdf = file.neutral_name(place), _pdf(copy)
        stickers = [
            Sticker(note.start, number, who(letter), note.text, _region(note) if copy_of(note, copies) else None)
            for number, note, letter in notes if note.passage == f"{FILE}{place}"
        ]  # fmt: skip
        said = _("its pages follow") if pdf else _("has no pages that could be shown here")
        here = ngettext("%(count)s note", "%(count)s notes", len(stickers)) % {"count": len(stickers)}
        found.append(File(name, f"{said} · {here}" if stickers else str(said), pdf, stickers))
    return found


def _region(note: MarkNote) -> tuple[float, float, float, float] | None:
    if note.region is None:
        return None
    left, top, right, bottom = map(float, note.region)
    return left, top, right, bottom


def _pdf(copy: FileCopy | None) -> bytes:
    if copy is None:
        return b""
    if copy.file.extension == "pdf":
        with copy.cleaned.open("rb") as stored:
            return stored.read()
    pictures = []
    for place in copy.places:
        with storages["private"].open(copy.page_name(place)) as picture:
            pictures.append(picture.read())
    return pdf_of(pictures)
