"""A course of the base that could go to review, and an edition that went through it."""

from datetime import datetime

import pytest

from curriculum.models import CoursePage, CourseReview, Edition
from tests.conftest import make_author, make_base
from tests.curriculum.packages import AT, make_drafts, other_author, packed, rich_edition, standing_rich  # noqa: F401 - fixtures
from tests.factories.curriculum import make_course
from tests.stage import make_reviewed, standing


@pytest.fixture
def at() -> datetime:
    return AT


@pytest.fixture(scope="module")
def standing_course(django_db_setup, django_db_blocker):
    """The id of the course that stands for all tests of a file."""
    yield from standing(lambda: make_course(make_base(), make_author(make_base())).pk, django_db_blocker)


@pytest.fixture
def course(standing_course, db) -> CoursePage:
    return CoursePage.objects.get(pk=standing_course)


@pytest.fixture
def review(course, author):
    return CourseReview.submit(course, by=author, at=AT, note="首版")


@pytest.fixture(scope="module")
def standing_edition(django_db_setup, django_db_blocker):
    """The id of the edition that stands for all tests of a file, and of who wrote and reviewed it."""
    yield from standing(lambda: make_reviewed(AT).pk, django_db_blocker)


@pytest.fixture
def edition(standing_edition, db) -> Edition:
    return Edition.objects.get(pk=standing_edition)
