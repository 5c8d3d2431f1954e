"""Releasing a core page: submitted by its author, approved by two other people, numbered, hashed, never changed."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from curriculum.contents import page_hash
from curriculum.models import CoreRelease, CoreReview, CoreReviewStep, LessonPage, ReviewGap
from lms.lib.errors import WrongState
from lms.lib.immutable import ImmutableRow
from tests.factories.core import (
    core_author,
    core_reviewers,
    make_core_case,
    make_core_lesson,
    release,
    rewrite,
)
from tests.factories.curriculum import stream


@pytest.fixture
def lesson(db):
    return make_core_lesson()


def test_it_works(lesson, at):
    review = CoreReview.submit(lesson, by=core_author(), at=at, note="首次发布。")
    first, second = core_reviewers()
    review.approve(by=first, at=at, comment="可以")
    assert review.status == "second"
    assert review.release is None
    assert not CoreRelease.objects.exists()
    review.approve(by=second, at=at)
    review.refresh_from_db()
    made = review.release
    assert (made.number, made.kind, made.title, made.topic_codes) == (1, "lesson", lesson.title, ["A1"])
    assert made.content_hash == page_hash(lesson.latest_revision.content)
    assert made.note == "首次发布。"
    assert LessonPage.objects.get(pk=lesson.pk).live
    assert made.load().body[1].value.source == "<p>技术经理人在实验室和企业之间做翻译。</p>"


def test_a_case_with_rubric_and_debrief(db, at):
    made = release(make_core_case(), at=at)
    assert made.kind == "case"
    assert made.topic_codes == ["B1"]


def test_versions_count_up_and_the_older_stays_as_it_was(lesson, at):
    one = release(lesson, at=at)
    lesson = rewrite(lesson, "技术经理人也为医院做翻译。")
    two = release(lesson, at=at, note="补充医院。")
    assert (one.number, two.number) == (1, 2)
    assert one.content_hash != two.content_hash
    assert "企业" in str(one.load().body)
    assert "医院" in str(two.load().body)
    assert list(CoreRelease.objects.latest()) == [two]


def test_a_release_is_never_changed(lesson, at):
    made = release(lesson, at=at)
    made.title = "别的"
    with pytest.raises(ImmutableRow):
        made.save()
    with pytest.raises(ImmutableRow):
        made.delete()
    with pytest.raises(ImmutableRow):
        CoreRelease.objects.update(number=9)
    with pytest.raises(IntegrityError), transaction.atomic():
        CoreRelease.objects.bulk_create([
            CoreRelease(
                page=made.page, revision=made.page.specific.save_revision(), level=made.level, kind="lesson", number=1,
                title="二", note="二", content_hash="x", released_at=at, released_by=core_author(),
            )
        ])  # fmt: skip


def test_the_author_does_not_approve(lesson, at):
    review = CoreReview.submit(lesson, by=core_author(), at=at, note="新")
    with pytest.raises(WrongState):
        review.approve(by=core_author(), at=at)


def test_the_second_approval_needs_a_second_person(lesson, at):
    review = CoreReview.submit(lesson, by=core_author(), at=at, note="新")
    first, _second = core_reviewers()
    review.approve(by=first, at=at)
    with pytest.raises(WrongState):
        review.approve(by=first, at=at)
    assert not CoreRelease.objects.exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        CoreReviewStep.objects.create(
            review=review, stage="second", decision="approved", decided_at=at, decided_by=first
        )


def test_two_people_at_once_release_once(lesson, at):
    review = CoreReview.submit(lesson, by=core_author(), at=at, note="新")
    first, second = core_reviewers()
    review.approve(by=first, at=at)
    other_tab = CoreReview.objects.get(pk=review.pk)
    review.approve(by=second, at=at)
    with pytest.raises(WrongState):
        other_tab.approve(by=second, at=at)
    assert CoreRelease.objects.count() == 1


def test_what_was_submitted_is_what_is_released(lesson, at):
    review = CoreReview.submit(lesson, by=core_author(), at=at, note="新")
    rewrite(lesson, "审核期间又改了。")
    for person in core_reviewers():
        review.approve(by=person, at=at)
    assert "企业" in str(review.release.load().body)
    page = LessonPage.objects.get(pk=lesson.pk)
    assert page.has_unpublished_changes
    assert "企业" in str(page.body)


def test_one_review_at_a_time(lesson, at):
    CoreReview.submit(lesson, by=core_author(), at=at, note="新")
    with pytest.raises(WrongState):
        CoreReview.submit(lesson, by=core_author(), at=at, note="新")


def test_nothing_new_is_not_released_again(lesson, at):
    release(lesson, at=at)
    lesson.refresh_from_db()
    lesson.save_revision(user=core_author())
    with pytest.raises(WrongState, match="1"):
        CoreReview.submit(LessonPage.objects.get(pk=lesson.pk), by=core_author(), at=at, note="没有变化")


def test_what_is_new_has_to_be_said(lesson, at):
    with pytest.raises(WrongState):
        CoreReview.submit(lesson, by=core_author(), at=at, note="  ")


def test_an_unfinished_page_is_refused_by_name(lesson, at):
    lesson.body = stream(LessonPage, "body", [])
    lesson.save_revision()
    with pytest.raises(ReviewGap) as refusal:
        CoreReview.submit(LessonPage.objects.get(pk=lesson.pk), by=core_author(), at=at, note="新")
    assert [gap.kind for gap in refusal.value.gaps] == ["unfinished"]


def test_a_case_that_cannot_be_played_is_refused(db, at):
    case = rewrite(make_core_case(), "")
    with pytest.raises(ReviewGap) as refusal:
        CoreReview.submit(case, by=core_author(), at=at, note="新")
    assert "no_debrief" in [gap.detail for gap in refusal.value.gaps]


def test_a_bases_own_lesson_is_no_core(course, author, at):
    with pytest.raises(WrongState):
        CoreReview.submit(course.get_children().first(), by=author, at=at, note="新")


def test_returned_and_sent_again(lesson, at):
    review = CoreReview.submit(lesson, by=core_author(), at=at, note="新")
    first, second = core_reviewers()
    review.approve(by=first, at=at)
    with pytest.raises(WrongState):
        review.return_to_author(by=second, at=at, comment=" ")
    review.return_to_author(by=second, at=at, comment="补充依据")
    assert review.status == "returned"
    with pytest.raises(WrongState):
        review.approve(by=second, at=at)
    again = CoreReview.submit(lesson, by=core_author(), at=at, note="已补充")
    assert again.status == "first"


def test_withdrawn_once(lesson, at):
    review = CoreReview.submit(lesson, by=core_author(), at=at, note="新")
    review.withdraw(by=core_author(), at=at)
    with pytest.raises(WrongState):
        review.withdraw(by=core_author(), at=at)


def test_audit_editions_reads_core_releases_too(lesson, at, capsys):
    made = release(lesson, at=at)
    call_command("audit_editions", verbosity=0)
    content = made.revision.content | {"title": "被改过"}
    type(made.revision).objects.filter(pk=made.revision_id).update(content=content)
    with pytest.raises(SystemExit):
        call_command("audit_editions", verbosity=0)
    assert str(made.uuid) in capsys.readouterr().err
