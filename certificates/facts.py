"""Collects the recorded facts of enrolments for `eligibility.evaluate`, and freezes what a certificate states.

Reads the lower apps through what they offer: `hours_of`, `plans_for`, `part_outcomes_of`, `latest_results`, `exemptions`.
Always for many people at once: one person is a list of one.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils import timezone

from assessments.models import QualityPolicy, Result, Rubric
from assessments.models.quality import Agreement, agreement_of
from assessments.plan_outline import AssignmentLine, PlanOutline, plans_for
from assessments.results import PartOutcome, latest_results, part_outcomes_of
from curriculum.equivalence import Exemption, Ref
from curriculum.models import Competence
from curriculum.models.equivalence import exemptions
from training.hours import HoursLine
from training.models import Enrolment
from training.models.records import hours_of

from .factsheet import CaseFact, CaseMarking, CompetenceFact, Facts, ModuleHours, PartFact
from .topic_hours import topic_facts

EVERYTHING = frozenset({"levels", "topics", "competences", "exemptions", "marking"})
STATED = frozenset({"competences", "marking"})  # what a certificate states beyond hours, cases and parts


def facts_of(enrolment: Enrolment, want: frozenset[str] = EVERYTHING) -> Facts:
    """Return everything an award rule may look at, from appended rows only. A constant number of queries."""
    return facts_of_all([enrolment], want)[enrolment.pk]


def facts_of_all(enrolments: Iterable[Enrolment], want: frozenset[str] = EVERYTHING) -> dict[int, Facts]:
    """The same for many people, by enrolment: the number of queries does not grow with them.

    want: what is read beyond hours, cases and parts (`eligibility.wants`).
    """
    enrolments = list(enrolments)
    prefetch_related_objects(enrolments, "cohort__edition")
    hours, results, plans = hours_of(enrolments), latest_results(enrolments), plans_for(enrolments)
    outcomes = part_outcomes_of(enrolments, results)
    held, stated = _held(enrolments) if want & {"levels", "exemptions"} else ({}, {})
    exempt = _exemptions(enrolments, held) if "exemptions" in want else {}
    topics = topic_facts(enrolments, exempt) if "topics" in want else {}
    competences = _competences(enrolments, results) if "competences" in want else {}
    agreement = _agreement(plans.values()) if "marking" in want else {}
    return {
        enrolment.pk: Facts(
            hours=tuple(_module(line, exempt.get(enrolment.pk, [])) for line in hours[enrolment.pk]),
            cases=tuple(_cases(plans[enrolment.pk].assignments, results[enrolment.pk], agreement)),
            parts=tuple(_part(outcome) for outcome in outcomes[enrolment.pk]),
            levels_held=frozenset(ref.level for ref in held.get(enrolment.pk, ())),
            levels_by_statement=tuple(sorted(stated.get(enrolment.pk, {}).items())),
            topics=topics.get(enrolment.pk, ()),
            competences=competences.get(enrolment.pk, ()),
        )
        for enrolment in enrolments
    }


def _module(line: HoursLine, exempt: list[Exemption]) -> ModuleHours:
    of_module = [one for one in exempt if one.topic.module == line.code]
    return ModuleHours(
        line.code, line.title, line.title_en, line.required, line.earned,
        exempt=sum((one.hours for one in of_module), Decimal(0)),
        exempt_by=tuple(sorted({one.statement for one in of_module})),
    )  # fmt: skip


def _agreement(plans: Iterable[PlanOutline]) -> dict[int, Agreement]:
    """Two queries."""
    assignments = {assignment.pk for plan in plans for assignment in plan.assignments}
    return agreement_of(assignments, QualityPolicy.objects.at(timezone.now()))


def _cases(
    assignments: Iterable[AssignmentLine], results: list[Result], agreement: dict[int, Agreement]
) -> Iterable[CaseFact]:
    by_assignment = {result.assignment_id: result for result in results}
    for assignment in assignments:
        result, agreed = by_assignment.get(assignment.pk), agreement.get(assignment.pk)
        yield CaseFact(
            key=str(assignment.item.uuid),
            title=assignment.item.title,
            title_en=assignment.item.title_en,
            required=assignment.item.required,
            passed=result.passed if result else None,
            total=result.counted if result else None,
            evidence=str(result.uuid) if result else "",
            marking=_marking(result, agreed) if result and agreed else None,
        )


def _marking(result: Result, agreed: Agreement) -> CaseMarking:
    method = "independent" if result.method in Result.UNMODERATED else "settled"
    return CaseMarking(method, agreed.scripts, agreed.alpha)


def _part(outcome: PartOutcome) -> PartFact:
    part, judged = outcome.part, outcome.judged
    return PartFact(
        key=part.key,
        title=part.title,
        title_en=part.title_en,
        pass_mark=part.pass_mark,
        weight=part.weight,
        total=outcome.total,
        passed=outcome.passed,
        kind=part.kind,
        approved=judged.approved if judged else None,
        votes_for=judged.facts.get("votes_for") if judged else None,
        evidence=str(judged.uuid) if judged else "",
    )


def _held(enrolments: list[Enrolment]) -> tuple[dict[int, frozenset[Ref]], dict[int, dict[str, str]]]:
    """The levels that each person held when this enrolment began: by certificates good then, and by recognitions of other
    bodies' certificates; and of the latter {level: number of the statement} for levels that no certificate gives. Three queries.

    A recognition stands for a level of a standard only where its agreement names one; else its place is in no standard, so
    that no statement of equivalence finds it.
    """
    prefetch_related_objects(enrolments, "user__certificates", "user__recognitions__agreement__standard")
    found, stated = {}, {}
    for enrolment in enrolments:
        day = timezone.localdate(enrolment.enrolled_at)
        good = (c for c in enrolment.user.certificates.all() if c.prepared_at and c.is_good_on(day))
        refs = {Ref(c.facts["syllabus"]["slug"], c.facts["level"]["code"]) for c in good}
        levels = {ref.level for ref in refs}
        stood = [one for one in enrolment.user.recognitions.all() if one.stood_on(day)]
        stated[enrolment.pk] = {one.agreement.level: one.number for one in stood if one.agreement.level not in levels}
        refs |= {Ref(one.agreement.standard.slug if one.agreement.standard else "", one.agreement.level) for one in stood}
        found[enrolment.pk] = frozenset(refs)
    return found, stated


def _exemptions(enrolments: list[Enrolment], held: dict[int, frozenset[Ref]]) -> dict[int, list[Exemption]]:
    """What each person need not earn again, by the statements valid when the enrolment began.

    Asked once for people who hold the same and began on the same day; nobody who holds nothing costs a query.
    """
    known: dict[tuple, list[Exemption]] = {}
    found = {}
    for enrolment in enrolments:
        if earned := frozenset(ref for ref in held[enrolment.pk] if ref.standard):
            level, day = enrolment.cohort.edition.level, timezone.localdate(enrolment.enrolled_at)
            key = (earned, level.pk, day)
            if key not in known:
                known[key] = exemptions(earned, level, at=day)
            found[enrolment.pk] = known[key]
    return found


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
            {
                "title": case.title, "title_en": case.title_en, "required": case.required,
                "marking": case.marking.as_json() if case.marking else None,
            }
            for case in facts.cases
            if case.passed
        ],
        "parts": [
            {
                "key": part.key, "title": part.title, "title_en": part.title_en, "kind": part.kind, "pass_mark": part.pass_mark,
                "passed": bool(part.passed),
            }
            for part in facts.parts
        ],
        "competences": [
            {"code": fact.code, "title": fact.title, "title_en": fact.title_en, "level": fact.level}
            for fact in facts.competences
        ],
        # Two assessors who know neither name nor each other's mark: of every work product; what came of it stands at its case.
        "marking": {"method": "double", "blind": True},
        "sample": base.is_sample,
    }


def says_the_same(one: Any, other: Any) -> bool:
    """Whether two certificates state the same of a person, wherever both say anything: how marks agree moves with every further
    script, and older certificates state fewer things."""
    if isinstance(one, dict) and isinstance(other, dict):
        return all(says_the_same(one[key], other[key]) for key in one.keys() & other.keys() - {"marking"})
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(says_the_same, one, other))
    return one == other


def _competences(
    enrolments: list[Enrolment], results: dict[int, list[Result]]
) -> dict[int, tuple[CompetenceFact, ...]]:
    """The competences that passed work products were marked for, with how much of the points was reached.

    `level` is one of reached / good / excellent by the share of points over all criteria of that competence.
    Three queries for the rubrics and one for the titles.
    """
    rubrics = {result.assignment.rubric_id for of_one in results.values() for result in of_one}
    lines = {
        rubric.pk: [(c.key, c.competence_code, c.top) for c in rubric.criteria.all()]
        for rubric in Rubric.objects.filter(pk__in=rubrics).prefetch_related("criteria__bands")
    }
    titles: dict[tuple[int, str], Competence] = {
        (c.syllabus_id, c.code): c
        for c in Competence.objects.filter(syllabus__in={enrolment.syllabus_id for enrolment in enrolments})
    }
    return {
        enrolment.pk: tuple(_shown(results[enrolment.pk], lines, enrolment.syllabus_id, titles)) for enrolment in enrolments
    }


def _shown(results: list[Result], lines: dict, syllabus: int, titles: dict) -> Iterable[CompetenceFact]:
    given: dict[str, list[float]] = {}
    for result in results:
        if not result.passed:
            continue
        for key, competence, top in lines[result.assignment.rubric_id]:
            if key not in result.points:  # a correction left it out
                continue
            points = given.setdefault(competence, [0, 0])
            points[0] += float(result.points.get(key, 0))
            points[1] += top
    for code, (points, top) in sorted(given.items()):
        share = points / top if top else 0
        level = "excellent" if share >= 0.85 else "good" if share >= 0.7 else "reached"
        competence = titles.get((syllabus, code))
        title, title_en = (competence.title, competence.title_en) if competence else (code, code)
        yield CompetenceFact(code, title, title_en, level)
