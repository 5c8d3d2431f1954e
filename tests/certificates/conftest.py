"""A trainee on the way to a certificate, and one who has it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories.certificates import make_certificate, make_rule
from tests.factories.curriculum import make_edition
from tests.factories.training import make_cohort, make_enrolment


@pytest.fixture
def at():
    """The moment at which things happened: an hour ago, so that nothing signed lies in the future."""
    return timezone.now().replace(microsecond=0) - timedelta(hours=1)


@pytest.fixture
def edition(base, author, base_reviewer, reviewer, at):
    return make_edition(
        base, at - timedelta(days=3), author=author, base_reviewer=base_reviewer, reviewer=reviewer
    )


@pytest.fixture
def rule(edition, at):
    return make_rule(edition.level, at=at - timedelta(days=2))


@pytest.fixture
def enrolment(edition, trainee, registrar, at):
    return make_enrolment(make_cohort(edition, at=at, by=registrar), trainee, at=at)


@pytest.fixture
def certificate(enrolment, rule, registrar, officer, at):
    return make_certificate(enrolment, registrar=registrar, officer=officer, at=at)
