"""A course and an edition made for each test anew, for files whose tests need to know all there is: `course = alone.course`."""

import pytest

from tests.curriculum.conftest import AT
from tests.factories.curriculum import make_course, make_edition


@pytest.fixture
def course(base, author):
    return make_course(base, author)


@pytest.fixture
def edition(base, author, base_reviewer, reviewer):
    return make_edition(base, AT, author=author, base_reviewer=base_reviewer, reviewer=reviewer)
