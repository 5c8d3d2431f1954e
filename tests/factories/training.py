"""Cohorts, enrolments and hours made with the real verbs, so that what a test starts from could have happened."""

from datetime import date, datetime, time, timedelta
from itertools import count

from django.utils import timezone

from accounts.models import Membership, Organisation, Role, User
from curriculum.models import Edition, EditionItem
from training.models import ClassSession, Cohort, Enrolment, StudyVisit

_numbers = count(1)


def make_person(name: str = "测试学员", *, at_base: Organisation | None = None, role: Role | None = None) -> User:
    """Return a new person; with `at_base` and `role`, one who has held that role there for a long time."""
    number = next(_numbers)
    user = User.objects.create_user(f"person{number}@example.org", None, full_name=f"{name}{number}")
    if at_base is not None:
        Membership.objects.create(user=user, organisation=at_base, role=role, valid_from=date(2020, 1, 1))
    return user


def make_cohort(
    edition: Edition, *, at: datetime | None = None, by: User | None = None, opened: bool = True, seats: int = 30,
    days: int = 60, title: str = "测试培训班", **fields,
) -> Cohort:  # fmt: skip
    """Return a cohort of the edition's base that began the day before `at` (now), its enrolment window open, and open
    itself unless `opened=False`.
    """
    at = at or timezone.now()
    by = by or make_person("登记员", at_base=edition.organisation, role=Role.REGISTRAR)
    number = next(_numbers)
    first = timezone.localdate(at) - timedelta(days=1)
    values = {
        "title": f"{title}{number}",
        "title_en": f"Test cohort {number}",
        "code": f"cohort-{number}",
        "place": "示例市",
        "starts_on": first,
        "ends_on": first + timedelta(days=days),
        "enrol_from": timezone.make_aware(datetime.combine(first, time(0))),
        "enrol_until": timezone.make_aware(datetime.combine(first + timedelta(days=days // 2 + 1), time(0))),
        "seats": seats,
    }
    cohort = Cohort.objects.create(
        organisation=edition.organisation, edition=edition, created_by=by, **{**values, **fields}
    )
    if opened:
        cohort.open(by=by, at=at)
    return cohort


def make_enrolment(cohort: Cohort, user: User | None = None, *, at: datetime | None = None) -> Enrolment:
    """Return the enrolment of the person (a new one when not given) in an open cohort."""
    return Enrolment.enrol(cohort, user or make_person(), at=at or timezone.now())


def study(enrolment: Enrolment, item: EditionItem, minutes: int, *, at: datetime | None = None) -> datetime:
    """Let the person study a lesson for so many minutes of active time from `at`, beat by beat. Returns the end."""
    at = at or timezone.now()
    visit = StudyVisit.open_lesson(enrolment, item, at=at)
    for _beat in range(minutes * 2):
        at += timedelta(seconds=30)
        visit.beat(at=at, active=True)
    visit.close(at=at)
    return at


def make_session(cohort: Cohort, *, topic=None, minutes: int = 90, at: datetime | None = None, by: User | None = None,
                 title: str = "面授课", **fields) -> ClassSession:  # fmt: skip
    """Return a class of the cohort on the first topic of its level (or the one given), begun two hours before `at`."""
    at = at or timezone.now()
    if topic is None:
        module = cohort.edition.level.modules.order_by("position").first()
        topic = module.topics.order_by("position").first()
    return ClassSession.schedule(
        cohort, topic=topic, title=title, starts_at=at - timedelta(hours=2), minutes=minutes,
        by=by or cohort.created_by, at=at, **fields,
    )  # fmt: skip


def attend_everything(enrolment: Enrolment, *, at: datetime | None = None, by: User | None = None) -> None:
    """Give the enrolment all hours of its level by class sessions, so that every module's hours are met."""
    at = at or timezone.now()
    cohort = enrolment.cohort
    by = by or cohort.created_by
    minutes_per_hour = cohort.edition.level.syllabus.minutes_per_hour
    for module in cohort.edition.level.modules.order_by("position"):
        topic = module.topics.order_by("position").first()
        left = int(module.hours * minutes_per_hour) + 1
        while left > 0:
            number = next(_numbers)
            session = make_session(
                cohort, topic=topic, minutes=min(left, 600), at=at - timedelta(seconds=number % 3600), by=by,
                title=f"{topic.title} {number}",
            )  # fmt: skip
            session.record_attendance([enrolment], by=by, at=at)
            left -= 600
