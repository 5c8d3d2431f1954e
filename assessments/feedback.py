"""A released result, criterion by criterion: agreed points, and what each assessor saw, without names."""

from dataclasses import dataclass, field

from django.db.models import Prefetch

from curriculum.reading import reader_of_item

from .models import Band, Criterion, Mark, Result, Score
from .models.marking import Allocation
from .rubric_words import speak, speak_band
from .scoring import agreed_points


@dataclass(frozen=True)
class Voice:
    """One assessor's band and comment. letter: A, B, C for the fresh one of an appeal, or "" for the moderator.
    counts: part of the agreed result."""

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


LETTERS = {Allocation.Kind.FIRST: "A", Allocation.Kind.SECOND: "B", Allocation.Kind.MODERATED: "", Allocation.Kind.APPEAL: "C"}


def marks_behind(result: Result) -> list[Mark]:
    """Return the marks a result rests on or stands beside, the moderator's first: of a decision on an appeal the fresh one
    too, of an earlier result never."""
    result = result.root
    scores = Prefetch("scores", Score.objects.select_related("band", "criterion"))
    marks = list(result.submission.work.marks.select_related("allocation").prefetch_related(scores))
    appeal = getattr(result, "decided_appeal", None) if result.method == Result.Method.APPEAL else None
    found = [mark for mark in marks if mark.allocation.appeal_id is None or (appeal and mark.allocation.appeal_id == appeal.pk)]
    return sorted(found, key=lambda mark: LETTERS[mark.kind])


def counted(result: Result, marks: list[Mark]) -> set[int]:
    """Return the ids of the marks that the result was made of."""
    fresh = [mark for mark in marks if mark.kind == Allocation.Kind.APPEAL]
    if fresh and agreed_points([fresh[0].points()]) == result.root.points:
        return {fresh[0].pk}
    moderated = [mark for mark in marks if mark.kind == Allocation.Kind.MODERATED]
    return {mark.pk for mark in (moderated or marks) if mark.kind != Allocation.Kind.APPEAL}


def criteria_of(result: Result, marks: list[Mark] | None = None) -> list[CriterionLine]:
    """Return the criteria of a result in order, each with its voices, the moderator's first: five queries.

    marks: what `marks_behind` returned, when it is at hand.
    """
    marks = marks_behind(result) if marks is None else marks
    count = counted(result, marks)
    lines = []
    assignment = result.submission.assignment
    reader = reader_of_item(assignment.item)
    if reader is not None:
        for score in (score for mark in marks for score in mark.scores.all()):
            speak_band(score.band, score.criterion.key, reader)
    for criterion in speak(assignment.rubric.lines(), assignment.item):
        voices = [
            Voice(LETTERS[mark.kind], score.band, score.comment, mark.pk in count)
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
