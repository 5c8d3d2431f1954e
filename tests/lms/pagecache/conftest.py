"""The cache switched on, and the public pages of two bases."""

import pytest
from django.core.cache import caches
from django.db import connection
from django.urls import reverse

from tests.factories.curriculum import make_course, make_edition
from tests.factories.training import make_cohort


@pytest.fixture(autouse=True)
def kept(settings):
    settings.PAGE_CACHE_SECONDS = 300
    caches["pages"].clear()
    yield
    caches["pages"].clear()


@pytest.fixture
def pages(base, other_base, django_capture_on_commit_callbacks):
    """{name: address} of the public pages of two bases, each with a course, a lesson, a case and an open cohort."""
    found = {"home": "/", "catalogue": reverse("cohort_catalogue"), "syllabuses": reverse("syllabus_list")}
    with django_capture_on_commit_callbacks(execute=True):
        for letter, organisation in (("a", base), ("b", other_base)):
            edition = make_edition(organisation, course=make_course(organisation, title=f"课程{letter}"))
            make_cohort(edition, title=f"班{letter}")
            found |= {
                f"base_{letter}": edition.course.get_parent().url,
                f"course_{letter}": edition.course.url,
                f"lesson_{letter}": edition.items_of("lesson").first().page.url,
                f"case_{letter}": edition.items_of("case").get().page.url,
            }
            level = edition.level
    connection.run_on_commit = []  # what the fixtures before this one left behind: their transaction never commits
    found["syllabus"] = reverse("syllabus_detail", args=[level.syllabus.slug])
    found["level"] = reverse("syllabus_level", args=[level.syllabus.slug, level.code])
    found["glossary"] = reverse("glossary")
    return found
