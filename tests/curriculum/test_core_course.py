"""National core in a base's course: included read-only, in one order with its own, frozen, taught; updates offered."""

import pytest

from assessments.models import Assignment
from curriculum import course_core
from curriculum.alignment import Gap
from curriculum.contents import entries_of, gaps_of
from curriculum.coverage import changes
from curriculum.models import CoreAnswer, CoursePage, CourseReview, LessonPage
from lms.lib.errors import WrongState
from tests.factories.core import make_core_case, make_core_lesson, release, rewrite
from tests.factories.curriculum import make_edition, make_syllabus


def fresh(course) -> CoursePage:
    return CoursePage.objects.select_related("latest_revision").get(pk=course.pk)


def titles(course) -> list[str]:
    return [entry.content["title"] for entry in entries_of(fresh(course))[1:]]


@pytest.fixture
def lesson(db, at):
    return make_core_lesson()


@pytest.fixture
def v1(lesson, at):
    return release(lesson, at=at)


def test_it_works(course, author, v1, at):
    course_core.include(course, v1, by=author, at=at)
    assert titles(course) == ["第一课 职业概览", "第二课 成果与知识产权", v1.title, "热水器用户需求翻译"]
    entry = entries_of(fresh(course))[3]
    assert (entry.release, entry.revision.pk) == (v1, v1.revision_id)
    assert LessonPage.objects.get(pk=v1.page_id).get_parent().specific_class.__name__ == "CoreCollectionPage"


def test_own_and_core_in_one_order(course, author, v1, at):
    course_core.include(course, v1, by=author, at=at)
    first, second = course.get_children()
    order = [v1.page_id, second.pk, first.pk]
    assert course_core.arrange(course, order, cases={}, seen=None, by=author, at=at)
    assert titles(course)[:3] == [v1.title, "第二课 成果与知识产权", "第一课 职业概览"]
    assert not course_core.arrange(course, order, cases={}, seen=None, by=author, at=at)  # a second click


def test_an_order_seen_before_someone_else_changed_it_is_refused(course, author, v1, at):
    seen = fresh(course).latest_revision_id
    course_core.include(course, v1, by=author, at=at)
    with pytest.raises(WrongState):
        course_core.arrange(course, [], cases={}, seen=seen, by=author, at=at)


def test_a_core_page_covers_its_topics(course, author, v1, at):
    for page in course.get_children():
        page.delete()
    assert Gap("topic", "A1", "职业概览", "The profession") in gaps_of(entries_of(fresh(course)))
    course_core.include(course, v1, by=author, at=at)
    found = gaps_of(entries_of(fresh(course)))
    assert [gap.code for gap in found if gap.kind == "topic"] == ["A2"]


def test_twice_or_an_older_version_is_refused(course, author, lesson, v1, at):
    course_core.include(course, v1, by=author, at=at)
    with pytest.raises(WrongState):
        course_core.include(course, v1, by=author, at=at)
    course_core.take_out(course, v1.page_id, by=author, at=at)
    release(rewrite(lesson, "新版"), at=at)
    with pytest.raises(WrongState):
        course_core.include(course, v1, by=author, at=at)
    assert len(titles(course)) == 3


def test_a_base_without_accreditation_includes_nothing(course, author, base, v1, at):
    base.accredited_levels = ["senior"]
    base.save()
    with pytest.raises(WrongState):
        course_core.include(course, v1, by=author, at=at)


def test_a_core_page_of_another_level_is_refused_and_found(course, author, v1, at):
    course_core.include(course, v1, by=author, at=at)
    draft = fresh(course).get_latest_revision_as_object()
    draft.level = make_syllabus("other-outline").levels.get()
    draft.save_revision()
    assert "core_level" in [gap.kind for gap in gaps_of(entries_of(fresh(course)))]
    course_core.take_out(course, v1.page_id, by=author, at=at)
    with pytest.raises(WrongState):
        course_core.include(course, v1, by=author, at=at)


def test_taking_out_what_is_not_in_it(course, author, v1, at):
    with pytest.raises(WrongState):
        course_core.take_out(course, v1.page_id, by=author, at=at)


def test_the_edition_freezes_the_release(course, author, base, base_reviewer, reviewer, lesson, v1, at):
    course_core.include(course, v1, by=author, at=at)
    course_core.arrange(course, [v1.page_id], cases={}, seen=None, by=author, at=at)
    team = {"author": author, "base_reviewer": base_reviewer, "reviewer": reviewer}
    edition = make_edition(base, at, **team, course=fresh(course))
    item = edition.items.get(position=1)
    assert (item.core_release, item.revision_id, item.kind) == (v1, v1.revision_id, "lesson")
    assert item.content_hash == v1.content_hash
    assert item.topic_codes == ["A1"]
    v2 = release(rewrite(lesson, "第二版。"), at=at, note="改写第二段。")
    item.refresh_from_db()
    assert item.core_release == v1  # promise 2: what is taught stays
    assert "企业" in str(item.load().body)
    assert "第二版" in str(LessonPage.objects.get(pk=lesson.pk).body)
    again = make_edition(
        base, at, **team, course=fresh(course)
    )  # the next edition still has version 1: nobody accepted
    assert again.items.get(position=1).core_release == v1
    assert "第二版" in str(LessonPage.objects.get(pk=lesson.pk).body), "an older release must not be published again"
    course_core.accept(fresh(course), v2, by=author, at=at)
    latest = make_edition(base, at, **team, course=fresh(course))
    assert latest.items.get(position=1).core_release == v2


def test_a_core_case_is_assessed_by_its_own_rubric(course, author, base, base_reviewer, reviewer, at):
    made = release(make_core_case(), at=at)
    course_core.include(course, made, by=author, at=at)
    assert "case_without_part" in [gap.kind for gap in gaps_of(entries_of(fresh(course)))]
    assert course_core.arrange(course, [], cases={made.page_id: (True, "cases")}, seen=None, by=author, at=at)
    assert not course_core.arrange(course, [], cases={made.page_id: (True, "cases")}, seen=None, by=author, at=at)
    edition = make_edition(
        base, at, author=author, base_reviewer=base_reviewer, reviewer=reviewer, course=fresh(course)
    )
    item = edition.items.get(core_release=made)
    assert item.required
    assert str(item.uuid) in edition.parts[0]["cases"]
    assignment = Assignment.objects.get(item=item)
    assert [c.key for c in assignment.rubric.criteria.order_by("position")] == ["need", "terms"]


def test_taking_a_case_out_takes_it_out_of_its_part(course, author, at):
    made = release(make_core_case(), at=at)
    course_core.include(course, made, by=author, at=at)
    course_core.arrange(course, [], cases={made.page_id: (False, "cases")}, seen=None, by=author, at=at)
    entry = next(e for e in entries_of(fresh(course)) if e.release)
    assert not entry.required
    course_core.take_out(course, made.page_id, by=author, at=at)
    assert [gap for gap in gaps_of(entries_of(fresh(course))) if gap.blocking] == []


def test_changes_know_core_and_a_new_order(course, author, base, base_reviewer, reviewer, v1, at):
    course_core.include(course, v1, by=author, at=at)
    edition = make_edition(
        base, at, author=author, base_reviewer=base_reviewer, reviewer=reviewer, course=fresh(course)
    )
    assert {change.state for change in changes(entries_of(fresh(course)), edition)} == {"same"}
    course_core.arrange(course, [v1.page_id], cases={}, seen=None, by=author, at=at)
    states = [(change.kind, change.state) for change in changes(entries_of(fresh(course)), edition)]
    assert states[0] == ("course", "changed")
    assert {state for _kind, state in states[1:]} == {"same"}


# --- Updates --------------------------------------------------------------------------------------------------------


@pytest.fixture
def v2(course, author, lesson, v1, at):
    course_core.include(course, v1, by=author, at=at)
    return release(rewrite(lesson, "第二版。"), at=at, note="改写第二段。")


def test_a_newer_release_is_offered(course, author, v1, v2, at):
    (offer,) = course_core.offers_for([fresh(course)])
    assert (offer.old, offer.new, offer.waiting) == (v1, v2, True)


def test_no_offer_without_news(course, author, v1, at):
    course_core.include(course, v1, by=author, at=at)
    assert course_core.offers_for([fresh(course)]) == []


def test_accepted_is_a_draft(course, author, v1, v2, at):
    answer = course_core.accept(course, v2, by=author, at=at)
    assert (answer.decision, answer.instead_of) == ("accepted", v1)
    assert entries_of(fresh(course))[3].release == v2
    assert not course.editions.exists()
    assert course_core.offers_for([fresh(course)]) == []
    with pytest.raises(WrongState):
        course_core.accept(course, v2, by=author, at=at)
    assert CoreAnswer.objects.count() == 1


def test_declined_with_a_reason_and_offered_again_with_the_next(course, author, lesson, v1, v2, at):
    with pytest.raises(WrongState):
        course_core.decline(course, v2, reason=" ", by=author, at=at)
    course_core.decline(course, v2, reason="本省另有规定", by=author, at=at)
    (offer,) = course_core.offers_for([fresh(course)])
    assert not offer.waiting
    with pytest.raises(WrongState):
        course_core.decline(course, v2, reason="再说一遍", by=author, at=at)
    v3 = release(rewrite(lesson, "第三版。"), at=at, note="第三版。")
    (offer,) = course_core.offers_for([fresh(course)])
    assert (offer.old, offer.new, offer.waiting) == (v1, v3, True)
    with pytest.raises(WrongState):
        course_core.accept(course, v2, by=author, at=at)  # not the newest any more


def test_declined_and_accepted_after_all(course, author, v2, at):
    course_core.decline(course, v2, reason="先不改", by=author, at=at)
    course_core.accept(course, v2, by=author, at=at)
    assert [a.decision for a in CoreAnswer.objects.order_by("pk")] == ["declined", "accepted"]
    assert course_core.offers_for([fresh(course)]) == []


def test_a_draft_gone_back_to_the_older_version_is_offered_again(course, author, v1, v2, at):
    before = fresh(course).latest_revision
    course_core.accept(course, v2, by=author, at=at)
    before.as_object().save_revision(user=author)  # "review this version" in the editor
    (offer,) = course_core.offers_for([fresh(course)])
    assert offer.waiting


def test_a_running_review_keeps_what_was_submitted(course, author, v1, v2, at):
    review = CourseReview.submit(fresh(course), by=author, at=at)
    course_core.accept(course, v2, by=author, at=at)
    assert [entry.release for entry in review.entries() if entry.release] == [v1]


def test_offers_cost_the_same_for_many_courses(course, author, v2, at, django_assert_num_queries):
    from tests.factories.curriculum import make_course

    other = make_course(course.get_parent().specific.organisation, author)
    course_core.include(other, v2, by=author, at=at)
    courses = list(CoursePage.objects.select_related("latest_revision"))
    with django_assert_num_queries(3):
        assert len(course_core.offers_for(courses)) == 1
