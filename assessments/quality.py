"""How far the marks of an assignment can be trusted, read from the rows of marks: the figures of the reliability page.

Marks are appended only, so what is computed for a state of an assignment never changes: it is kept by the last mark.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.db.models import Count, Max

from accounts.models import User

from .models import Allocation, Assignment, LicenceEvent, Mark, QualityPolicy, Score, Submission
from .models.marks import BLIND, DECIDING
from .reliability import (
    Estimate,
    Rating,
    alpha,
    bands_apart,
    drift,
    interval,
    marker_intervals,
    severity,
    weighted_kappa,
)  # fmt: skip

DAY = 24 * 60 * 60
ENOUGH_TO_LAPSE = 10  # shared scripts of one assessor, before agreement can cost a licence


@dataclass(frozen=True)
class CriterionLine:
    """Agreement on one criterion. apart: {bands apart: scripts}; kappa with quadratic weights, alpha ordinal."""

    key: str
    title: str
    title_en: str
    alpha: Estimate | None
    kappa: Estimate | None
    apart: dict[int, int]


@dataclass(frozen=True)
class MarkerLine:
    """One assessor beside the others on the same scripts; points of 100, drift in points a month."""

    assessor: int
    scripts: int
    severity: Estimate | None
    drift: Estimate | None


@dataclass(frozen=True)
class Report:
    """scripts: those marked twice, blind; totals: the pairs of totals, for the plot."""

    scripts: int
    alpha: Estimate | None
    criteria: list[CriterionLine]
    markers: list[MarkerLine]
    totals: list[tuple[float, float]]
    moderated: int


def report_of(assignment: Assignment) -> Report:
    """Return the figures of one assignment. One query when they were computed before, else four."""
    state = Mark.objects.filter(submission__assignment=assignment).aggregate(number=Count("pk"), last=Max("pk"))
    key = f"reliability:2:{assignment.pk}:{state['number']}:{state['last']}"
    found = cache.get(key)
    if found is None:
        found = _compute(assignment)
        cache.set(key, found, timeout=7 * 24 * 60 * 60)
    return found


def _compute(assignment: Assignment) -> Report:
    ratings = ratings_of([assignment.pk])
    pairs: dict[int, list[Rating]] = {}
    for rating in ratings:
        pairs.setdefault(rating.script, []).append(rating)
    both = {script: found for script, found in pairs.items() if len(found) == 2}
    totals = [(first.total, second.total) for first, second in both.values()]
    shared = [rating for found in both.values() for rating in found]
    return Report(
        scripts=len(both),
        alpha=interval(totals, alpha, seed=assignment.pk),
        criteria=_criteria(assignment, set(both)),
        markers=marker_lines(shared, seed=assignment.pk),
        totals=totals,
        moderated=Mark.objects.filter(submission__assignment=assignment, kind=Allocation.Kind.MODERATED).count(),
    )


def ratings_of(assignments: Iterable[int]) -> list[Rating]:
    """Return the blind totals of these assignments, first mark before second; one query."""
    rows = Mark.objects.filter(submission__assignment__in=assignments, kind__in=BLIND)
    values = rows.order_by("submission", "kind").values_list("submission", "assessor", "total", "marked_at")
    return [Rating(script, marker, float(total), at.timestamp() / DAY) for script, marker, total, at in values]


def marker_lines(ratings: list[Rating], *, seed: int) -> list[MarkerLine]:
    """Return the assessors, the most severe first."""
    severe = marker_intervals(ratings, severity, seed=seed)
    moving = marker_intervals(ratings, drift, seed=seed)
    scripts: dict[int, int] = {}
    for rating in ratings:
        scripts[rating.marker] = scripts.get(rating.marker, 0) + 1
    lines = [MarkerLine(marker, count, severe.get(marker), moving.get(marker)) for marker, count in scripts.items()]
    return sorted(lines, key=lambda line: (line.severity.value if line.severity else 0.0, line.assessor))


def _criteria(assignment: Assignment, scripts: set[int]) -> list[CriterionLine]:
    criteria = assignment.rubric.lines()
    ladders = {criterion.pk: [band.pk for band in criterion.bands.all()] for criterion in criteria}
    scores = Score.objects.filter(mark__submission__in=scripts, mark__kind__in=BLIND)
    places: dict[int, dict[int, list[int]]] = {criterion.pk: {} for criterion in criteria}
    rows = scores.order_by("mark__submission", "mark__kind").values_list("criterion", "mark__submission", "band")
    for criterion, script, band in rows:
        places[criterion].setdefault(script, []).append(ladders[criterion].index(band))
    lines = []
    for criterion in criteria:
        pairs = [(found[0], found[1]) for found in places[criterion.pk].values() if len(found) == 2]
        size = len(ladders[criterion.pk])
        lines.append(
            CriterionLine(
                key=criterion.key,
                title=criterion.title,
                title_en=criterion.title_en,
                alpha=interval(pairs, lambda sample: alpha(sample, "ordinal"), seed=assignment.pk),
                kappa=interval(pairs, lambda sample, size=size: weighted_kappa(sample, size), seed=assignment.pk),
                apart=bands_apart(pairs),
            )
        )
    return lines


def state_of(scripts: int, value: float | None, policy: QualityPolicy | None) -> str:
    """Return "open" while no policy says what is enough, else "few", "same" (every mark equal: nothing can be said), "below"
    or "ok"."""
    if policy is None:
        return "open"
    if scripts < policy.minimum_scripts:
        return "few"
    if value is None:
        return "same"
    return "below" if value < float(policy.floor) else "ok"


@dataclass(frozen=True)
class Lapse:
    """Why a licence has to lapse. kind: "agreement" or "severity"."""

    kind: str
    measured: dict


@dataclass(frozen=True)
class Judged:
    """One script: the assessor's total, the total that counts against it, whose that is, and whether a moderator's."""

    own: float
    other: float
    person: int
    moderated: bool


def judged(assessor: User, *, since: datetime) -> list[Judged]:
    """Return the scripts this person marked blind since a moment, each beside the judgement that counts. One query.

    What counts is the moderator's mark where there is one, else the other assessor's. A script that still waits for the
    moderator is left out: nobody knows yet who was right.
    """
    mine = Mark.objects.filter(assessor=assessor, kind__in=BLIND, marked_at__gte=since)
    settled = [Submission.Status.READY, Submission.Status.RELEASED]
    rows = Mark.objects.filter(submission__in=mine.values("submission"), submission__status__in=settled)
    rows = rows.filter(kind__in=[*BLIND, *DECIDING]).order_by("marked_at", "pk")
    own: dict[int, float] = {}
    against: dict[int, tuple[float, int, bool]] = {}
    for submission, marker, kind, total in rows.values_list("submission", "assessor", "kind", "total"):
        moderated = kind in DECIDING
        if marker == assessor.pk:
            own[submission] = float(total)
        elif moderated or submission not in against:
            against[submission] = (float(total), marker, moderated)
    return [Judged(own[submission], *against[submission]) for submission in sorted(own) if submission in against]


def lapse_of(assessor: User, policy: QualityPolicy, *, since: datetime) -> Lapse | None:
    """Say whether this person's marks since a moment cost the licence: α with the judgements that counted surely below
    the floor, or the mean difference surely beyond the limit. One query.

    One other assessor's word against theirs proves nothing: it takes two others, or as many decisions of moderators.
    """
    scripts = judged(assessor, since=since)
    others = {script.person for script in scripts if not script.moderated}
    moderated = sum(script.moderated for script in scripts)
    if len(scripts) < ENOUGH_TO_LAPSE or (len(others) < 2 and moderated < ENOUGH_TO_LAPSE):
        return None
    pairs = [(script.own, script.other) for script in scripts]
    agreement = interval(pairs, alpha, seed=assessor.pk)
    if agreement and agreement.surely_below(float(policy.floor)):
        return Lapse("agreement", {"alpha": round(agreement.value, 3), "scripts": len(pairs)})
    harsh = interval(pairs, _mean_difference, seed=assessor.pk)
    limit = float(policy.severity_limit)
    if harsh and (harsh.high < -limit or harsh.low > limit):
        return Lapse("severity", {"severity": round(harsh.value, 1), "scripts": len(pairs)})
    return None


def _mean_difference(pairs: Sequence[tuple[float, float]]) -> float:
    return sum(own - other for own, other in pairs) / len(pairs)


def lapse_licences(*, at: datetime) -> list[LicenceEvent]:
    """Let licences lapse whose holders' marks don't agree enough. Returns the new events. Harmless when run twice."""
    policy = QualityPolicy.objects.at(at)
    if policy is None or not policy.licences_required:
        return []
    made = []
    for event in LicenceEvent.objects.latest().values():
        if event.is_valid(at) and (lapse := lapse_of(event.assessor, policy, since=event.at)):
            made.append(
                LicenceEvent.record(
                    LicenceEvent.Kind.LAPSED, event.assessor, reason=lapse.kind, by=None, at=at, measured=lapse.measured
                )
            )
    return made
