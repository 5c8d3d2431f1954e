"""The training tests' own corner: one frozen edition, an open cohort on it, and a trainee in it."""

from datetime import date, datetime

import pytest
from django.utils import timezone

from accounts.models import Membership, Organisation, Role, User
from curriculum.models import Edition
from tests.factories.curriculum import make_edition
from tests.factories.training import make_cohort, make_enrolment, make_person
from tests.stage import standing

AT = timezone.make_aware(datetime(2026, 6, 1, 10, 0))


def make_base(slug: str = "base-one", name: str = "示例培养基地") -> Organisation:
    return Organisation.objects.filter(slug=slug).first() or Organisation.objects.create(
        kind=Organisation.Kind.BASE, name=name, slug=slug, accredited_from=date(2020, 1, 1),
        accredited_levels=["junior", "intermediate", "senior"],
    )  # fmt: skip


@pytest.fixture
def at() -> datetime:
    """The moment at which the tests of this folder happen."""
    return AT


@pytest.fixture(scope="module")
def standing_edition(django_db_setup, django_db_blocker):
    """The id of the edition that stands for all tests of a file."""
    yield from standing(lambda: make_edition(make_base(), AT).pk, django_db_blocker)


@pytest.fixture
def own_base(db) -> Organisation:
    return make_base()


@pytest.fixture
def edition(standing_edition, db) -> Edition:
    return Edition.objects.get(pk=standing_edition)


@pytest.fixture
def lessons(edition) -> list:
    return list(edition.items.filter(kind="lesson"))


@pytest.fixture
def own_registrar(own_base) -> User:
    return make_person("登记员", at_base=own_base, role=Role.REGISTRAR)


@pytest.fixture
def own_instructor(own_base) -> User:
    return make_person("教师", at_base=own_base, role=Role.INSTRUCTOR)


@pytest.fixture
def cohort(edition, own_registrar):
    return make_cohort(edition, at=AT, by=own_registrar)


@pytest.fixture
def student(db) -> User:
    return make_person("学员")


@pytest.fixture
def enrolment(cohort, student):
    return make_enrolment(cohort, student, at=AT)


@pytest.fixture
def stranger(db) -> User:
    """A registrar of another base: knows the pages, but nothing in them is theirs."""
    base = make_base("base-two", "另一培养基地")
    user = make_person("外人")
    Membership.objects.create(user=user, organisation=base, role=Role.REGISTRAR, valid_from=date(2020, 1, 1))
    return user
