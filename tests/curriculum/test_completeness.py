"""Wagtail saves drafts with required fields left empty. They wait at the door of the review, each place named."""

import copy

import pytest
from django.urls import reverse
from django.utils import translation
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from curriculum.completeness import unfinished
from curriculum.models import CaseScenarioPage, CoursePage, CourseReview, LessonPage, ReviewGap
from curriculum.wording import gap_text
from tests.factories.curriculum import RUBRIC, make_case, part_of, stream


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def case_of(course) -> CaseScenarioPage:
    return course.case_placements.get().case


def places(page, kind: str) -> list[str]:
    """As the editor saves a draft: nothing is checked on the way in."""
    return unfinished(kind, page.save_revision(clean=False).content)


def test_a_finished_course_has_none(course):
    assert places(course, "course") == []
    assert places(LessonPage.objects.child_of(course).first(), "lesson") == []
    assert places(case_of(course), "case") == []


def test_the_place_is_named_from_the_outside_in(course):
    case = case_of(course)
    rubric = copy.deepcopy(RUBRIC)
    rubric[1]["bands"][2]["descriptor"] = ""
    case.rubric = stream(CaseScenarioPage, "rubric", [("criterion", line) for line in rubric])
    assert places(case, "case") == ["rubric › Criterion 2 › bands, lowest first › 3 › descriptor"]


def test_an_empty_text_an_empty_lesson_and_no_topics(course):
    case = case_of(course)
    case.role = ""
    assert places(case, "case") == ["role"]
    lesson = LessonPage.objects.child_of(course).first()
    lesson.body = stream(LessonPage, "body", [])
    lesson.topics.set([])
    assert places(lesson, "lesson") == ["lesson", "topics"]


def test_numbers_left_empty_are_found_and_break_no_page(course, author, client_for):
    parts = [part_of([case_of(course)], weight=None, pass_mark=None)]
    course.parts = stream(CoursePage, "parts", [("part", parts[0])])
    assert places(course, "course") == [
        "assessment parts › Part 1 › weight (%)", "assessment parts › Part 1 › pass mark (of 100)",
    ]  # fmt: skip
    for url in (reverse("course_status", args=[course.pk]), reverse("wagtailadmin_pages:edit", args=[course.pk])):
        response = client_for(author, "en").get(url)
        assert response.status_code == 200
        assert "pass mark (of 100)" in response.text


def test_the_review_takes_no_unfinished_course(course, author, at):
    case = case_of(course)
    case.brief = ""
    case.save_revision(clean=False)
    with pytest.raises(ReviewGap) as refusal:
        CourseReview.submit(course, by=author, at=at)
    assert "is not finished: brief" in gap_text(refusal.value.gaps[0])


@pytest.mark.parametrize("changes", [{"key": "b", "cases": []}, {"key": "b"}, {"cases": []}])
def test_the_review_takes_no_parts_that_cannot_be_frozen(course, author, at, changes):
    """A part without a case, a case in two parts, two parts of one key."""
    part = part_of([case_of(course)], weight=50)
    parts = [part, part | changes]
    course.parts = stream(CoursePage, "parts", [("part", part) for part in parts])
    course.save_revision()
    with pytest.raises(ReviewGap):
        CourseReview.submit(CoursePage.objects.get(pk=course.pk), by=author, at=at)
    assert not course.reviews.exists()


def test_the_review_takes_no_part_with_a_case_from_outside_the_course(course, base, author, at):
    other = make_case(base, [], [], author=author)
    course.parts = stream(CoursePage, "parts", [("part", part_of([case_of(course), other]))])
    course.save_revision()
    with pytest.raises(ReviewGap) as refusal:
        CourseReview.submit(CoursePage.objects.get(pk=course.pk), by=author, at=at)
    assert [gap.kind for gap in refusal.value.gaps] == ["part_unplaced"]


def test_a_draft_with_empty_points_can_be_saved_in_the_editor(course, author, client_for):
    """The rule of ascending points has to live with points that are not there yet."""
    bands = [{"points": points, "label": "", "label_en": "", "descriptor": ""} for points in ("", "5")]
    criterion = {
        "key": "need", "title": "", "title_en": "", "competence": "discover",
        "bands": streamfield([("item", band) for band in bands]),
    }  # fmt: skip
    nothing = streamfield([])
    data = nested_form_data(
        {
            "title": "半成品", "slug": "half-done", "title_en": "", "summary": "", "summary_en": "", "sector": "",
            "sector_en": "", "minutes": "90", "role": rich_text(""), "brief": rich_text(""), "debrief": rich_text(""),
            "exhibits": nothing, "stages": nothing, "variables": nothing, "counterparts": nothing, "variants": nothing,
            "deliverable": nothing, "disagreement_limit": "15",
            "rubric": streamfield([("criterion", criterion)]), "author": "", "source": "", "source_url": "",
            "licence": "", "legally_valid_on": "", "seo_title": "", "search_description": "",
            "comments": inline_formset([]),
        }
    )  # fmt: skip
    data["topics"] = [course.level.modules.first().topics.first().pk]
    data["competences"] = [course.level.syllabus.competences.first().pk]
    url = reverse("wagtailadmin_pages:add", args=["curriculum", "casescenariopage", course.get_parent().pk])
    response = client_for(author).post(url, data)
    assert response.status_code == 302, response.context and response.context["form"].errors
    half_done = CaseScenarioPage.objects.get(slug="half-done")
    translation.activate("en")  # the editor spoke the author's language
    found = unfinished("case", half_done.latest_revision.content)
    assert {"role", "brief", "rubric › Criterion 1 › criterion"} <= set(found)
    assert "rubric › Criterion 1 › bands, lowest first › 1 › points" in found
