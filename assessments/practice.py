"""Where a trainee stands with the cases of the course, and what comes next: fills the places that training offers."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import F
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from training import nextsteps, panels
from training.models import Enrolment

from .lateness import Rule
from .models import Assignment, CaseRun, Deadline, Extension, Result, Room, RoomSeat, Submission
from .models.submissions import MAX_ATTEMPTS

FRESH = timedelta(days=14)  # so long a released result stands among the next steps


@dataclass(frozen=True)
class PracticeRow:
    """One case of the course and how far the trainee is. `submission` and `result` are the latest ones."""

    enrolment: Enrolment
    assignment: Assignment
    run: CaseRun | None = None
    submission: Submission | None = None
    result: Result | None = None
    due: Rule | None = None

    @property
    def state(self) -> str:
        """todo, playing, writing, waiting, passed, failed or again (failed, and may be handed in once more)."""
        if self.run is None:
            return "todo"
        if not self.run.is_played:
            return "playing"
        if self.submission is None or self.submission.is_draft:
            return "writing"
        if self.submission.status != Submission.Status.RELEASED or self.result is None:
            return "waiting"
        if self.result.passed:
            return "passed"
        return "again" if self.submission.attempt < MAX_ATTEMPTS and self.enrolment.is_active else "failed"

    @property
    def title(self) -> str:
        item = self.assignment.item
        return item.title_en if (get_language() or "").startswith("en") and item.title_en else item.title

    @property
    def url(self) -> str:
        """Where the trainee goes on with this case."""
        match self.state:
            case "todo":
                return reverse("case_begin", args=[self.enrolment.uuid, self.assignment.uuid])
            case "playing":
                return self.run.get_absolute_url()
            case "writing":
                return self.submission.get_absolute_url() if self.submission else self.run.get_absolute_url()
            case "waiting":
                return reverse("submission_receipt", args=[self.submission.uuid])
        return reverse("submission_result", args=[self.submission.uuid])

    @property
    def action(self) -> str:
        """What the link to go on says."""
        return {
            "todo": _("Begin the case"),
            "playing": _("Go on with the case"),
            "writing": _("Write the work product"),
            "waiting": _("See the receipt"),
            "passed": _("Read the result"),
            "failed": _("Read the result"),
            "again": _("Read the result and hand in again"),
        }[self.state]


def rows_of(enrolments: Iterable[Enrolment]) -> dict[int, list[PracticeRow]]:
    """Return the cases of each enrolment's course in order, by the enrolment's primary key: four queries."""
    enrolments = list(enrolments)
    editions: dict[int, list[Assignment]] = {}
    assignments = Assignment.objects.filter(part__plan__edition__in={e.cohort.edition_id for e in enrolments})
    for found in assignments.select_related("item", "part__plan").order_by("part__position", "position"):
        editions.setdefault(found.part.plan.edition_id, []).append(found)
    runs = {(r.enrolment_id, r.assignment_id): r for r in CaseRun.objects.filter(enrolment__in=enrolments)}
    submissions: dict[tuple[int, int], Submission] = {}
    for submission in Submission.objects.filter(enrolment__in=enrolments).order_by("attempt"):
        submissions[submission.enrolment_id, submission.assignment_id] = submission
    results: dict[tuple[int, int], Result] = {}
    for result in Result.objects.filter(enrolment__in=enrolments).order_by("released_at", "pk"):
        results[result.enrolment_id, result.assignment_id] = result
    rows: dict[int, list[PracticeRow]] = {}
    for enrolment in enrolments:
        rows[enrolment.pk] = [
            PracticeRow(
                enrolment, assignment, runs.get(key := (enrolment.pk, assignment.pk)), submissions.get(key),
                results.get(key),
            )
            for assignment in editions.get(enrolment.cohort.edition_id, [])
        ]  # fmt: skip
    return rows


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
    """What is begun comes before the next lesson, fresh results too; the first new case after it. Four queries."""
    active = [enrolment for enrolment in enrolments if enrolment.is_active]
    steps: dict[int, list[nextsteps.NextStep]] = {}
    for key, rows in rows_of(active).items():
        new = [row for row in rows if row.state == "todo"]
        found = [_step(row, at) for row in [*(row for row in rows if row.state != "todo"), *new[:1]]]
        steps[key] = [step for step in found if step is not None]
    return steps


@nextsteps.register
def tables_waiting(enrolments: list[Enrolment], at: datetime) -> dict[int, list[nextsteps.NextStep]]:
    """A table at which it is somebody's turn, until when: one query."""
    active = [enrolment.pk for enrolment in enrolments if enrolment.is_active]
    seats = RoomSeat.objects.filter(run__enrolment__in=active, room__status=Room.Status.PLAYING, room__turn_key=F("key"))
    steps: dict[int, list[nextsteps.NextStep]] = {}
    for seat in seats.select_related("room__assignment__item", "run"):
        item, due = seat.room.assignment.item, seat.room.due_at
        english = (get_language() or "").startswith("en") and item.title_en
        title = _("Your turn at the table: %(case)s") % {"case": item.title_en if english else item.title}
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
