"""What a batch would do: every result it would change, who would pass or fail, who is left out and why, what rests on it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import User
from lms.lib.language import local
from training.models import Cohort

from .corrections import Corrected, Correction, Footing, corrected_results, criteria_of, footings_of
from .gradebook import Gradebook, GradeCell, gradebook_of
from .models import Appeal, Assignment, Criterion, RegradeBatch, RegradeLine, RegradeTerms
from .relying import relying_on
from .whatif import WhatIfRow
from .whatif import simulate as reckon

Place = tuple[UUID, UUID]  # enrolment, assignment


def corrections_of(batch: RegradeBatch) -> dict[UUID, Correction]:
    """What the batch corrects: of one that follows another or takes it back, as that one says."""
    return {
        UUID(key): Correction(said.get("added", 0), frozenset(said.get("without", ())))
        for key, said in (batch.reverses or batch).corrections.items()
    }


def as_json(corrections: Mapping[UUID, Correction]) -> dict:
    return {str(key): {"added": one.added, "without": sorted(one.without)} for key, one in corrections.items()}


def simulate(batch: RegradeBatch, *, by: User, at: datetime) -> None:
    """Reckon the batch on today's results and keep what it found. Raises WrongState once somebody decided."""
    terms = RegradeTerms.objects.at(at)
    lines, summary = build(batch, may_go_down=terms.may_go_down)
    batch.keep_simulation(lines, summary, by=by, may_go_down=terms.may_go_down, at=at)


def build(batch: RegradeBatch, *, may_go_down: bool) -> tuple[list[RegradeLine], dict]:
    """Return the lines, unsaved, and the counts: results that change, stay and are left out, people, verdicts of results and
    of the whole that turn, certificates. Nine queries for a cohort, three for the whole; they don't grow with trainees."""
    lines: list[RegradeLine] = []
    same = gained = lost = 0
    for cohort in batch.cohorts():
        found, unchanged, whole = _of_cohort(batch, cohort, may_go_down=may_go_down)
        lines += found
        same += unchanged
        gained += sum(row.gains for row in whole)
        lost += sum(row.loses for row in whole)
    waiting = [line for line in lines if line.state == RegradeLine.State.WAITING]
    numbers = relying_on({line.enrolment_id for line in waiting})
    for line in waiting:
        line.certificate = numbers.get(line.enrolment_id, "")
    people = {line.enrolment_id for line in waiting}
    summary = {
        "changes": len(waiting), "people": len(people), "same": same, "left": len(lines) - len(waiting),
        "gained": sum(line.gains for line in waiting), "lost": sum(line.loses for line in waiting),
        "whole_gained": gained, "whole_lost": lost, "certificates": len(people & set(numbers)),
    }  # fmt: skip
    return lines, summary


def _of_cohort(batch: RegradeBatch, cohort: Cohort, *, may_go_down: bool) -> tuple[list[RegradeLine], int, list[WhatIfRow]]:
    """The lines of one cohort, how many results would stay the same, and what the parts come to of those in the lines."""
    book = gradebook_of(cohort)
    enrolments = {enrolment.uuid: enrolment for enrolment in cohort.enrolments.select_related("user")}
    targets = _back(batch, cohort, book) if batch.reverses_id else _forth(batch, cohort, book)
    cells = {(row.uuid, cell.assignment): cell for row in book.rows for cell in row.cells}
    tasks = {task.uuid: task for part in book.parts for task in part.assignments.all()}
    marks = {task.uuid: part.pass_mark for part in book.parts for task in part.assignments.all()}
    contested = set(
        Appeal.objects.open().filter(result__enrolment__cohort=cohort)
        .values_list("result__enrolment__uuid", "result__assignment__uuid")
    )  # fmt: skip
    lines: dict[Place, RegradeLine] = {}
    same = 0
    for place, target in targets.items():
        why = _obstacle(cells[place], target, contested=place in contested)
        if not why and not batch.reverses_id and not may_go_down and target.total < target.before.total:
            why = RegradeLine.Why.LOWER
        if not why and target.total == target.before.total and set(target.points) == set(target.before.points):
            same += 1
            continue
        lines[place] = RegradeLine(
            batch=batch, enrolment=enrolments[place[0]], assignment=tasks[place[1]], before=target.before,
            base=target.footing.base, added=target.footing.added, without=sorted(target.footing.without),
            total=target.total, passed=target.counted >= marks[place[1]], points=target.points,
            state=RegradeLine.State.LEFT if why else RegradeLine.State.WAITING, why=why,
        )  # fmt: skip
    changing = {place: targets[place].counted for place, line in lines.items() if line.state == RegradeLine.State.WAITING}
    rows = {row.grades.uuid: row for row in reckon(book, book.rules, None, changing).rows}
    for (person, _task), line in lines.items():
        row = rows[person]
        line.whole = {"before": _plain(row.before), "after": _plain(row.after)}
    return list(lines.values()), same, [rows[person] for person in {place[0] for place in changing}]


def _plain(overall) -> list:
    return [None if overall.total is None else str(overall.total), overall.passed]


def _forth(batch: RegradeBatch, cohort: Cohort, book: Gradebook) -> dict[Place, Corrected]:
    """The corrected results; of a batch that follows another only of those whom that one left out."""
    found = corrected_results(cohort, book, criteria_of(book.assignments), corrections_of(batch))
    if batch.follows_id is None:
        return found
    left = batch.follows.lines.exclude(state=RegradeLine.State.APPLIED).exclude(why=RegradeLine.Why.LOWER)
    wanted = set(left.values_list("enrolment__uuid", "assignment__uuid"))
    return {place: target for place, target in found.items() if place in wanted}


def _back(batch: RegradeBatch, cohort: Cohort, book: Gradebook) -> dict[Place, Corrected]:
    """What stood before the batch that is taken back, of everybody whom it changed."""
    applied = batch.reverses.lines.filter(state=RegradeLine.State.APPLIED, enrolment__cohort=cohort)
    footings = footings_of(cohort)
    people, found = {row.uuid for row in book.rows}, {}
    for line in applied.select_related("before", "after", "enrolment", "assignment"):
        if line.enrolment.uuid in people:
            back = Corrected(line.after, line.before.total, footings.get(line.before_id, Footing(line.before)))
            found[line.enrolment.uuid, line.assignment.uuid] = back
    return found


def _obstacle(cell: GradeCell, target: Corrected, *, contested: bool) -> str:
    """Why a result is left out of the batch from the beginning, "" when it isn't."""
    why = RegradeLine.Why
    if contested:
        return why.APPEAL
    if cell.state not in ("passed", "failed"):
        return why.ATTEMPT
    if cell.result.pk != target.before.pk:
        return why.RESULT
    return ""


def in_words(batch: RegradeBatch) -> list[str]:
    """What the batch corrects, a sentence for each assignment, in the reader's language. Two queries."""
    corrections = corrections_of(batch)
    tasks = Assignment.objects.filter(uuid__in=corrections).select_related("item").order_by("part__position", "position")
    lines = criteria_of(tasks)
    return [f"{local(task.item, 'title')}: {words(corrections[task.uuid], lines[task.rubric_id])}" for task in tasks]


def words(correction: Correction, criteria: list[Criterion]) -> str:
    """“5 points added; no longer counts: the need”"""
    said = []
    if correction.added:
        said.append(_("%(points)s points added") % {"points": correction.added})
    if correction.without:
        titles = _(", ").join(local(line, "title") for line in criteria if line.key in correction.without)
        said.append(_("no longer counts: %(criteria)s") % {"criteria": titles})
    return _("; ").join(said)
