"""The two steps of a review: each moves, each refuses the wrong state and the wrong person."""

import pytest

from accounts.models import Role
from curriculum.models import CourseReview, Edition, ReviewGap
from lms.lib.errors import WrongState
from tests.factories.curriculum import make_person


def test_it_goes_from_the_base_to_the_authority_to_an_edition(review, base_reviewer, reviewer, course, at):
    assert review.status == "with_base"
    review.approve(by=base_reviewer, at=at)
    assert review.status == "with_authority"
    assert not Edition.objects.exists()
    assert not course.get_children().live().exists()
    review.approve(by=reviewer, at=at, comment="同意")
    assert review.status == "approved"
    assert review.edition.number == 1
    assert review.finished_at == at
    assert course.get_children().live().count() == 2
    assert [(s.stage, s.decision, s.decided_by) for s in review.steps.all()] == [
        ("with_base", "approved", base_reviewer),
        ("with_authority", "approved", reviewer),
    ]


def test_the_edition_holds_what_was_submitted_not_what_was_edited_since(review, base_reviewer, reviewer, course, at):
    lesson = course.get_children().first().specific
    submitted = lesson.title
    lesson.title = "审核期间改的标题"
    lesson.save_revision()
    review.approve(by=base_reviewer, at=at)
    review.approve(by=reviewer, at=at)
    assert review.edition.items.get(page=lesson.pk).title == submitted
    assert review.edition.items.get(page=lesson.pk).load().title == submitted


def test_who_submitted_cannot_approve(review, author, at):
    with pytest.raises(WrongState):
        review.approve(by=author, at=at)
    assert not review.steps.exists()


def test_the_second_approval_needs_a_second_person(review, base_reviewer, at):
    review.approve(by=base_reviewer, at=at)
    with pytest.raises(WrongState):
        review.approve(by=base_reviewer, at=at)
    assert review.status == "with_authority"


def test_a_decided_review_moves_no_further(review, base_reviewer, reviewer, at):
    review.return_to_author(by=base_reviewer, at=at, comment="请补充案例")
    for step in (
        lambda: review.approve(by=reviewer, at=at),
        lambda: review.return_to_author(by=reviewer, at=at, comment="再看"),
        lambda: review.withdraw(by=reviewer, at=at),
    ):
        with pytest.raises(WrongState):
            step()
    review.refresh_from_db()
    assert review.status == "returned"
    assert review.steps.count() == 1


def test_of_two_at_once_the_second_is_told(review, base_reviewer, base, at):
    stale = CourseReview.objects.get(pk=review.pk)
    review.approve(by=base_reviewer, at=at)
    with pytest.raises(WrongState):
        stale.approve(by=make_person("另一初审", at_base=base, role=Role.BASE_REVIEWER), at=at)
    assert review.steps.count() == 1


def test_returning_needs_a_comment(review, base_reviewer, at):
    with pytest.raises(WrongState):
        review.return_to_author(by=base_reviewer, at=at, comment="  ")
    assert review.status == "with_base"


def test_one_open_review_a_course(review, course, author, at):
    with pytest.raises(WrongState):
        CourseReview.submit(course, by=author, at=at)
    review.withdraw(by=author, at=at)
    assert CourseReview.submit(course, by=author, at=at).status == "with_base"


def test_a_base_not_accredited_for_the_level_is_refused(course, base, author, at):
    base.accredited_levels = ["senior"]
    base.save()
    with pytest.raises(WrongState):
        CourseReview.submit(course, by=author, at=at)


def test_gaps_refuse_and_are_named(course, author, at):
    course.get_children().first().specific.delete()
    with pytest.raises(ReviewGap) as refusal:
        CourseReview.submit(course, by=author, at=at)
    assert [(gap.kind, gap.code) for gap in refusal.value.gaps] == [("topic", "A1")]
    assert not CourseReview.objects.exists()


def test_the_next_edition_has_the_next_number(edition, course, author, base_reviewer, reviewer, at):
    again = CourseReview.submit(edition.course, by=author, at=at)
    again.approve(by=base_reviewer, at=at)
    again.approve(by=reviewer, at=at)
    assert again.edition.number == 2
    assert again.edition.content_hash == edition.content_hash  # the same content is the same content
