"""Two states of a course side by side: pages, words, parts, rubrics; the same page for authors and both reviewers."""

import json

import pytest
from django.urls import reverse

from curriculum.contents import entries_of
from curriculum.edition_compare import Side, compare_sides
from curriculum.models import CasePlacement, CaseScenarioPage, CoursePage, CourseReview, Edition, LessonPage, Topic
from tests.curriculum.test_edition import make_image
from tests.factories.curriculum import LESSON_BODY, RUBRIC, make_case, make_edition, make_lesson, part_of, stream


def lessons(course) -> list[LessonPage]:
    return list(LessonPage.objects.child_of(course).order_by("path"))


def state_of(edition) -> Side:
    return Side.of_edition(Edition.objects.get(pk=edition.pk))


def draft_of(edition) -> Side:
    return Side.of_entries(entries_of(CoursePage.objects.get(pk=edition.course_id)))


def changed(edition):
    return compare_sides(state_of(edition), draft_of(edition))


@pytest.fixture
def course(edition):
    return CoursePage.objects.get(pk=edition.course_id)


def test_the_same_course_does_not_differ(edition):
    found = changed(edition)
    assert not found.differs
    assert found.counts == {"new": 0, "changed": 0, "same": 4, "removed": 0, "moved": 0, "requirement": 0}


def test_changed_words_stand_beside_each_other(edition, course):
    lesson = lessons(course)[0]
    lesson.body = stream(LessonPage, "body", [*LESSON_BODY[:1], ("text", "<p>技术经理人在高校和企业之间做翻译。</p>"),
                                             *LESSON_BODY[2:]])  # fmt: skip
    lesson.save_revision()
    found = changed(edition)
    assert found.counts["changed"] == 1
    [page] = found.differing
    pieces = [piece for line in page.comparison.lines for text in line.texts for piece in text.pieces]
    assert {(p.state, p.text) for p in pieces if p.state != "same"} == {("removed", "实验室"), ("added", "高校")}


def test_new_removed_and_moved_pages(edition, course, author):
    topics = list(Topic.objects.filter(code="A1"))
    first, second = lessons(course)
    new = make_lesson(course, "新的一课", topics, author=author)
    first.move(second, pos="right")
    found = changed(edition)
    assert found.counts == {"new": 1, "changed": 0, "same": 4, "removed": 0, "moved": 1, "requirement": 0}
    [moved] = [page for page in found.pages if page.moved]
    assert (moved.state, moved.kind) == ("same", "lesson")
    back = compare_sides(draft_of(edition), state_of(edition))
    assert [page.title for page in back.pages if page.state == "removed"] == [new.title]


def test_required_and_optional_parts_and_level(edition, course, base, author):
    other = make_case(base, [], [], author=author, title="另一个案例")
    placement = course.case_placements.get()
    placement.required = False
    course.case_placements.add(placement, CasePlacement(case=other, required=True, sort_order=1))
    case = CaseScenarioPage.objects.exclude(pk=other.pk).get()
    course.parts = stream(CoursePage, "parts", [
        ("part", part_of([case], weight=70, pass_mark=65)), ("part", part_of([other], key="second", weight=30)),
    ])  # fmt: skip
    course.save_revision()
    found = changed(edition)
    [was] = [page for page in found.pages if page.requirement]
    assert (was.title, was.requirement) == (case.title, "optional")
    first, second = found.parts
    assert (first.state, first.other_weight, first.other_pass_mark, first.other_cases) == ("changed", True, True, False)
    assert (second.state, second.shown["key"]) == ("new", "second")


def test_criteria_and_bands(edition, course):
    case = CaseScenarioPage.objects.get()
    rubric = json.loads(json.dumps(RUBRIC))
    rubric[0]["bands"][2]["points"] = 55
    rubric[1]["key"] = "other"
    case.rubric = stream(CaseScenarioPage, "rubric", [("criterion", criterion) for criterion in rubric])
    case.disagreement_limit = 20
    case.save_revision()
    [rubric_change] = changed(edition).rubrics
    assert rubric_change.limits == (15, 20)
    states = {(c.shown.key, c.state) for c in rubric_change.criteria}
    assert states == {("need", "changed"), ("other", "new"), ("terms", "removed")}
    [need] = [c for c in rubric_change.criteria if c.state == "changed"]
    assert [(old.points, new.points) for old, new in need.bands] == [(60, 55)]


def test_pictures_are_compared_by_their_bytes(edition, course, base, author):
    red, copy, blue = make_image(base), make_image(base), make_image(base, "blue")
    lesson = lessons(course)[0]

    def show(image) -> Side:
        body = [*LESSON_BODY, ("figure", {"image": image.pk, "alt": "图", "caption": ""})]
        lesson.body = stream(LessonPage, "body", body)
        lesson.save_revision()
        return draft_of(edition)

    one = show(red)
    assert not compare_sides(one, show(copy)).differs
    [page] = compare_sides(one, show(blue)).differing
    words = [piece.text for line in page.comparison.lines for text in line.texts for piece in text.pieces]
    red.refresh_from_db()
    assert any(red.file_hash[:8] in word for word in words)


@pytest.fixture
def second(edition, course, base, author, base_reviewer, reviewer):
    lesson = lessons(course)[0]
    lesson.title = "第一课 职业的概览"
    lesson.save_revision()
    return make_edition(base, author=author, base_reviewer=base_reviewer, reviewer=reviewer, course=course)


def test_editions_are_compared_on_a_page(edition, second, author, officer, instructor, client_for):
    for person in (author, officer, instructor):
        response = client_for(person).get(reverse("edition_compare", args=[second.uuid]))
        assert response.status_code == 200
        assert "<ins>" in response.text
        assert f'value="{second.uuid}"' not in response.text
    older = client_for(author).get(reverse("edition_compare", args=[edition.uuid])).text
    assert "<ins>" in older  # the older one stands left all the same
    assert "职业的概览" in older


def test_the_first_edition_has_nothing_to_be_compared_with(edition, author, client_for):
    response = client_for(author).get(reverse("edition_compare", args=[edition.uuid]))
    assert "还没有其他定版" in response.text


@pytest.mark.parametrize("wanted", ["nonsense", "00000000-0000-4000-8000-000000000000"])
def test_an_edition_of_another_course_is_404(edition, author, client_for, wanted):
    assert client_for(author).get(reverse("edition_compare", args=[edition.uuid]), {"with": wanted}).status_code == 404


def test_both_reviewers_see_what_changed_since_the_last_edition(edition, course, author, base_reviewer, reviewer,
                                                                at, client_for):  # fmt: skip
    lesson = lessons(course)[1]
    lesson.summary = "这一课讲权属。"
    lesson.save_revision()
    review = CourseReview.submit(course, by=author, at=at.replace(year=2027))
    url = reverse("review_compare", args=[review.uuid])
    assert url in client_for(base_reviewer).get(review.get_absolute_url()).text
    assert "权属" in client_for(base_reviewer).get(url).text
    assert client_for(reviewer).get(url).status_code == 404  # not yet with the authority
    review.approve(by=base_reviewer, at=at)
    assert "权属" in client_for(reviewer).get(url).text


def test_authors_compare_their_draft(edition, course, author, client_for):
    assert "没有差别" in client_for(author).get(reverse("course_compare", args=[course.pk])).text


def test_outsiders_find_nothing(edition, second, outsider, client_for):
    for url in (reverse("edition_compare", args=[second.uuid]), reverse("course_compare", args=[edition.course_id])):
        assert client_for(outsider).get(url).status_code == 404


def test_queries_do_not_grow_with_the_pages(edition, course, author, client_for, django_assert_max_num_queries):
    client = client_for(author)
    url = reverse("course_compare", args=[course.pk])
    client.get(url)
    for lesson in lessons(course):
        lesson.summary = "都改了。"
        lesson.save_revision()
    for number in range(4):
        make_lesson(course, f"新 {number}", list(Topic.objects.filter(code="A1")), author=author)
    with django_assert_max_num_queries(26):
        client.get(url)
