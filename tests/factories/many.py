"""A cohort of many people who fulfil a rule of hours, made quickly: for what has to be done to many at once."""

from datetime import date, datetime

from accounts.models import Organisation, Role, User
from certificates import batching
from certificates.models import AwardBatch, AwardProposal
from tests.factories.certificates import make_rule
from tests.factories.curriculum import make_authority, make_edition
from tests.factories.training import make_cohort, make_person, make_session
from training.models import Enrolment
from training.models.enrolments import new_anonymous_code

RULE = {"hours": {"modules": "syllabus"}}


def many_people(count: int, *, at: datetime) -> tuple[AwardBatch, User]:
    """Return a list of so many people that a base asks for, to be checked, and an officer. A class for each module has all."""
    base = Organisation.objects.create(
        name="示例基地", name_en="Sample base", slug="many", kind=Organisation.Kind.BASE, accredited_levels=["junior"],
        accredited_from=date(2020, 1, 1),
    )  # fmt: skip
    edition = make_edition(base, at)
    make_rule(edition.level, at=at, conditions=RULE)
    registrar = make_person("登记员", at_base=base, role=Role.REGISTRAR)
    officer = make_person("专员", at_base=make_authority(), role=Role.OFFICER)
    cohort = make_cohort(edition, at=at, by=registrar, seats=count + 1)
    users = User.objects.bulk_create(
        (User(email=f"many-{n}@lms.example", full_name=f"学员{n}", is_active=True) for n in range(count)), batch_size=500
    )
    people = Enrolment.objects.bulk_create(
        (
            Enrolment(cohort=cohort, user=user, syllabus=edition.syllabus, anonymous_code=new_anonymous_code(), enrolled_at=at)
            for user in users
        ),
        batch_size=500,
    )
    for module in edition.level.modules.order_by("position"):
        topic, left = module.topics.order_by("position").first(), int(module.hours * 45) + 1
        while left > 0:
            session = make_session(cohort, topic=topic, minutes=min(left, 600), at=at, by=registrar, title=f"课 {left}")
            session.record_attendance(people, by=registrar, at=at)
            left -= 600
    return AwardBatch.ask(cohort, by=registrar, at=at), officer


def confirmed_batch(count: int, *, at: datetime) -> AwardBatch:
    """The same list, checked and confirmed: what is left is to award and to issue."""
    batch, officer = many_people(count, at=at)
    batching.collect(batch, at=at, beat=lambda *a: None)
    assert AwardProposal.objects.count() == count
    batch.confirm(by=officer, at=at)
    return batch
