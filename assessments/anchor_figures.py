"""How markers stand against the agreed bands of anchors: bias with its interval, criterion by criterion, and over time.

Only anchors met in the queue count: whoever practises or is tested knows that it is one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
from django.utils.timezone import localtime

from accounts.models import User
from lms.lib.audit import log

from .models import AnchorMark, AnchorTerms, AnchorTurn, MarkerFlag
from .reliability import Estimate, interval


@dataclass(frozen=True)
class BiasLine:
    """marks: how many; bias: own total less the agreed one, points of 100; state: few, within or beyond."""

    assessor: int
    marks: int
    bias: Estimate | None
    state: str


@dataclass(frozen=True)
class Window:
    """One quarter of a year."""

    label: str
    marks: int
    bias: Estimate | None


def mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _bias(gaps: Sequence[float], seed: int) -> Estimate | None:
    return interval(gaps, mean, seed=seed)


def state_of(marks: int, bias: Estimate | None, terms: AnchorTerms | None) -> str:
    """Return "open" without terms, "few" below the least number, "beyond" where the whole interval lies outside the limit,
    else "within"."""
    if terms is None:
        return "open"
    if bias is None or bias.low is None or bias.high is None or marks < terms.least_marks:
        return "few"
    limit = float(terms.bias_limit)
    return "beyond" if bias.low > limit or bias.high < -limit else "within"


def seeded_marks(assessors: Iterable[int] | None = None):
    """The marks of anchors met in the queue, oldest first."""
    found = AnchorMark.objects.filter(purpose=AnchorTurn.Purpose.SEEDED).order_by("marked_at", "pk")
    return found if assessors is None else found.filter(assessor__in=assessors)


def bias_lines(assessors: Iterable[int], terms: AnchorTerms | None, *, rubric: str = "") -> dict[int, BiasLine]:
    """{assessor: line}, for those who met any. rubric: only anchors marked by the one of this hash. One query."""
    rows = seeded_marks(assessors)
    if rubric:
        rows = rows.filter(anchor__rubric_hash=rubric)
    gaps: dict[int, list[float]] = {}
    for assessor, gap in rows.values_list("assessor", "gap"):
        gaps.setdefault(assessor, []).append(float(gap))
    lines = {}
    for assessor, found in gaps.items():
        bias = _bias(found, assessor)
        lines[assessor] = BiasLine(assessor, len(found), bias, state_of(len(found), bias, terms))
    return lines


def rubric_table(
    assessors: Iterable[int], terms: AnchorTerms | None, *, rubric: str
) -> list[tuple[BiasLine, dict[str, Estimate | None]]]:
    """Each marker's bias on the anchors of one rubric, with that on each criterion in its points. Two queries."""
    lines = bias_lines(assessors, terms, rubric=rubric)
    offs: dict[int, dict[str, list[float]]] = {}
    for assessor, off in seeded_marks(list(lines)).filter(anchor__rubric_hash=rubric).values_list("assessor", "off"):
        for key, points in off.items():
            offs.setdefault(assessor, {}).setdefault(key, []).append(float(points))
    rows = [(line, {key: _bias(found, pk) for key, found in offs.get(pk, {}).items()}) for pk, line in lines.items()]
    return sorted(rows, key=lambda row: (-abs(row[0].bias.value) if row[0].bias else 0, row[0].assessor))


def criterion_lines(marks: Sequence[AnchorMark], titles: dict[str, dict[str, object]]) -> list[dict[str, object]]:
    """The points above (+) or below (-) the agreed band, by rubric and criterion.

    titles: {rubric hash: {criterion key: criterion}}; marks: with their anchor.
    """
    found: dict[tuple[str, str], list[float]] = {}
    for mark in marks:
        for key, off in mark.off.items():
            found.setdefault((mark.anchor.rubric_hash, key), []).append(float(off))
    return [
        {"criterion": titles.get(rubric, {}).get(key), "key": key, "marks": len(offs), "bias": _bias(offs, len(offs))}
        for (rubric, key), offs in found.items()
    ]


def windows(marks: Sequence[AnchorMark]) -> list[Window]:
    """The bias quarter by quarter, oldest first."""
    found: dict[str, list[float]] = {}
    for mark in marks:
        day = localtime(mark.marked_at)
        found.setdefault(f"{day.year} Q{(day.month + 2) // 3}", []).append(float(mark.gap))
    return [Window(label, len(gaps), _bias(gaps, len(gaps))) for label, gaps in found.items()]


def flag_markers(*, at: datetime) -> list[MarkerFlag]:
    """Raise a flag for everybody who is surely beyond the limit, by the marks since they were last looked at. Harmless when run
    twice; nobody's licence changes by it."""
    terms = AnchorTerms.objects.latest_at(at)
    if terms is None:
        return []
    decided = dict(MarkerFlag.objects.exclude(outcome="").values_list("assessor").annotate(last=Max("decided_at")))
    waiting = set(MarkerFlag.objects.filter(outcome="").values_list("assessor", flat=True))
    gaps: dict[int, list[float]] = {}
    for assessor, gap, marked_at in seeded_marks().values_list("assessor", "gap", "marked_at"):
        if assessor not in waiting and (assessor not in decided or marked_at > decided[assessor]):
            gaps.setdefault(assessor, []).append(float(gap))
    made = []
    for assessor, found in gaps.items():
        bias = _bias(found, assessor)
        if state_of(len(found), bias, terms) != "beyond":
            continue
        measured = {"bias": round(bias.value, 1), "low": round(bias.low, 1), "high": round(bias.high, 1), "marks": len(found)}
        flag, fresh = MarkerFlag.objects.get_or_create(
            assessor=User.objects.get(pk=assessor), outcome="", defaults={"terms": terms, "measured": measured, "raised_at": at}
        )
        if fresh:
            log(flag, "assessments.flag.raise", by=None, assessor=assessor)
            made.append(flag)
    return made
