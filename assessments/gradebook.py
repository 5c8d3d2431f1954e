"""The gradebook of a cohort: trainees × assignments, with states, totals and parts. A constant number of queries.

What is read from the database is plain values (`Facts`), which can be compared: the page keeps the rows it drew under them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lms.lib.compiled import Compiled, attach
from lms.lib.rowtext import RowsAsText, rows_in
from training.models import Cohort, Enrolment

from .models import Assignment, CaseRun, Part, PartResult, Result, Submission
from .scoring import CENT, Overall, PartRule, mean, overall


class Person(NamedTuple):
    """A row's trainee. key: the enrolment's UUID as the database writes it. name, email: the anonymous code and "" where the
    reader is not to know whose work it is."""

    pk: int
    key: str
    name: str
    email: str = ""


class Released(NamedTuple):
    """What the page needs of a `Result`, under the same names."""

    total: Decimal
    deduction: Decimal
    passed: bool

    @property
    def counted(self) -> Decimal:
        return self.total - self.deduction


class Task(NamedTuple):
    """What a row needs of an assignment."""

    pk: int
    uuid: UUID


class Column(NamedTuple):
    """What a row needs of a part. judged: a panel or portfolio decides it, not its cases."""

    pk: int
    rule: PartRule
    judged: bool
    tasks: tuple[Task, ...]


Rows = tuple[tuple, ...]  # the rows of one such text


class Facts(NamedTuple):
    """Everything that rows are made of, as the database gives it: plain values and texts (`RowsAsText`), equal when the rows are.

    begun: [enrolment, assignment] of every case that was opened and has no work product. handed: […, attempt, status].
    results: […, released at, primary key, total, deduction, passed]; None where whole results are brought along.
    judged: ((enrolment, part), (total, passed, approved)) of parts that a panel or portfolio decides.
    """

    columns: tuple[Column, ...]
    people: tuple[Person, ...]
    begun: str | Rows | None
    handed: str | Rows | None
    results: str | Rows | None
    judged: tuple[tuple[tuple[int, int], tuple[Decimal, bool, bool]], ...]


@dataclass(frozen=True)
class GradeCell:
    """total: what counts of the latest released result, else None. state: todo, playing, a submission's state, passed or failed.

    assignment: whose cell it is, for the address of its history. result: the one total comes from.
    """

    assignment: UUID
    state: str
    total: Decimal | None = None
    attempt: int = 0
    result: Result | Released | None = None

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
    parts: list[tuple[Column, Decimal | None, bool | None]]
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


def people_in(cohort: Cohort, *, named: bool) -> tuple[Person, ...]:
    """The rows of a gradebook: by name, or by the anonymous code, whose order gives no name away. One query."""
    return tuple(Person(*row) for row in (_by_name if named else _by_code)(cohort.pk))


def _seats(cohort: int) -> QuerySet[Enrolment]:
    seats = Enrolment.objects.filter(cohort=cohort).taking_a_seat()
    return seats.annotate(key=Cast("uuid", CharField()))  # text is compared faster than UUIDs


_by_name = Compiled(
    lambda cohort: _seats(cohort).order_by("user__full_name", "pk").values_list("pk", "key", "user__full_name", "user__email")
)
_by_code = Compiled(lambda cohort: _seats(cohort).order_by("anonymous_code").values_list("pk", "key", "anonymous_code"))


def plan_of(cohort: Cohort) -> list[Part]:
    """The parts of a cohort's plan, each with its assignments and what they show of the case. Two queries."""
    parts = _parts(cohort.edition_id)
    attach(parts, "assignments", _assignments(cohort.edition_id), "part_id")
    return parts


_parts = Compiled(lambda edition: Part.objects.filter(plan__edition=edition).order_by("position"))
_assignments = Compiled(
    lambda edition: Assignment.objects.filter(part__plan__edition=edition).select_related("item").order_by("position")
)


def assignments_of(parts: Iterable[Part]) -> list[Assignment]:
    return [assignment for part in parts for assignment in part.assignments.all()]


def facts_of(cohort: Cohort, parts: Iterable[Part], people: tuple[Person, ...], *, whole: bool = False) -> Facts:
    """Return what the rows of these trainees are made of. Three queries, one more where a panel or portfolio decides a part.

    whole: without results, for whoever brings `Result` rows along; one query less.
    """
    columns = tuple(
        Column(
            part.pk, PartRule(part.weight, part.pass_mark), bool(part.rules),
            tuple(Task(assignment.pk, assignment.uuid) for assignment in part.assignments.all()),
        )
        for part in parts
    )  # fmt: skip

    judged = PartResult.objects.latest_in(cohort) if any(column.judged for column in columns) else {}
    return Facts(
        columns, people, _begun.first(cohort.pk), _handed.first(cohort.pk), None if whole else _results.first(cohort.pk),
        tuple((key, (one.total, one.passed, one.approved)) for key, one in judged.items()),
    )  # fmt: skip


def _text_of(rows: QuerySet, *names: str) -> QuerySet:
    return rows.order_by().values_list(RowsAsText("enrolment_id", "assignment_id", *names), flat=True)


_begun = Compiled(lambda cohort: _text_of(CaseRun.objects.filter(enrolment__cohort=cohort, submissions=None)))
_handed = Compiled(lambda cohort: _text_of(Submission.objects.filter(enrolment__cohort=cohort), "attempt", "status"))
_results = Compiled(
    lambda cohort: _text_of(
        Result.objects.filter(enrolment__cohort=cohort), "released_at", "pk", "total", "deduction", "passed"
    )
)


def facts_by_person(facts: Facts) -> Iterator[Facts]:
    """Split facts into those of each person, which are equal as long as nothing of that person's changes. Asks no database."""
    begun, handed, results = (_by_enrolment(text) for text in (facts.begun, facts.handed, facts.results))
    judged: dict[int, list] = {}
    for line in facts.judged:
        judged.setdefault(line[0][0], []).append(line)
    for person in facts.people:
        own = (tuple(sorted(found.get(person.pk, ()))) for found in (begun, handed, results))
        yield Facts(facts.columns, (person,), *own, tuple(judged.get(person.pk, ())))


def _by_enrolment(text: str | None) -> dict[int, list[tuple]]:
    found: dict[int, list[tuple]] = {}
    for row in rows_in(text):
        found.setdefault(row[0], []).append(tuple(row))
    return found


def released_in(facts: Facts) -> dict[tuple[int, int], Released]:
    """{(enrolment, assignment): what the page shows of its latest result}."""
    found = {}
    for enrolment, assignment, _at, _pk, total, deduction, passed in sorted(rows_in(facts.results), key=lambda row: row[2:4]):
        found[enrolment, assignment] = Released(
            Decimal(total).quantize(CENT), Decimal(deduction).quantize(CENT), bool(passed)
        )
    return found


def rows_of(facts: Facts, whole: Mapping[tuple[int, int], Result] | None = None) -> list[GradeRow]:
    """Fold facts into rows, in the order of the people. Asks no database. whole: the latest results, for `Facts` without."""
    begun = {(enrolment, assignment) for enrolment, assignment in rows_in(facts.begun)}
    handed: dict[tuple[int, int], tuple[int, str]] = {}
    for enrolment, assignment, attempt, status in sorted(rows_in(facts.handed), key=lambda row: row[2]):
        handed[enrolment, assignment] = (attempt, status)
    results, judged = released_in(facts) if whole is None else whole, dict(facts.judged)
    tasks = [task for column in facts.columns for task in column.tasks]
    rules = [column.rule for column in facts.columns]
    rows = []
    for person in facts.people:
        cells = []
        for task in tasks:
            key = (person.pk, task.pk)
            cells.append(_cell(task.uuid, key in begun, handed.get(key), results.get(key)))
        totals, refused = [], set()
        for column in facts.columns:
            total, passed, approved = judged.get((person.pk, column.pk), (None, None, True))
            if not approved:
                refused.add(column.pk)
            if not column.judged:
                got = [results.get((person.pk, task.pk)) for task in column.tasks]
                total = mean(result.counted for result in got) if got and all(got) else None
                passed = None if total is None else total >= column.rule.pass_mark
            totals.append((column, total, passed))
        overview = overall([total for _column, total, _passed in totals], rules, refused=bool(refused))
        rows.append(GradeRow(UUID(person.key), person.name, person.email, cells, totals, overview, frozenset(refused)))
    return rows


def gradebook_of(cohort: Cohort, *, named: bool = True) -> Gradebook:
    """Return the gradebook of all of a cohort, with whole results, in a constant number of queries.

    named=False: anonymous codes instead of names and addresses.
    """
    parts = plan_of(cohort)
    results = Result.objects.filter(enrolment__cohort=cohort).order_by("released_at", "pk")
    latest = {(result.enrolment_id, result.assignment_id): result for result in results}
    rows = rows_of(facts_of(cohort, parts, people_in(cohort, named=named), whole=True), latest)
    return Gradebook(parts, assignments_of(parts), rows)


def _cell(uuid: UUID, begun: bool, handed: tuple[int, str] | None, result: Result | Released | None) -> GradeCell:
    if handed is None:
        return GradeCell(uuid, "playing" if begun else "todo")
    attempt, status = handed
    if status == Submission.Status.RELEASED and result is not None:
        return GradeCell(uuid, "passed" if result.passed else "failed", result.counted, attempt, result)
    total = result.counted if result is not None else None  # of the first attempt, while the second is on its way
    return GradeCell(uuid, status, total, attempt, result)
