"""A work product with the notes of its marks beside the passages: for the trainee, after the release, without names."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from lms.lib.language import local

from .feedback import lettered
from .models import AnchorMark, FileCopy, Mark, MarkNote, Submission, SubmissionFile
from .passages import FILE, Piece, pieces, text_of
from .region_words import where
from .regions import in_pixels

Address = Callable[[SubmissionFile, int, int], str]  # of the picture of a page: the file, its place and the page, from 1


@dataclass(frozen=True)
class ShownNote:
    """letter: of the assessor, "" for the moderator; quote: the passage, or which page and where on it; criterion: its title."""

    number: int
    letter: str
    quote: str
    text: str
    criterion: str = ""


@dataclass(frozen=True)
class DrawnPage:
    """A page of a file as a picture; width and height 0 where they are not known. places: (number of the note, x, y, width,
    height) in pixels of the picture."""

    number: int
    source: str
    width: int
    height: int
    places: list[tuple[int, int, int, int, int]] = field(default_factory=list)

    @property
    def letter_size(self) -> int:
        return max(12, self.width // 28)


@dataclass(frozen=True)
class NotedPassage:
    """title: the field, with row and column of a table, or the file; pieces: the text cut at the notes, none for a file; pages:
    those on which a place was marked."""

    title: str
    pieces: list[Piece]
    notes: list[ShownNote]
    pages: list[DrawnPage] = field(default_factory=list)


def drawn_page(copy: FileCopy, number: int, source: str) -> DrawnPage:
    width, height = copy.sizes[number - 1] if number <= len(copy.sizes) else (0, 0)
    return DrawnPage(number, source, width, height)


def numbered(submission: Submission, marks: Iterable[Mark | AnchorMark]) -> list[tuple[int, MarkNote, str]]:
    """Return (number, note, letter of its assessor) of every note, in the order of the work, numbered through: one query."""
    marks = list(marks)
    if marks and isinstance(marks[0], AnchorMark):
        letters, notes = {marks[0].pk: ""}, marks[0].note_rows()
    else:
        letters = {mark.pk: mark.letter for mark in lettered(marks)}
        notes = list(MarkNote.objects.filter(mark__in=letters).select_related("criterion").order_by("start", "end", "pk"))
    if notes:
        order = {passage: place for place, passage in enumerate(titles_of(submission))}
        notes.sort(key=lambda note: (order.get(note.passage, len(order)), note.passage, note.start, note.end, note.pk))
    return [(number, note, letters[note.mark_id]) for number, note in enumerate(notes, start=1)]


def titles_of(submission: Submission) -> dict[str, str]:
    """{passage: its title}, in the order of the work."""
    titles: dict[str, str] = {}
    for spec in submission.run.script().deliverable.fields:
        titles[spec.key] = local(spec, "label")
        for row in range(len(submission.fields.get(spec.key) or []) if spec.kind == "table" else 0):
            for column in spec.columns:
                words = {"field": local(spec, "label"), "row": row + 1, "column": local(column, "label")}
                titles[f"{spec.key}.{row}.{column.key}"] = _("%(field)s, row %(row)s, %(column)s") % words
    return titles


def quote_of(note: MarkNote, *, there: bool = True) -> str:
    """What the note is about: the passage, or which page and where on it. there: its place is that of the copy as it is now."""
    if not note.passage.startswith(FILE):
        return note.quote
    page = _("page %(page)s") % {"page": note.start}
    if note.region is None:
        return page
    if not there:
        return _("%(page)s, on an earlier copy of the file") % {"page": page}
    return _("%(page)s, %(place)s") % {"page": page, "place": where(note.region)}


def copies_of(submission: Submission) -> list[FileCopy | None]:
    """The copy of each file, in their order; None where there is none. Two queries."""
    files = submission.current_files()
    ready = FileCopy.objects.filter(file__in=files, state=FileCopy.State.READY).select_related("file")
    found = {copy.file_id: copy for copy in ready}
    return [found.get(file.pk) for file in files]


def copy_of(note: MarkNote, copies: list[FileCopy | None]) -> FileCopy | None:
    """The copy on which a place was marked, None where the note marks none, or that copy is no longer there."""
    if note.region is None:
        return None
    copy = copies[int(note.passage.removeprefix(FILE)) - 1]
    return copy if copy is not None and copy.content_hash == note.copy_hash and note.start in copy.places else None


def noted(submission: Submission, marks: Iterable[Mark], address: Address) -> list[NotedPassage]:
    """Return the passages with notes in the order of the work: one query, and two where a place on a page was marked."""
    notes = numbered(submission, marks)
    if not notes:
        return []
    titles = titles_of(submission)
    copies = copies_of(submission) if any(note.region for _number, note, _letter in notes) else []
    found = []
    for passage in dict.fromkeys(note.passage for _number, note, _letter in notes):
        shown, places, pages = [], [], {}
        for number, note, letter in notes:
            if note.passage != passage:
                continue
            copy = copy_of(note, copies)
            title = local(note.criterion, "title") if note.criterion else ""
            shown.append(ShownNote(number, letter, quote_of(note, there=copy is not None), note.text, title))
            places.append((number, note.start, note.end))
            if copy is not None and note.region is not None:
                file = int(passage.removeprefix(FILE))
                page = pages.setdefault(note.start, drawn_page(copy, note.start, address(copy.file, file, note.start)))
                page.places.append((number, *in_pixels(note.region, page.width, page.height)))
        text = text_of(submission.fields, passage)
        title = titles.get(passage) or _("File %(place)s") % {"place": passage.removeprefix(FILE)}
        found.append(NotedPassage(title, pieces(text, places) if text else [], shown, [pages[key] for key in sorted(pages)]))
    return found
