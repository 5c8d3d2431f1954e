"""The gradebook of a cohort: trainees × assignments, with states, totals and parts. A constant number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from training.models import Cohort, Enrolment

from .models import Assignment, CaseRun, Part, PartResult, Result, Submission
from .scoring import Overall, PartRule, mean, overall


@dataclass(frozen=True)
class GradeCell:
    """total: what counts of the latest released result, else None. state: todo, playing, a submission's state, passed or failed.

    assignment: whose cell it is, for the address of its history. result: the one total comes from.
    """

    assignment: UUID
    state: str
    total: Decimal | None = None
    attempt: int = 0
    result: Result | None = None

    @property
    def word(self) -> str:
        """The state in the reader's language."""
        match self.state:  # one look-up: a gradebook has hundreds of cells
            case "todo":
                return _("not begun")
            case "playing":
                return pgettext("case", "playing")
            case "passed":
                return _("passed")
            case "failed":
                return _("not passed")
        return str(Submission.Status(self.state).label)

    @property
    def tone(self) -> str:
        return {"passed": "ok", "failed": "bad", "ready": "warn", "todo": "muted"}.get(self.state, "info")


@dataclass(frozen=True)
class GradeRow:
    """parts: (part, mean of its latest results or None while one is missing, passed or None); overall: what they come to.

    refused: primary keys of parts that a panel or portfolio did not carry, whatever their points.
    name, email: the anonymous code and "" where the reader is not to know whose work it is. uuid: of the enrolment.
    """

    uuid: UUID
    name: str
    email: str
    cells: list[GradeCell]
    parts: list[tuple[Part, Decimal | None, bool | None]]
    overall: Overall
    refused: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Gradebook:
    parts: list[Part]
    assignments: list[Assignment]
    rows: list[GradeRow]

    @property
    def rules(self) -> list[PartRule]:
        return rules_of(self.parts)


def rules_of(parts: Iterable[Part]) -> list[PartRule]:
    """The policy that stands in the plan."""
    return [PartRule(part.weight, part.pass_mark) for part in parts]


def trainees_of(cohort: Cohort, *, named: bool) -> QuerySet[Enrolment]:
    """The rows of a gradebook: by name, or by the anonymous code, whose order gives no name away."""
    rows = cohort.enrolments.taking_a_seat().select_related("user")
    return rows.order_by("user__full_name", "pk") if named else rows.order_by("anonymous_code")


def gradebook_of(cohort: Cohort, enrolments: Iterable[Enrolment] | None = None, *, named: bool = True) -> Gradebook:
    """Return the gradebook of these trainees, else of all of the cohort, in a constant number of queries.

    named=False: anonymous codes instead of names and addresses.
    """
    tasks = Prefetch("assignments", Assignment.objects.select_related("item").order_by("position"))
    parts = list(Part.objects.filter(plan__edition=cohort.edition_id).prefetch_related(tasks).order_by("position"))
    assignments = [assignment for part in parts for assignment in part.assignments.all()]
    enrolments = list(trainees_of(cohort, named=named) if enrolments is None else enrolments)
    runs = set(CaseRun.objects.filter(enrolment__cohort=cohort).values_list("enrolment", "assignment"))
    submissions = {}
    for found in Submission.objects.filter(enrolment__cohort=cohort).only(
        "enrolment_id", "assignment_id", "attempt", "status"
    ).order_by("attempt"):  # fmt: skip
        submissions[found.enrolment_id, found.assignment_id] = found
    results = {}
    for result in Result.objects.filter(enrolment__cohort=cohort).order_by("released_at", "pk"):
        results[result.enrolment_id, result.assignment_id] = result
    judged = PartResult.objects.latest_in(cohort) if any(part.rules for part in parts) else {}
    rows, rules = [], rules_of(parts)
    for enrolment in enrolments:
        keys = {assignment.pk: (enrolment.pk, assignment.pk) for assignment in assignments}
        cells = [
            _cell(assignment.uuid, key in runs, submissions.get(key), results.get(key))
            for assignment, key in zip(assignments, keys.values(), strict=True)
        ]
        totals = []
        refused = frozenset(
            part.pk for part in parts if (found := judged.get((enrolment.pk, part.pk))) is not None and not found.approved
        )
        for part in parts:
            if part.rules:
                found = judged.get((enrolment.pk, part.pk))
                totals.append((part, found and found.total, found and found.passed))
                continue
            got = [results.get(keys[assignment.pk]) for assignment in part.assignments.all()]
            total = mean(result.counted for result in got) if got and all(got) else None
            totals.append((part, total, None if total is None else total >= part.pass_mark))
        user = enrolment.user
        who = (user.full_name, user.email) if named else (enrolment.anonymous_code, "")
        whole = overall([total for _part, total, _passed in totals], rules, refused=bool(refused))
        rows.append(GradeRow(enrolment.uuid, *who, cells, totals, whole, refused))
    return Gradebook(parts, assignments, rows)


def _cell(uuid: UUID, begun: bool, submission: Submission | None, result: Result | None) -> GradeCell:
    if submission is None:
        return GradeCell(uuid, "playing" if begun else "todo")
    if submission.status == Submission.Status.RELEASED and result is not None:
        return GradeCell(uuid, "passed" if result.passed else "failed", result.counted, submission.attempt, result)
    total = result.counted if result is not None else None  # of the first attempt, while the second is on its way
    return GradeCell(uuid, submission.status, total, submission.attempt, result)
