"""Publication on a day: set at submission or approval, done by the job, cancellable, visible; remarks of the editor."""

import json
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Comment, PageSubscription
from wagtail.test.utils.form_data import nested_form_data, streamfield

from curriculum.jobs import publish_scheduled
from curriculum.models import CourseReview, Edition, Topic
from lms.lib.errors import WrongState

DAY = timezone.make_aware(datetime(2026, 6, 15, 8, 0))


@pytest.fixture
def scheduled(course, author, base_reviewer, reviewer, at):
    review = CourseReview.submit(course, by=author, at=at, go_live_at=DAY)
    review.approve(by=base_reviewer, at=at)
    review.approve(by=reviewer, at=at, comment="同意")
    return review


def test_approval_waits_for_the_day(scheduled, course):
    assert (scheduled.status, scheduled.go_live_at, scheduled.finished_at) == ("scheduled", DAY, None)
    assert not Edition.objects.exists() and not course.get_children().live().exists()
    assert list(CourseReview.objects.due(DAY - timedelta(seconds=1))) == []
    assert list(CourseReview.objects.due(DAY)) == [scheduled]


def test_on_its_day_it_is_published_as_submitted(scheduled, course, reviewer):
    lesson = course.get_children().first().specific
    submitted = lesson.title
    lesson.title = "后来改的标题"
    lesson.save_revision()
    assert scheduled.publish_scheduled(at=DAY)
    assert (scheduled.status, scheduled.finished_at) == ("approved", DAY)
    edition = Edition.objects.get()
    assert (edition.created_by, edition.created_at) == (reviewer, DAY)
    assert edition.items.get(page=lesson.pk).title == submitted
    with pytest.raises(WrongState):
        scheduled.publish_scheduled(at=DAY)
    assert Edition.objects.count() == 1


def test_not_before_its_day(scheduled):
    with pytest.raises(WrongState):
        scheduled.publish_scheduled(at=DAY - timedelta(seconds=1))
    assert not Edition.objects.exists()


def test_a_day_that_has_passed_is_at_once(course, author, base_reviewer, reviewer, at):
    review = CourseReview.submit(course, by=author, at=at, go_live_at=at + timedelta(hours=1))
    review.approve(by=base_reviewer, at=at)
    review.approve(by=reviewer, at=at + timedelta(hours=2))
    assert review.status == "approved"


def test_the_worker_publishes_what_is_due_once(scheduled, run_jobs):
    CourseReview.objects.update(go_live_at=timezone.now() - timedelta(minutes=1))
    class Handle:
        def beat(self):
            pass

    for _twice in range(2):
        publish_scheduled(Handle())
    scheduled.refresh_from_db()
    assert scheduled.status == "approved" and Edition.objects.count() == 1


def test_a_course_that_no_longer_fits_goes_back_with_the_reason(scheduled, course, base):
    Topic.objects.bulk_create(
        [Topic(module=course.level.modules.first(), code="Z9", title="新的必修", title_en="New", required=True, hours=1)]
    )
    assert not scheduled.publish_scheduled(at=DAY)
    assert (scheduled.status, scheduled.edition_id) == ("returned", None)
    assert "新的必修" in scheduled.steps.last().comment
    assert not Edition.objects.exists() and not course.get_children().live().exists()


def test_while_it_waits_it_can_be_taken_back(scheduled, course, author, at):
    with pytest.raises(WrongState):
        CourseReview.submit(course, by=author, at=at)
    scheduled.withdraw(by=author, at=at)
    with pytest.raises(WrongState):
        scheduled.publish_scheduled(at=DAY)
    assert CourseReview.submit(course, by=author, at=at).status == "with_base"


def test_the_day_can_be_moved_and_cleared(scheduled, reviewer, at):
    scheduled.plan(DAY + timedelta(days=1), by=reviewer, at=at)
    assert not CourseReview.objects.due(DAY).exists()
    scheduled.plan(None, by=reviewer, at=at)
    assert list(CourseReview.objects.due(at)) == [scheduled]
    scheduled.publish_scheduled(at=at)
    with pytest.raises(WrongState):
        scheduled.plan(DAY, by=reviewer, at=at)


def test_the_database_wants_a_day(scheduled):
    with pytest.raises(IntegrityError), transaction.atomic():
        CourseReview.objects.update(go_live_at=None)


# --- Pages ------------------------------------------------------------------------------------------------------------

SOON = timezone.now() + timedelta(days=10)
TYPED = timezone.localtime(SOON).strftime("%Y-%m-%dT%H:%M")


def test_the_author_asks_and_the_authority_decides(course, author, base_reviewer, reviewer, client_for):
    past = {"note": "说明", "go_live_at": "2020-01-01T08:00"}
    wrong = client_for(author).post(reverse("course_submit", args=[course.pk]), past)
    assert wrong.status_code == 422 and "说明" in wrong.text and not CourseReview.objects.exists()
    client_for(author).post(reverse("course_submit", args=[course.pk]), {"note": "", "go_live_at": TYPED})
    review = CourseReview.objects.get()
    approve = reverse("review_approve", args=[review.uuid])
    client_for(base_reviewer).post(approve, {"stage": "with_base"})
    client = client_for(reviewer)
    assert f'value="{TYPED}"' in client.get(review.get_absolute_url()).text
    assert client.post(approve, {"stage": "with_authority", "go_live_at": "昨天"}).status_code == 422
    for _click in range(2):
        assert client.post(approve, {"stage": "with_authority", "go_live_at": TYPED}).status_code == 302
    review.refresh_from_db()
    assert (review.status, review.steps.count()) == ("scheduled", 2)
    for person in (author, base_reviewer, reviewer):
        assert TYPED[:10] in client_for(person).get(review.get_absolute_url()).text


def test_the_authority_may_publish_at_once_against_the_wish(course, author, base_reviewer, reviewer, at, client_for):
    review = CourseReview.submit(course, by=author, at=at, go_live_at=SOON)
    review.approve(by=base_reviewer, at=at)
    client_for(reviewer).post(reverse("review_approve", args=[review.uuid]), {"stage": "with_authority", "go_live_at": ""})
    review.refresh_from_db()
    assert (review.status, review.go_live_at) == ("approved", None)


def test_who_moves_the_day(scheduled, author, base_reviewer, reviewer, outsider, client_for):
    url = reverse("review_plan", args=[scheduled.uuid])
    for person, status in ((author, 403), (base_reviewer, 403), (outsider, 404)):
        assert client_for(person).post(url, {"go_live_at": TYPED}).status_code == status
    client = client_for(reviewer)
    assert client.get(url).status_code == 405
    assert client.post(url, {"go_live_at": "2020-01-01T00:00"}).status_code == 422
    assert client.post(url, {"go_live_at": TYPED}).status_code == 302
    scheduled.refresh_from_db()
    assert timezone.localtime(scheduled.go_live_at).strftime("%Y-%m-%dT%H:%M") == TYPED
    post = {"stage": "scheduled", "comment": "还要改"}
    assert client.post(reverse("review_approve", args=[scheduled.uuid]), post).status_code == 403
    assert client.post(reverse("review_return", args=[scheduled.uuid]), post).status_code == 302
    scheduled.refresh_from_db()
    assert scheduled.status == "returned"


# --- Remarks in the editor --------------------------------------------------------------------------------------------


def comment_data(lesson, text):
    said = {"text": text, "contentpath": "title", "position": "", "deleted": "", "resolved": "", "id": ""}
    replies = {f"replies-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")}
    counts = {"TOTAL_FORMS": "1", "INITIAL_FORMS": "0", "MIN_NUM_FORMS": "0", "MAX_NUM_FORMS": ""}
    page = nested_form_data(
        {
            "title": lesson.title, "slug": lesson.slug, "title_en": "", "summary": "", "summary_en": "", "minutes": 45,
            "author": "", "source": "", "source_url": "", "licence": "", "legally_valid_on": "", "ai_assistance": "",
            "seo_title": "", "search_description": "", "body": streamfield([("heading", "题目")]),
        }
    )  # fmt: skip
    return page | {"topics": [topic.pk for topic in lesson.topics.all()], "comment_notifications": "on"} | {
        f"comments-{name}": value for name, value in counts.items()
    } | {f"comments-0-{name}": value for name, value in (said | replies).items()}  # fmt: skip


def test_remarks_work_for_both_and_stand_on_the_review(
    course, author, base_reviewer, reviewer, outsider, at, client_for
):
    lesson = course.get_children().first().specific
    edit = reverse("wagtailadmin_pages:edit", args=[lesson.pk])
    PageSubscription.objects.create(page=lesson, user=author, comment_notifications=True)
    assert client_for(base_reviewer).post(edit, comment_data(lesson, "这里缺来源")).status_code == 302
    remark = Comment.objects.get()
    assert (remark.user, remark.text, remark.page_id) == (base_reviewer, "这里缺来源", lesson.pk)
    assert [message.to for message in mail.outbox] == [[author.email]]
    assert json.dumps("这里缺来源") in client_for(author).get(edit).text
    assert client_for(outsider).get(edit).status_code == 404
    assert client_for(outsider).post(edit, comment_data(lesson, "外人的话")).status_code == 404
    review = CourseReview.submit(course, by=author, at=at)
    url = review.get_absolute_url()
    for person in (author, base_reviewer):
        assert "这里缺来源" in client_for(person).get(url).text
    review.approve(by=base_reviewer, at=at)
    assert "这里缺来源" in client_for(reviewer).get(url).text
    remark.resolved_at = at
    remark.save()
    assert "这里缺来源" not in client_for(author).get(url).text
