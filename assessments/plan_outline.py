"""What is the same for everybody of an edition: the parts of its plan with their assignments, as lists and links show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from lms.lib.compiled import Compiled
from lms.lib.rowtext import RowsAsText, rows_in
from training.asking import once
from training.models import Enrolment

from .models import AssessmentPlan, Part


@dataclass(frozen=True)
class PartLine:
    """rules: whether a panel or portfolio decides it. assignments: primary keys, in order."""

    pk: int
    key: str
    kind: str
    title: str
    title_en: str
    weight: int
    pass_mark: int
    rules: bool
    assignments: tuple[int, ...]


@dataclass(frozen=True)
class CaseLine:
    """The item of an edition that is a case."""

    uuid: UUID
    title: str
    title_en: str
    minutes: int
    required: bool


@dataclass(frozen=True)
class AssignmentLine:
    pk: int
    uuid: UUID
    item: CaseLine
    part: PartLine


@dataclass(frozen=True)
class PlanOutline:
    """Both in the order of the plan."""

    parts: tuple[PartLine, ...] = ()
    assignments: tuple[AssignmentLine, ...] = ()

    @property
    def has_rules(self) -> bool:
        return any(part.rules for part in self.parts)


@once
def plans_for(enrolments: list[Enrolment]) -> dict[int, PlanOutline]:
    """Return the plan of each one's course, by the enrolment's primary key. One query, their cohorts being loaded."""
    plans = plans_of(enrolment.cohort.edition_id for enrolment in enrolments)
    return {enrolment.pk: plans[enrolment.cohort.edition_id] for enrolment in enrolments}


def plans_of(editions: Iterable[int]) -> dict[int, PlanOutline]:
    """Return the plan of each edition, by its primary key; an empty one where there is none. One query."""
    editions = sorted(set(editions))
    found = {edition: _plan_in(text) for edition, text in _plans(editions)}
    return {edition: found.get(edition) or PlanOutline() for edition in editions}


def _asked(editions: list[int]) -> QuerySet:
    parts = Part.objects.filter(plan=OuterRef("pk")).order_by()
    parts = parts.values_list(
        RowsAsText(
            "position", "pk", "key", "kind", "title", "title_en", "weight", "pass_mark", "rules", "assignments__position",
            "assignments__pk", "assignments__uuid", "assignments__item__uuid", "assignments__item__title",
            "assignments__item__title_en", "assignments__item__minutes", "assignments__item__required",
        )
    )  # fmt: skip
    return AssessmentPlan.objects.filter(edition__in=editions).values_list("edition_id", Subquery(parts))


_plans = Compiled(_asked)


@lru_cache(maxsize=64)
def _plan_in(text: str | None) -> PlanOutline:
    """Read the rows: one for each assignment, and one for each part that has none."""
    by_part: dict[int, list[list]] = {}
    for row in sorted(rows_in(text), key=lambda row: (row[0], row[1], row[9] or 0, row[10] or 0)):
        by_part.setdefault(row[1], []).append(row)
    parts, assignments = [], []
    for rows in by_part.values():
        _position, pk, key, kind, title, title_en, weight, pass_mark, rules, *_first = rows[0]
        cases = [row[10:] for row in rows if row[10] is not None]
        decided = rules not in ({}, "{}", None)
        part = PartLine(pk, key, kind, title, title_en, weight, pass_mark, decided, tuple(case[0] for case in cases))
        parts.append(part)
        for case, uuid, item, name, name_en, minutes, required in cases:
            line = CaseLine(UUID(item), name, name_en, minutes, bool(required))
            assignments.append(AssignmentLine(case, UUID(uuid), line, part))
    return PlanOutline(tuple(parts), tuple(assignments))
