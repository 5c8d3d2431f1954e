"""A released result, criterion by criterion: agreed points, and what each assessor saw, without names."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Prefetch

from curriculum.reading import reader_of_item

from .models import Band, Criterion, Mark, Result, Score
from .models.marks import DECIDING, Kind
from .rubric_words import speak, speak_band
from .scoring import agreed_points


@dataclass(frozen=True)
class Voice:
    """One assessor's band and comment. letter: A, B, C … in the order of the marks, the fresh one of an appeal last, or "" for
    the moderator.
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


ORDER = [Kind.SAMPLE, Kind.MODERATED, Kind.FIRST, Kind.SECOND, Kind.THIRD, Kind.APPEAL]


def lettered(marks: Iterable[Mark]) -> list[Mark]:
    """Return the marks in order, the moderator's first, each with its `letter`: A, B, C … for assessors, else ""."""
    found = sorted(marks, key=lambda mark: ORDER.index(mark.kind))
    assessors = (mark for mark in found if mark.kind not in DECIDING)
    for place, mark in enumerate(assessors):
        mark.letter = chr(ord("A") + place)
    for mark in found:
        if mark.kind in DECIDING:
            mark.letter = ""
    return found


def marks_behind(result: Result) -> list[Mark]:
    """Return the marks a result rests on or stands beside, the moderator's first: of a decision on an appeal the fresh one
    too, of an earlier result never. What a sample found after the release is not the trainee's to read."""
    result = result.root
    scores = Prefetch("scores", Score.objects.select_related("band", "criterion"))
    marks = list(result.submission.work.marks.select_related("allocation__sampled").prefetch_related(scores))
    appeal = getattr(result, "decided_appeal", None) if result.method == Result.Method.APPEAL else None
    found = [mark for mark in marks if mark.allocation.appeal_id is None or (appeal and mark.allocation.appeal_id == appeal.pk)]
    return lettered(mark for mark in found if mark.kind != Kind.SAMPLE or mark.allocation.sampled.outcome == "changed")


def counted(result: Result, marks: list[Mark]) -> set[int]:
    """Return the ids of the marks that the result was made of."""
    kinds = {mark.kind: mark for mark in marks}
    if (fresh := kinds.get(Kind.APPEAL)) and agreed_points([fresh.points()]) == result.root.points:
        return {fresh.pk}
    return {mark.pk for mark in Result.deciding(kinds, result.submission.assignment)[1]}


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
            Voice(mark.letter, score.band, score.comment, mark.pk in count)
            for mark in marks
            for score in mark.scores.all()
            if score.criterion_id == criterion.pk
        ]
        lines.append(CriterionLine(criterion, result.points.get(criterion.key, ""), criterion.top, voices))
    return lines


def bands_side_by_side(*marks: Mark) -> dict[str, list[Voice]]:
    """Return {criterion key: [voice of A, voice of B, …]} of lettered marks, for the moderator."""
    found: dict[str, list[Voice]] = {}
    for mark in marks:
        for score in mark.scores.all():
            voice = Voice(mark.letter, score.band, score.comment, True)
            found.setdefault(score.criterion.key, []).append(voice)
    return found
