"""Collects the recorded facts of one enrolment for `eligibility.evaluate`, and freezes what a certificate states.

Reads the lower apps through what they offer: `Enrolment.hours()`, `part_outcomes`, `Result.objects.latest_of`.
"""

from typing import Any

from django.utils import timezone

from assessments.models import Assignment, Result
from assessments.results import part_outcomes
from training.models import Enrolment

from .eligibility import CaseFact, Facts, ModuleHours, PartFact


def facts_of(enrolment: Enrolment) -> Facts:
    """Return everything an award rule may look at, from appended rows only. A constant number of queries."""
    hours = tuple(
        ModuleHours(line.code, line.title, line.title_en, line.required, line.earned) for line in enrolment.hours()
    )
    results = {result.assignment_id: result for result in Result.objects.latest_of(enrolment)}
    cases = []
    assignments = Assignment.objects.filter(part__plan__edition_id=enrolment.cohort.edition_id).select_related("item")
    for assignment in assignments.order_by("part__position", "position"):
        result = results.get(assignment.pk)
        cases.append(
            CaseFact(
                key=str(assignment.item.uuid),
                title=assignment.item.title,
                title_en=assignment.item.title_en,
                required=assignment.item.required,
                passed=result.passed if result else None,
                total=result.counted if result else None,
                evidence=str(result.uuid) if result else "",
            )
        )
    parts = tuple(
        PartFact(
            key=outcome.part.key,
            title=outcome.part.title,
            title_en=outcome.part.title_en,
            pass_mark=outcome.part.pass_mark,
            weight=outcome.part.weight,
            total=outcome.total,
            passed=outcome.passed,
        )
        for outcome in part_outcomes(enrolment)
    )
    return Facts(hours=hours, cases=tuple(cases), parts=parts, levels_held=_levels_held(enrolment))


def _levels_held(enrolment: Enrolment) -> frozenset[str]:
    """The codes of the levels for which the person holds a certificate that was good when this enrolment began."""
    day = timezone.localdate(enrolment.enrolled_at)
    return frozenset(
        certificate.facts["level"]["code"]
        for certificate in enrolment.user.certificates.prepared()
        if certificate.is_good_on(day)
    )


def frozen_facts(enrolment: Enrolment, facts: Facts) -> dict[str, Any]:
    """Return what the certificate states, as JSON: level, syllabus, base, edition, hours by module, cases done, parts.

    Scores of single cases are left out on purpose: verification shows what was done, not how many points it got.
    """
    edition = enrolment.cohort.edition
    level, syllabus, base = edition.level, edition.syllabus, enrolment.cohort.organisation
    return {
        "level": {"code": level.code, "title": level.title, "title_en": level.title_en},
        "syllabus": {
            "uuid": str(syllabus.uuid),
            "slug": syllabus.slug,
            "title": syllabus.title,
            "title_en": syllabus.title_en,
            "version": syllabus.version,
            "verified": syllabus.verified,
            "hash": syllabus.content_hash,
        },
        "base": {"uuid": str(base.uuid), "name": base.name, "name_en": base.name_en},
        "edition": {
            "uuid": str(edition.uuid),
            "title": edition.title,
            "title_en": edition.title_en,
            "number": edition.number,
            "hash": edition.content_hash,
        },
        "cohort": {
            "title": enrolment.cohort.title,
            "title_en": enrolment.cohort.title_en,
            "starts_on": enrolment.cohort.starts_on.isoformat(),
            "ends_on": enrolment.cohort.ends_on.isoformat(),
        },
        "hours": [
            {
                "code": line.code,
                "title": line.title,
                "title_en": line.title_en,
                "earned": str(line.earned),
                "required": str(line.required),
            }
            for line in facts.hours
        ],
        "cases": [
            {"title": case.title, "title_en": case.title_en, "required": case.required}
            for case in facts.cases
            if case.passed
        ],
        "parts": [
            {"title": part.title, "title_en": part.title_en, "pass_mark": part.pass_mark} for part in facts.parts
        ],
        "competences": _competences(enrolment),
        "marking": {"method": "double", "blind": True},
        "sample": base.is_sample,
    }


def _competences(enrolment: Enrolment) -> list[dict[str, str]]:
    """The competences that the passed work products were marked for, with how much of the points was reached.

    `level` is one of reached / good / excellent by the share of points over all criteria of that competence.
    """
    given: dict[str, list[float]] = {}
    for result in Result.objects.latest_of(enrolment):
        if not result.passed:
            continue
        for criterion in result.assignment.rubric.criteria.prefetch_related("bands"):
            if criterion.key not in result.points:  # a correction left it out
                continue
            top = max(band.points for band in criterion.bands.all())
            points = given.setdefault(criterion.competence_code, [0, 0])
            points[0] += float(result.points.get(criterion.key, 0))
            points[1] += top
    titles = {c.code: c for c in enrolment.syllabus.competences.all()}
    lines = []
    for code, (points, top) in sorted(given.items()):
        share = points / top if top else 0
        level = "excellent" if share >= 0.85 else "good" if share >= 0.7 else "reached"
        competence = titles.get(code)
        lines.append(
            {
                "code": code,
                "title": competence.title if competence else code,
                "title_en": competence.title_en if competence else code,
                "level": level,
            }
        )
    return lines
