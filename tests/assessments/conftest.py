"""The assessments' own corner: one edition with one case of two stages, an open cohort, the trainee in it.

The rubric of the factory's case: need 0/30/60, terms 0/20/40; pass mark 60, disagreement beyond 15 points.
"""

from datetime import datetime

import pytest
from django.utils import timezone

from assessments.models import Assignment, CaseRun, Submission
from curriculum.models import Edition
from tests.conftest import make_base
from tests.factories.assessments import assignment_of, make_run, make_submission
from tests.factories.curriculum import make_edition
from tests.factories.training import make_cohort, make_enrolment
from tests.stage import stands
from training.models import Enrolment


@pytest.fixture
def at() -> datetime:
    """Now: pages read the clock themselves, and the cohort is open now."""
    return timezone.now().replace(microsecond=0)


# The id of the edition that stands for all tests of a file. Files whose case is another one have their own of that name.
standing_edition = stands(lambda at: make_edition(make_base(), at).pk)


@pytest.fixture
def edition(standing_edition, db) -> Edition:
    return Edition.objects.get(pk=standing_edition)


@pytest.fixture
def cohort(edition, registrar, at):
    return make_cohort(edition, at=at, by=registrar)


@pytest.fixture
def enrolment(cohort, trainee, at) -> Enrolment:
    return make_enrolment(cohort, trainee, at=at)


@pytest.fixture
def assignment(enrolment) -> Assignment:
    return assignment_of(enrolment)


@pytest.fixture
def fresh_run(enrolment, at) -> CaseRun:
    """Begun, nothing decided."""
    return make_run(enrolment, at=at, played=False)


@pytest.fixture
def run(enrolment, at) -> CaseRun:
    """Played to its end."""
    return make_run(enrolment, at=at)


@pytest.fixture
def draft(enrolment, at) -> Submission:
    """Complete, not handed in."""
    return make_submission(enrolment, at=at, handed_in=False)


@pytest.fixture
def submission(enrolment, at) -> Submission:
    """Handed in."""
    return make_submission(enrolment, at=at)
