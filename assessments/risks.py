"""What makes a second look at marked work worth while, read from the rows: the pool of a draw with the risks of each script."""

from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q

from accounts.models import Organisation

from .models import Mark, QualityPolicy, Result, SampleDraw, SampleRule, SimilarNote, SimilarPair, Submission
from .models.marks import BLIND, Score
from .sampling import outlying

LATELY = timedelta(days=180)  # of marks by which an assessor is judged
NEW = timedelta(days=30)  # an assignment is new so long after its first released result
ENOUGH = 5  # scripts shared with others before an assessor's severity says anything


def pool_of(
    pool: str, *, organisation: Organisation | None, released_since: datetime | None = None
):
    """The submissions to draw from: ready for release or released since then, of one base or all, never sampled before."""
    found = Submission.objects.filter(leader=None, samples=None, marks__isnull=False).distinct()
    if organisation is not None:
        found = found.filter(enrolment__cohort__organisation=organisation)
    if pool == SampleDraw.Pool.READY:
        return found.filter(status=Submission.Status.READY)
    lately = Result.objects.filter(submission=OuterRef("pk"), released_at__gte=released_since)
    return found.filter(Exists(lately), status=Submission.Status.RELEASED)


def risks_of(found, *, at: datetime) -> dict[int, list[str]]:
    """Return {submission: its risks}, most of them none. Seven queries, whatever their number."""
    rule, policy = SampleRule.objects.at(at), QualityPolicy.objects.at(at)
    found = found.select_related("assignment__part", "enrolment__cohort").prefetch_related(
        Score.prefetch("marks__scores")
    )
    scripts = list(found)
    markers = {mark.assessor_id for script in scripts for mark in script.marks.all() if mark.kind in BLIND}
    new = _new_assessors(markers, rule.new_scripts)
    far = _outlying(markers, limit=float(policy.severity_limit) if policy else 10.0, since=at - LATELY)
    alike = _like_others({script.pk for script in scripts})
    known = _known_assignments({script.assignment_id for script in scripts}, at=at)
    risks: dict[int, list[str]] = {}
    for script in scripts:
        who = {mark.assessor_id for mark in script.marks.all() if mark.kind in BLIND}
        total = Result.agreed(script).total
        checks = {
            "near": abs(total - script.assignment.part.pass_mark) <= rule.near_points,
            "similar": script.pk in alike,
            "new_assessor": bool(who & new),
            "outlying": bool(who & far),
            "new_assignment": script.assignment_id not in known,
        }
        risks[script.pk] = [risk for risk, holds in checks.items() if holds]
    return risks


def _new_assessors(markers: set[int], least: int) -> set[int]:
    """Those with fewer independent marks, ever."""
    counts = Mark.objects.filter(assessor__in=markers, kind__in=BLIND).order_by().values("assessor")
    counts = dict(counts.annotate(number=Count("pk")).values_list("assessor", "number"))
    return {marker for marker in markers if counts.get(marker, 0) < least}


def _outlying(markers: set[int], *, limit: float, since: datetime) -> set[int]:
    """Those who lately marked much higher or lower than the others on the same scripts."""
    mine = Mark.objects.filter(assessor__in=markers, kind__in=BLIND, marked_at__gte=since).values("submission")
    rows = Mark.objects.filter(submission__in=mine, kind__in=BLIND).order_by("submission", "kind")
    scripts: dict[int, list[tuple[int, float]]] = {}
    for script, marker, total in rows.values_list("submission", "assessor", "total"):
        scripts.setdefault(script, []).append((marker, float(total)))
    pairs = [(*marks[0], *marks[1]) for marks in scripts.values() if len(marks) == 2]
    return markers & outlying(pairs, least=ENOUGH, limit=limit)


def _like_others(scripts: set[int]) -> set[int]:
    """Those that share passages with another work, unless a moderator looked at the pair and set it aside for this one."""
    pairs = SimilarPair.objects.filter(Q(first__in=scripts) | Q(second__in=scripts)).order_by()
    latest = {
        (pair, script): kind
        for pair, script, kind in SimilarNote.objects.filter(submission__in=scripts).order_by("pk").values_list(
            "pair", "submission", "kind"
        )
    }
    return {
        script
        for pair, *both in pairs.values_list("pk", "first", "second")
        for script in both
        if script in scripts and latest.get((pair, script)) != SimilarNote.Kind.SET_ASIDE
    }


def _known_assignments(assignments: set[int], *, at: datetime) -> set[int]:
    """Those with a result that has been released for a while."""
    older = Result.objects.filter(assignment__in=assignments, released_at__lt=at - NEW)
    return set(older.order_by().values_list("assignment", flat=True).distinct())
