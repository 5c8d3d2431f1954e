"""A trainee on the way to a certificate, and one who has it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from curriculum.models import Edition
from tests.factories.certificates import make_certificate, make_rule
from tests.factories.training import make_cohort, make_enrolment
from tests.stage import make_reviewed, standing


@pytest.fixture
def at():
    """The moment at which things happened: an hour ago, so that nothing signed lies in the future."""
    return timezone.now().replace(microsecond=0) - timedelta(hours=1)


@pytest.fixture(scope="module")
def standing_edition(django_db_setup, django_db_blocker):
    """The id of the edition that stands for all tests of a file, and of who wrote and reviewed it."""
    at = timezone.now().replace(microsecond=0) - timedelta(days=3, hours=1)
    yield from standing(lambda: make_reviewed(at).pk, django_db_blocker)


@pytest.fixture
def edition(standing_edition, db) -> Edition:
    return Edition.objects.get(pk=standing_edition)


@pytest.fixture
def rule(edition, at):
    return make_rule(edition.level, at=at - timedelta(days=2))


@pytest.fixture
def enrolment(edition, trainee, registrar, at):
    return make_enrolment(make_cohort(edition, at=at, by=registrar), trainee, at=at)


@pytest.fixture
def certificate(enrolment, rule, registrar, officer, at):
    return make_certificate(enrolment, registrar=registrar, officer=officer, at=at)
