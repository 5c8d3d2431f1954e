"""Where a trainee stands with the cases of the course, and what comes next: fills the places that training offers."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import F
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lms.lib.addresses import address
from lms.lib.compiled import Compiled
from lms.lib.drawn import Drawn
from lms.lib.language import local
from lms.lib.rowtext import RowsAsText, rows_in
from training import nextsteps, panels
from training.asking import once
from training.models import Enrolment

from .lateness import Rule
from .models import CaseRun, Deadline, Extension, Result, Room, RoomSeat, Submission
from .models.submissions import MAX_ATTEMPTS
from .plan_outline import AssignmentLine, plans_for
from .results import latest_results

FRESH = timedelta(days=14)  # so long a released result stands among the next steps


class Run(NamedTuple):
    """How far somebody is with a case. is_turn: whether it is their turn at a table of it. uuid, attempt and status of the latest
    hand-in: None before there is a work product."""

    uuid: UUID
    is_played: bool
    work: UUID | None = None
    attempt: int | None = None
    status: str | None = None
    is_turn: bool = False


ACTIONS = {
    "todo": gettext_noop("Begin the case"),
    "playing": gettext_noop("Go on with the case"),
    "writing": gettext_noop("Write the work product"),
    "waiting": gettext_noop("See the receipt"),
    "passed": gettext_noop("Read the result"),
    "failed": gettext_noop("Read the result"),
    "again": gettext_noop("Read the result and hand in again"),
}


@dataclass(frozen=True)
class PracticeRow:
    """One case of the course and how far the trainee is. `result` is the latest one."""

    enrolment: Enrolment
    assignment: AssignmentLine
    run: Run | None = None
    result: Result | None = None
    due: Rule | None = None

    @property
    def state(self) -> str:
        """todo, playing, writing, waiting, passed, failed or again (failed, and may be handed in once more)."""
        if self.run is None:
            return "todo"
        if not self.run.is_played:
            return "playing"
        if self.run.work is None or self.run.status == Submission.Status.DRAFT:
            return "writing"
        if self.run.status != Submission.Status.RELEASED or self.result is None:
            return "waiting"
        if self.result.passed:
            return "passed"
        return "again" if self.run.attempt < MAX_ATTEMPTS and self.enrolment.is_active else "failed"

    @property
    def title(self) -> str:
        return local(self.assignment.item, "title")

    @property
    def url(self) -> str:
        """Where the trainee goes on with this case."""
        match self.state:
            case "todo":
                return address("case_begin", self.enrolment.uuid, self.assignment.uuid)
            case "playing":
                return address("case_play", self.run.uuid)
            case "writing":
                return address("submission_edit", self.run.work) if self.run.work else address("case_play", self.run.uuid)
            case "waiting":
                return address("submission_receipt", self.run.work)
        return address("submission_result", self.run.work)

    @property
    def action(self) -> str:
        """What the link to go on says."""
        return _(ACTIONS[self.state])

    @property
    def html(self) -> SafeString:
        return drawn_row(
            self.url, title=self.title, state=self.state, action=self.action, part=local(self.assignment.part, "title"),
            minutes=self.assignment.item.minutes, total=self.result.counted if self.result else None,
            due=self.due.due if self.due else None,
        )  # fmt: skip


drawn_row = Drawn("assessments/_practice_row.html")


@once
def rows_of(enrolments: list[Enrolment]) -> dict[int, list[PracticeRow]]:
    """Return the cases of each enrolment's course in order, by the enrolment's primary key: three queries."""
    plans, runs, results = plans_for(enrolments), runs_of(enrolments), latest_results(enrolments)
    rows: dict[int, list[PracticeRow]] = {}
    for enrolment in enrolments:
        own = runs[enrolment.pk]
        latest = {result.assignment_id: result for result in results[enrolment.pk]}
        rows[enrolment.pk] = [
            PracticeRow(enrolment, assignment, own.get(assignment.pk), latest.get(assignment.pk))
            for assignment in plans[enrolment.pk].assignments
        ]
    return rows


@once
def runs_of(enrolments: list[Enrolment]) -> dict[int, dict[int, Run]]:
    """Return {enrolment: {assignment: run}}, by primary keys. One query."""
    found: dict[int, dict[int, Run]] = {enrolment.pk: {} for enrolment in enrolments}
    rows = rows_in(_runs.first(list(found)) if found else None)
    turns = {row[2] for row in rows if row[7] == Room.Status.PLAYING and row[8] == row[9]}
    for enrolment, assignment, uuid, status, work, attempt, handed, *_seat in sorted(rows, key=lambda row: row[5] or 0):
        played = status == CaseRun.Status.PLAYED
        run = Run(UUID(uuid), played, UUID(work) if work else None, attempt, handed, uuid in turns)
        found[enrolment][assignment] = run
    return found


_runs = Compiled(
    lambda enrolments: CaseRun.objects.filter(enrolment__in=enrolments).order_by().values_list(
        RowsAsText(
            "enrolment_id", "assignment_id", "uuid", "status", "submissions__uuid", "submissions__attempt",
            "submissions__status", "room_seats__room__status", "room_seats__room__turn_key", "room_seats__key",
        ), flat=True,
    )
)  # fmt: skip


def with_due(enrolment: Enrolment, rows: list[PracticeRow]) -> list[PracticeRow]:
    """The same rows with the due times of what can still be handed in the first time. Two queries."""
    terms = {row.assignment_id: row for row in Deadline.objects.filter(cohort=enrolment.cohort_id).order_by("pk")}
    own = {row.assignment_id: row.until for row in Extension.objects.filter(enrolment=enrolment).order_by("pk")}
    return [
        replace(row, due=terms[row.assignment.pk].rule(own.get(row.assignment.pk)))
        if row.assignment.pk in terms and row.state in ("todo", "playing", "writing")
        else row
        for row in rows
    ]


@nextsteps.register
def next_cases(enrolments: list[Enrolment], at: datetime) -> dict[int, list[nextsteps.NextStep]]:
    """What is begun comes before the next lesson, fresh results too; the first new case after it. Three queries."""
    active = [enrolment for enrolment in enrolments if enrolment.is_active]
    steps: dict[int, list[nextsteps.NextStep]] = {}
    for key, rows in (rows_of(active) if active else {}).items():
        new = [row for row in rows if row.state == "todo"]
        found = [_step(row, at) for row in [*(row for row in rows if row.state != "todo"), *new[:1]]]
        steps[key] = [step for step in found if step is not None]
    return steps


@nextsteps.register
def tables_waiting(enrolments: list[Enrolment], at: datetime) -> dict[int, list[nextsteps.NextStep]]:
    """A table at which it is somebody's turn, until when: one query where there is one."""
    active = [enrolment for enrolment in enrolments if enrolment.is_active]
    runs = runs_of(active) if active else {}
    active = [pk for pk, of_one in runs.items() if any(run.is_turn for run in of_one.values())]
    if not active:
        return {}
    seats = RoomSeat.objects.filter(run__enrolment__in=active, room__status=Room.Status.PLAYING, room__turn_key=F("key"))
    steps: dict[int, list[nextsteps.NextStep]] = {}
    for seat in seats.select_related("room__assignment__item", "run"):
        due = seat.room.due_at
        title = _("Your turn at the table: %(case)s") % {"case": local(seat.room.assignment.item, "title")}
        note = _("until %(at)s") % {"at": localtime(due).strftime("%m-%d %H:%M")} if due else ""
        found = nextsteps.NextStep(title, seat.room.get_absolute_url(), note, kind="case", priority=20)
        steps.setdefault(seat.run.enrolment_id, []).append(found)
    return steps


def _step(row: PracticeRow, at: datetime) -> nextsteps.NextStep | None:
    title = {"case": row.title}
    match row.state:
        case "playing":
            return nextsteps.NextStep(_("Go on with the case: %(case)s") % title, row.url, kind="case", priority=35)
        case "writing":
            return nextsteps.NextStep(_("Write the work product: %(case)s") % title, row.url, kind="case", priority=30)
        case "again":
            return nextsteps.NextStep(_("Hand in again: %(case)s") % title, row.url, kind="result", priority=32)
        case "todo":
            note = _("%(minutes)s minutes") % {"minutes": row.assignment.item.minutes}
            return nextsteps.NextStep(_("Begin the case: %(case)s") % title, row.url, note, kind="case", priority=60)
        case "passed" | "failed" if at - row.result.released_at < FRESH:
            return nextsteps.NextStep(_("Read the result: %(case)s") % title, row.url, kind="result", priority=70)
    return None


@panels.register
def practice_panel(enrolment: Enrolment) -> list[panels.Panel]:
    """The list of cases on the course page."""
    rows = rows_of([enrolment])[enrolment.pk]
    context = {"rows": rows}
    return [panels.Panel(_("Practice"), "assessments/_practice_list.html", context, key="practice", position=20)]
