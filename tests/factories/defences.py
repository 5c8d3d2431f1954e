"""An edition whose plan has a defence and a portfolio beside its case, and a day of defences made with the real verbs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accounts.models import Organisation, Role, User
from assessments.models import Defence, DefenceDay, PanelSeat, Part, Submission
from curriculum.default_rubric import DEFENCE_RUBRIC
from curriculum.models import CoursePage, Edition
from tests.conftest import make_base, make_user
from tests.factories.assessments import make_submission
from tests.factories.curriculum import make_course, make_edition, stream
from tests.factories.deals import deal_arguments
from tests.factories.training import make_cohort, make_enrolment, make_person
from training.models import Cohort, Enrolment
from training.models.enrolments import new_anonymous_code

RUBRIC = [line | {"competence": "trade"} for line in DEFENCE_RUBRIC]


def oral_parts(course: CoursePage, *, rules: dict[str, Any] | None = None, portfolio: dict[str, Any] | None = None):
    """Return the parts of a course: its cases 50, a defence 30, a portfolio 20."""
    cases = [line.case_id for line in course.case_placements.all()]
    return stream(CoursePage, "parts", [
        ("part", {"key": "cases", "kind": "case", "title": "案例", "title_en": "Cases", "weight": 50, "pass_mark": 60,
                  "cases": cases}),
        ("part", {"key": "defence", "kind": "defence", "title": "答辩", "title_en": "Defence", "weight": 30, "pass_mark": 60,
                  "cases": [], "defence": [{"rubric": RUBRIC} | (rules or {})]}),
        ("part", {"key": "portfolio", "kind": "portfolio", "title": "业绩", "title_en": "Portfolio", "weight": 20,
                  "pass_mark": 60, "cases": [], "portfolio": [portfolio or {}]}),
    ])  # fmt: skip


def make_oral_edition(base: Organisation, at: datetime, **rules) -> Edition:
    """Return an edition of a small course with case, defence and portfolio."""
    course = make_course(base)
    course.parts = oral_parts(course, **rules)
    course.save()
    course.save_revision()
    return make_edition(base, at, course=course)


@dataclass
class Oral:
    """A cohort with one trainee who has handed in, a day tomorrow, three members of the panel who gave the undertaking."""

    cohort: Cohort
    part: Part
    enrolment: Enrolment
    submission: Submission
    day: DefenceDay
    seats: list[PanelSeat]
    registrar: User

    def book(self, *, at: datetime, place: int = 0) -> Defence:
        slot = list(self.day.slots.select_related("day__part", "day__cohort"))[place]
        return Defence.book(self.enrolment, slot, self.submission, by=self.enrolment.user, at=at)

    def points(self, place: int = -1) -> dict[str, int]:
        """The points of a band (the best) on every criterion."""
        return {line.key: [band.points for band in line.bands.all()][place] for line in self.part.rubric.lines()}


def make_oral(
    base: Organisation, *, at: datetime, registrar: User, trainee: User | None = None, rules: dict[str, Any] | None = None,
    edition: Edition | None = None, enrol: Callable[..., Enrolment] = make_enrolment, chair: User | None = None,
) -> Oral:  # fmt: skip
    """Return all of it. The day begins in three days, so that slots may still be changed."""
    edition = edition or make_oral_edition(base, at, rules=rules)
    cohort = make_cohort(edition, at=at, by=registrar)
    enrolment = enrol(cohort, trainee or make_person("答辩学员"), at=at)
    submission = make_submission(enrolment, at=at)
    part = Part.objects.get(plan__edition=edition, key="defence")
    day = DefenceDay.open(
        cohort, part, starts_at=at + timedelta(days=3), slots=3, slot_minutes=30, break_minutes=10,
        choose_until=at + timedelta(days=2), place="示例楼 301", by=registrar, at=at,
    )  # fmt: skip
    seats = []
    for number, role in enumerate(["chair", "member", "member"]):
        person = chair if chair and role == "chair" else make_person(f"委员{number}", at_base=base, role=Role.ASSESSOR)
        seat = day.seat(person, role=role, capacity="assessor", by=registrar, at=at)
        seat.undertake(employer="示例大学", at=at)
        seats.append(seat)
    return Oral(cohort, part, enrolment, submission, day, seats, registrar)


def fetched(oral: Oral) -> Oral:
    """Return the same from the database: nothing of the given objects is shared."""
    kept = [oral.cohort, oral.part, oral.enrolment, oral.submission, oral.day]
    cohort, part, enrolment, submission, day = (type(one).objects.get(pk=one.pk) for one in kept)
    seats = [PanelSeat.objects.get(pk=seat.pk) for seat in oral.seats]
    return Oral(cohort, part, enrolment, submission, day, seats, User.objects.get(pk=oral.registrar.pk))


def oral_arguments(
    base: Organisation, *, at: datetime, registrar: User, trainee: User, assessor: User
) -> dict[str, dict[str, Any]]:
    """Return the arguments of the URLs of defences: the trainee has a slot, the assessor chairs the panel."""

    def enrol(cohort: Cohort, user: User | None, *, at: datetime) -> Enrolment:
        """Beside the trainee's other cohort of the level, which the verb would refuse."""
        return Enrolment.objects.create(
            cohort=cohort, user=user, syllabus=cohort.edition.syllabus, anonymous_code=new_anonymous_code(), enrolled_at=at
        )

    oral = make_oral(base, at=at, registrar=registrar, trainee=trainee, enrol=enrol, chair=assessor)
    defence, day = oral.book(at=at), {"uuid": oral.day.uuid}
    own = {"uuid": oral.enrolment.uuid, "key": "defence"}
    names = ["declare", "open", "vote", "close", "sign", "release", "absent", "cancel", "minutes"]
    return {
        "defence_book": own, "defence_own_calendar": own, "defence": {"uuid": defence.uuid},
        "defence_file": {"uuid": defence.uuid, "place": 1}, "defence_unseat": {"uuid": oral.seats[1].uuid},
        **{f"defence_{name}": {"uuid": defence.uuid} for name in names},
        **{f"defence_{name}": day for name in ("day", "place", "seat", "day_cancel", "export", "day_calendar")},
        "panel_day": day, "panel_calendar": day,
        **deal_arguments(oral.enrolment, at=at),
    }  # fmt: skip


def make_standing_oral(at: datetime) -> Oral:
    """For what stands for a file: with the cast's own registrar and trainee."""
    registrar = make_user("registrar", "测试教务冯", make_base(), Role.REGISTRAR)
    return make_oral(make_base(), at=at, registrar=registrar, trainee=make_user("trainee", "测试学员王"))
