"""Case scenarios that are shipped with the product, for a base to begin with: copied as drafts of its own, placed in a
course and in its assessment. A copy is the base's page like any other: to be changed, and reviewed with the course."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import transaction

from accounts.models import User
from lms.lib.audit import log

from .models import CaseOrigin, CasePlacement, CaseScenarioPage, Competence, CoursePage, Topic
from .sample.loader import case_files, new_case, read

PART = {"key": "cases", "kind": "case", "title": "实战案例", "title_en": "Case work", "weight": 100, "pass_mark": 60}


@dataclass(frozen=True)
class Template:
    """A shipped case as the level of a course sees it. topics: codes of the level; competences: titles its rubric assesses;
    placed: the course has it already."""

    slug: str
    title: str
    title_en: str
    summary: str
    summary_en: str
    minutes: int
    topics: list[str]
    competences: list[Competence]
    placed: bool


@cache
def shipped_cases() -> dict[str, dict[str, Any]]:
    return {data["slug"]: data for data in map(read, case_files())}


def templates_for(course: CoursePage) -> list[Template]:
    """The shipped cases whose topics and competences the syllabus of the course's draft has, one of them of its level."""
    draft = course.get_latest_revision_as_object()
    level, topics, competences = _syllabus(draft)
    own = {topic.code for topic in topics.values() if topic.module.level_id == level}
    placed = set(CaseScenarioPage.objects.filter(pk__in=_placed(draft)).values_list("slug", flat=True))
    found = []
    for slug, data in shipped_cases().items():
        assessed = {criterion["competence"] for criterion in data["rubric"]["criteria"]}
        if not set(data["topics"]) <= topics.keys() or not assessed | set(data["competences"]) <= competences.keys():
            continue
        if codes := [code for code in data["topics"] if code in own]:
            words = {name: data.get(name) or "" for name in ("title", "title_en", "summary", "summary_en")}
            titles = [c for c in competences.values() if c.code in assessed]
            seen = Template(slug, minutes=data["minutes"], topics=codes, competences=titles, placed=slug in placed, **words)
            found.append(seen)
    return found


def copy_into(course: CoursePage, slugs: list[str], *, by: User) -> list[CaseScenarioPage]:
    """Copy shipped cases below the base's page and place them in the course's draft, as required and in its first part of
    case work, which is made when there is none. A case the base has under that address already is placed as it is."""
    with transaction.atomic():
        held = CoursePage.objects.select_for_update(of=("self",)).get(pk=course.pk)
        draft = held.get_latest_revision_as_object()
        base = held.get_parent()
        _level, topics, competences = _syllabus(draft)
        known = {template.slug: template for template in templates_for(held)}
        cases = []
        for slug in slugs:
            if slug not in known or known[slug].placed:
                continue
            page = CaseScenarioPage.objects.child_of(base).filter(slug=slug).first()
            if page is None:
                data = shipped_cases()[slug]
                page = new_case(data, by)
                page.topics.set([topics[code] for code in data["topics"]])
                page.competences.set([competences[code] for code in data["competences"]])
                base.add_child(instance=page)
                page.save_revision(user=by)
                CaseOrigin.note_shipped(page, base.specific.organisation, by=by)
            cases.append(page)
        if cases:
            place(draft, cases)
            draft.save_revision(user=by)
            log(held, "curriculum.course.copy_cases", by=by, organisation=base.specific.organisation,
                cases=[page.pk for page in cases])  # fmt: skip
        return cases


def _placed(draft: CoursePage) -> list[int]:
    return [line.case_id for line in draft.case_placements.all()]


def _syllabus(draft: CoursePage) -> tuple[int, dict[str, Topic], dict[str, Competence]]:
    """The level of the draft, and topics and competences of its syllabus version by code."""
    syllabus = draft.level.syllabus_id
    topics = Topic.objects.filter(module__level__syllabus=syllabus).select_related("module")
    competences = Competence.objects.filter(syllabus=syllabus).order_by("position", "pk")
    return draft.level_id, {topic.code: topic for topic in topics}, {c.code: c for c in competences}


def place(draft: CoursePage, cases: list[CaseScenarioPage]) -> None:
    """Put cases into a draft, as required and in its first part of case work, which is made when there is none."""
    lines = list(draft.case_placements.all())
    new = [CasePlacement(case=page, required=True, sort_order=len(lines) + n) for n, page in enumerate(cases)]
    draft.case_placements = [*lines, *new]
    blocks = list(draft.parts.get_prep_value())
    first = next((block for block in blocks if block["value"].get("kind") == "case"), None)
    if first is None:
        first = {"type": "part", "value": {**PART, "weight": 100 if not blocks else 1, "cases": []}}
        blocks.append(first)
    first["value"]["cases"] = [*(first["value"].get("cases") or []), *(page.pk for page in cases)]
    draft.parts = CoursePage.parts.field.stream_block.to_python(blocks)
