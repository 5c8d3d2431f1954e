import pytest

from assessments.models import CaseRun, Room
from tests.factories.rooms import come_to_the_table, make_table_edition
from tests.factories.training import make_cohort


@pytest.fixture
def edition(base, at):
    return make_table_edition(base, at)


@pytest.fixture
def cohort(edition, registrar, instructor, at):
    found = make_cohort(edition, at=at, by=registrar)
    found.instructors.add(instructor)
    return found


@pytest.fixture
def school(cohort, trainee, at) -> CaseRun:
    return come_to_the_table(cohort, trainee, at=at)


@pytest.fixture
def firm(cohort, at) -> CaseRun:
    return come_to_the_table(cohort, at=at)


@pytest.fixture
def fund(cohort, at) -> CaseRun:
    return come_to_the_table(cohort, at=at)


@pytest.fixture
def waiting(school, at) -> Room:
    """Open, the school sits there."""
    return Room.open(school, "school", by=school.enrolment.user, at=at)


@pytest.fixture
def room(waiting, school, firm, fund, at) -> Room:
    """All three sit there, and the school is on turn."""
    waiting.sit(firm, "firm", by=firm.enrolment.user, at=at)
    waiting.sit(fund, "fund", by=fund.enrolment.user, at=at)
    return waiting
