"""A course of many pages: nobody waits for its publication, and what authors and reviewers open asks no more for it."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import PageLogEntry

from curriculum.models import CourseReview, LessonPage, Topic
from curriculum.views import reviews
from tests.factories.curriculum import make_lesson


@pytest.fixture
def few_at_once(monkeypatch):
    monkeypatch.setattr(reviews, "AT_ONCE", 2)


@pytest.fixture
def at_authority(course, author, base_reviewer):
    review = CourseReview.submit(course, by=author, at=timezone.now())
    review.approve(by=base_reviewer, at=timezone.now())
    return review


def approve(client, review):
    data = {"stage": "with_authority", "comment": ""}
    return client.post(reverse("review_approve", args=[review.uuid]), data, follow=True)


def test_many_pages_are_published_by_the_worker(few_at_once, at_authority, reviewer, client_for, run_jobs):
    client = client_for(reviewer, "en")
    response = approve(client, at_authority)
    assert "are being published" in response.text and 'http-equiv="refresh"' in response.text
    at_authority.refresh_from_db()
    assert at_authority.status == CourseReview.Status.SCHEDULED and at_authority.edition is None
    run_jobs()
    at_authority.refresh_from_db()
    assert at_authority.status == CourseReview.Status.APPROVED and at_authority.edition.number == 1
    assert LessonPage.objects.live().count() == 2
    response = client.get(at_authority.get_absolute_url())
    assert 'http-equiv="refresh"' not in response.text and at_authority.edition.get_absolute_url() in response.text


def test_few_pages_are_published_at_once(at_authority, reviewer, client_for):
    approve(client_for(reviewer), at_authority)
    at_authority.refresh_from_db()
    assert at_authority.edition is not None


def test_a_second_click_is_harmless(few_at_once, at_authority, reviewer, client_for, run_jobs):
    client = client_for(reviewer)
    approve(client, at_authority)
    assert approve(client, at_authority).status_code == 200
    run_jobs()
    at_authority.refresh_from_db()
    assert at_authority.course.editions.count() == 1


def test_a_course_that_no_longer_fits_is_refused_at_the_click(few_at_once, at_authority, reviewer, client_for):
    content = at_authority.entries()[2].revision
    content.content["topics"] = []
    content.save(update_fields=["content"])
    client = client_for(reviewer)
    response = client.post(
        reverse("review_approve", args=[at_authority.uuid]), {"stage": "with_authority", "comment": ""}
    )
    assert response.status_code == 409
    at_authority.refresh_from_db()
    assert at_authority.status == CourseReview.Status.WITH_AUTHORITY


def test_what_is_public_as_it_is_is_not_published_again(few_at_once, edition, author, base_reviewer, reviewer, client_for):
    """After one edit the next edition publishes one page, so the worker is not needed either."""
    course = edition.course
    lesson = LessonPage.objects.child_of(course).first()
    lesson.title = "改过的题目"
    lesson.save_revision(user=author)
    before = PageLogEntry.objects.filter(action="wagtail.publish").count()
    review = CourseReview.submit(course, by=author, at=timezone.now())
    review.approve(by=base_reviewer, at=timezone.now())
    approve(client_for(reviewer), review)
    review.refresh_from_db()
    assert review.edition.number == 2
    assert PageLogEntry.objects.filter(action="wagtail.publish").count() == before + 1
    assert LessonPage.objects.get(pk=lesson.pk).title == "改过的题目"
    assert review.edition.items.count() == edition.items.count()


def test_an_unpublished_page_is_published_again(edition, author, base_reviewer, reviewer):
    lesson = LessonPage.objects.child_of(edition.course).first()
    lesson.unpublish()
    review = CourseReview.submit(edition.course, by=author, at=timezone.now())
    review.approve(by=base_reviewer, at=timezone.now())
    review.approve(by=reviewer, at=timezone.now())
    assert LessonPage.objects.get(pk=lesson.pk).live


@pytest.mark.parametrize("name", ["authoring_home", "course_status", "review_detail"])
def test_queries_do_not_grow_with_the_lessons(course, author, base_reviewer, client_for, name):
    def queries() -> int:
        review = CourseReview.submit(course, by=author, at=timezone.now())
        arguments = {"course_status": [course.pk], "review_detail": [review.uuid]}.get(name, [])
        client = client_for(author)
        url = reverse(name, args=arguments)
        client.get(reverse("desk"))
        cache.clear()  # the number of gaps is remembered; here it is counted each time
        with CaptureQueriesContext(connection) as found:
            assert client.get(url).status_code == 200
        review.withdraw(by=author, at=timezone.now())
        return len(found)

    few = queries()
    topics = list(Topic.objects.all())
    for number in range(12):
        make_lesson(course, f"又一课{number}", [topics[number % 3]], author=author)
    assert queries() == few
