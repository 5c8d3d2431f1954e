"""A released result, criterion by criterion: agreed points, and what each assessor saw, without names."""

from dataclasses import dataclass, field

from curriculum.reading import reader_of_item

from .models import Band, Criterion, Mark, Result
from .models.marking import Allocation
from .rubric_words import speak, speak_band


@dataclass(frozen=True)
class Voice:
    """One assessor's band and comment. letter: A, B, or "" for the moderator. counts: part of the agreed result."""

    letter: str
    band: Band
    comment: str
    counts: bool


@dataclass(frozen=True)
class CriterionLine:
    """points: as agreed, text without needless zeros; top: the most there is."""

    criterion: Criterion
    points: str
    top: int
    voices: list[Voice] = field(default_factory=list)


LETTERS = {Allocation.Kind.FIRST: "A", Allocation.Kind.SECOND: "B", Allocation.Kind.MODERATED: ""}


def criteria_of(result: Result) -> list[CriterionLine]:
    """Return the criteria of a result in order, each with its voices, the moderator's first: five queries."""
    marks = list(result.submission.work.marks.prefetch_related("scores__band", "scores__criterion"))
    marks.sort(key=lambda mark: LETTERS[mark.kind])
    moderated = any(mark.kind == Allocation.Kind.MODERATED for mark in marks)
    lines = []
    assignment = result.submission.assignment
    reader = reader_of_item(assignment.item)
    if reader is not None:
        for score in (score for mark in marks for score in mark.scores.all()):
            speak_band(score.band, score.criterion.key, reader)
    for criterion in speak(assignment.rubric.lines(), assignment.item):
        voices = [
            Voice(LETTERS[mark.kind], score.band, score.comment, not moderated or not LETTERS[mark.kind])
            for mark in marks
            for score in mark.scores.all()
            if score.criterion_id == criterion.pk
        ]
        lines.append(CriterionLine(criterion, result.points.get(criterion.key, ""), criterion.top, voices))
    return lines


def bands_side_by_side(first: Mark, second: Mark) -> dict[str, list[Voice]]:
    """Return {criterion key: [voice of A, voice of B]} for the moderator."""
    found: dict[str, list[Voice]] = {}
    for mark in (first, second):
        for score in mark.scores.all():
            voice = Voice(LETTERS[mark.kind], score.band, score.comment, True)
            found.setdefault(score.criterion.key, []).append(voice)
    return found
