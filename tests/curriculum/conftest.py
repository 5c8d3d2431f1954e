"""A course of the base that could go to review, and an edition that went through it."""

from datetime import datetime

import pytest
from django.utils import timezone

from curriculum.models import CourseReview
from tests.curriculum.packages import make_drafts, other_author, packed, rich_edition  # noqa: F401 - fixtures
from tests.factories.curriculum import make_course, make_edition

AT = timezone.make_aware(datetime(2026, 6, 1, 10, 0))


@pytest.fixture
def at() -> datetime:
    return AT


@pytest.fixture
def course(base, author):
    return make_course(base, author)


@pytest.fixture
def review(course, author):
    return CourseReview.submit(course, by=author, at=AT, note="首版")


@pytest.fixture
def edition(base, author, base_reviewer, reviewer):
    return make_edition(base, AT, author=author, base_reviewer=base_reviewer, reviewer=reviewer)
