"""A cohort whose only case begins at a table of three seats, and people who have come to it."""

from datetime import datetime
from typing import Any

from accounts.models import Organisation, User
from assessments.models import CaseRun, Room
from curriculum.models import CaseScenarioPage, CoursePage, Edition
from tests.curriculum.rooms.table import STAGES, VARIABLES
from tests.factories.assessments import assignment_of
from tests.factories.curriculum import make_course, make_edition, stream
from tests.factories.training import make_cohort, make_enrolment
from training.models import Cohort, Enrolment


def with_a_table(course: CoursePage, stages: list[dict[str, Any]] | None = None) -> CoursePage:
    """Return the course with its case changed to one of a table and an end."""
    case = course.case_placements.get().case.specific
    case.stages = stream(CaseScenarioPage, "stages", [("stage", stage) for stage in stages or STAGES])
    case.variables = stream(CaseScenarioPage, "variables", [("variable", value) for value in VARIABLES])
    case.save_revision()
    return course


def make_table_edition(base: Organisation, at: datetime, stages: list[dict[str, Any]] | None = None, **people) -> Edition:
    course = with_a_table(make_course(base, people.get("author"), title="有谈判的课程"), stages)
    return make_edition(base, at, course=course, **people)


def come_to_the_table(cohort: Cohort, user: User | None = None, *, at: datetime) -> CaseRun:
    """Return the run of a trainee (a new one when not given) of the cohort, at the table."""
    enrolment = make_enrolment(cohort, user, at=at)
    return start(enrolment, at=at)


def start(enrolment: Enrolment, *, at: datetime) -> CaseRun:
    return CaseRun.start(enrolment, assignment_of(enrolment), at=at)


def room_arguments(edition: Edition, trainee: User, *, by: User, instructor: User, at: datetime) -> dict[str, dict[str, Any]]:
    """Return the arguments of the URLs of rooms: one in which the trainee waits alone. The row is written by hand, for the
    person studies this level in another cohort already."""
    cohort = make_cohort(edition, at=at, by=by)
    cohort.instructors.add(instructor)
    enrolment = Enrolment.objects.create(cohort=cohort, user=trainee, enrolled_at=at, syllabus=edition.syllabus)
    run = start(enrolment, at=at)
    room = Room.open(run, "school", by=trainee, at=at)
    own = {"uuid": room.uuid}
    return dict.fromkeys(("room", "room_state", "room_move", "room_seat", "room_arrange"), own) | {
        "room_find": {"uuid": run.uuid}, "room_open": {"uuid": cohort.uuid}
    }
