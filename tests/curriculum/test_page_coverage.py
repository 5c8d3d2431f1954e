"""The syllabus beside the page that is being edited: side panel, its page without script, tenant walls, queries."""

from decimal import Decimal

import pytest
from django.urls import reverse

from curriculum import course_core
from curriculum.frozen_revisions import is_kept
from curriculum.models import CasePlacement, CoursePage, CourseReview, LessonPage, Topic
from curriculum.page_coverage import COURSES_SHOWN, coverage_of
from lms.lib.immutable import ImmutableRow
from tests.factories.core import make_core_lesson, release
from tests.factories.curriculum import RUBRIC, make_course, make_lesson, part_of, stream

pytestmark = pytest.mark.django_db


def lessons(course) -> list[LessonPage]:
    return list(LessonPage.objects.child_of(course).order_by("path"))


def case_of(course):
    return course.case_placements.get().case


def fresh(page):
    return type(page).objects.get(pk=page.pk)


def edit(page) -> str:
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def panel_of(client, page) -> dict:
    """The context of the side panel in the editor of a page."""
    panels = client.get(edit(page)).context["side_panels"]
    return next(panel for panel in panels if panel.name == "coverage").coverage


def test_it_works(course, author, client_for):
    page = client_for(author).get(edit(course))
    assert 'data-side-panel="coverage"' in page.content.decode()
    assert 'data-side-panel-toggle="coverage"' in page.content.decode()
    found = panel_of(client_for(author), course)
    assert (found.count, found.kind, found.courses[0].covered, found.courses[0].required) == (0, "course", 2, 2)


def test_a_lesson_shows_its_topics_and_the_gaps_of_its_course(course, author, client_for):
    first, second = lessons(course)
    second.topics.clear()
    second.save_revision()
    client = client_for(author)
    found = panel_of(client, first)
    assert [topic.code for topic in found.topics] == ["A1"]
    [state] = found.courses
    gap = next(line for line in state.blocking if line.kind == "topic")
    assert "A2" in gap.text and gap.url == reverse("wagtailadmin_pages:add", args=["curriculum", "lessonpage", course.pk])
    assert gap.core_url == ""
    assert panel_of(client, second).topics == []


def test_a_gap_that_the_core_could_fill_leads_to_the_core(course, author, at):
    release(make_core_lesson(codes=("A2",)), at=at)
    second = lessons(course)[1]
    second.topics.clear()
    second.save_revision()
    [state] = coverage_of(fresh(second)).courses
    gap = next(line for line in state.blocking if line.kind == "topic")
    assert gap.core_url == reverse("course_contents", args=[course.pk])


def test_a_case_shows_every_course_it_is_placed_in(course, author, base):
    case = case_of(course)
    other = make_course(base, author, title="另一门课程")
    assert [state.course.pk for state in coverage_of(fresh(case)).courses] == [course.pk]
    other.case_placements.add(CasePlacement(case=case, required=False, sort_order=1))
    other.save_revision()  # a draft only; nothing is published
    assert [state.course.pk for state in coverage_of(fresh(case)).courses] == [course.pk, other.pk]


def test_competences_never_assessed_lead_to_the_rubric(course):
    case = case_of(course)
    case.rubric = stream(type(case), "rubric", [("criterion", c) for c in RUBRIC if c["competence"] == "trade"])
    case.save_revision()
    found = coverage_of(fresh(case))
    [line] = found.courses[0].unassessed
    assert line.url == edit(case) + "#panel-child-content-rubric-section" and line.own
    assert found.count == 1


def test_hours_short_by_module(course):
    [state] = coverage_of(fresh(course)).courses
    general, skills = state.modules
    assert general.hours == Decimal("1.5")
    assert general.short == Decimal("0.5") and skills.enough


def test_a_gap_of_the_parts_leads_to_the_parts(course):
    course.parts = stream(CoursePage, "parts", [("part", part_of([case_of(course)], weight=90))])
    course.save_revision()
    [gap] = coverage_of(fresh(course)).courses[0].blocking
    assert (gap.kind, gap.url) == ("weights", edit(course) + "#panel-child-content-parts-section")


def test_an_unfinished_page_leads_to_its_editor(course):
    first, second = lessons(course)
    first.summary = ""
    first.body = []
    first.save_revision()
    [gap] = coverage_of(fresh(second)).courses[0].blocking
    assert (gap.kind, gap.url, gap.own) == ("unfinished", edit(first), False)
    [gap] = coverage_of(fresh(first)).courses[0].blocking
    assert gap.own


def test_it_shows_what_was_saved_last(course, author, client_for):
    """The editor's own saving answers with the panel as it stands now."""
    first = lessons(course)[0]
    client = client_for(author)
    page = client.get(edit(first))
    data = form_data(page, topics=[Topic.objects.get(code="B1").pk])
    response = client.post(edit(first), data, headers={"accept": "application/json"})
    html = response.json()["html"]
    assert "[data-side-panel='coverage']" in html and "A1" in html
    assert panel_of(client, first).count == 1


def form_data(page, **changes) -> dict:
    """What the form of the editor would send."""
    form = page.context["form"]
    data = {
        name: form[name].value()
        for name in ("title", "slug", "title_en", "summary", "summary_en", "minutes", "author", "source")
    }
    revision = page.context["page"].latest_revision
    block = {"deleted": "", "order": 0, "type": "heading", "id": "", "value": "为什么"}
    empty = {"body-count": 1, **{f"body-0-{k}": v for k, v in block.items()}}
    empty |= {f"comments-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL", "MIN_NUM")}
    seen = {"loaded_revision_id": revision.pk, "loaded_revision_created_at": revision.created_at.isoformat()}
    return {k: v for k, v in (data | empty | seen | changes).items() if v is not None}


def test_a_new_lesson_shows_the_gaps_of_its_course(course, author, client_for):
    second = lessons(course)[1]
    second.topics.clear()
    second.save_revision()
    page = client_for(author).get(reverse("wagtailadmin_pages:add", args=["curriculum", "lessonpage", course.pk]))
    panel = next(panel for panel in page.context["side_panels"] if panel.name == "coverage")
    assert panel.coverage.count == 2 and 'data-side-panel="coverage"' in page.content.decode()


def test_a_new_course_has_nothing_to_show_yet(course, author, client_for):
    above = course.get_parent()
    page = client_for(author).get(reverse("wagtailadmin_pages:add", args=["curriculum", "coursepage", above.pk]))
    assert page.status_code == 200
    assert next(panel for panel in page.context["side_panels"] if panel.name == "coverage").coverage is None


def test_a_core_page_stands_in_no_course(at):
    lesson = make_core_lesson()
    found = coverage_of(lesson)
    assert (found.courses, found.own, [topic.code for topic in found.topics]) == ([], [], ["A1"])


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_without_script(course, author, client_for, language):
    for page in (course, *lessons(course), case_of(course)):
        response = client_for(author, language).get(reverse("page_coverage", args=[page.pk]))
        assert response.status_code == 200 and "A1" in response.content.decode()


def test_an_english_reader_gets_the_english_title(course, author, client_for):
    type(course).objects.filter(pk=course.pk).update(title_en="Course in English")
    url = reverse("page_coverage", args=[course.pk])
    assert "<h1>Course in English</h1>" in client_for(author, "en").get(url).text
    assert f"<h1>{course.draft_title}</h1>" in client_for(author, "zh-hans").get(url).text


def test_another_base_sees_nothing(course, outsider, reviewer, trainee, client_for):
    for page in (course, *lessons(course), case_of(course)):
        url = reverse("page_coverage", args=[page.pk])
        assert [client_for(person).get(url).status_code for person in (outsider, reviewer, trainee)] == [404, 404, 404]
        assert client_for(outsider).get(edit(page)).status_code == 404


def test_another_base_cannot_be_seen_through_a_case(course, outsider, other_base):
    """A course of another base that names the case (which no form allows) is not shown beside it."""
    case = case_of(course)
    theirs = make_course(other_base, outsider)
    theirs.case_placements.add(CasePlacement(case=case, required=False, sort_order=1))
    theirs.save_revision()
    assert [state.course.pk for state in coverage_of(fresh(case)).courses] == [course.pk]


def test_pages_that_are_none_of_these(course, author, client_for):
    url = reverse("page_coverage", args=[course.get_parent().pk])
    assert client_for(author).get(url).status_code == 404


def test_queries_grow_neither_with_pages_nor_with_courses(
    course, author, base, at, django_assert_num_queries, django_assert_max_num_queries
):
    case = fresh(case_of(course))
    coverage_of(case)  # content types
    with django_assert_max_num_queries(14) as few:
        coverage_of(fresh(case))
    topics = list(Topic.objects.filter(code="A1"))
    release_ = release(make_core_lesson(), at=at)
    for number in range(5):
        make_lesson(course, f"第{number}课", topics, author=author)
        more = make_course(base, author, title=f"课程 {number}")
        more.case_placements.add(CasePlacement(case=case, required=False, sort_order=1))
        more.save_revision()
    coverage_of(fresh(case))  # the first look at the new revisions
    with django_assert_num_queries(len(few.captured_queries)):
        found = coverage_of(fresh(case))
    assert len(found.courses) == 6
    course_core.include(course, release_, by=author, at=at)
    coverage_of(fresh(case))
    with django_assert_num_queries(len(few.captured_queries) + 1):  # the releases
        coverage_of(fresh(case))


def test_a_case_in_very_many_courses_shows_the_first(course, author, base):
    case = case_of(course)
    for number in range(COURSES_SHOWN + 1):
        more = make_course(base, author, title=f"课程 {number}")
        more.case_placements.add(CasePlacement(case=case, required=False, sort_order=1))
        more.save_revision()
    found = coverage_of(fresh(case))
    assert (len(found.courses), found.more) == (COURSES_SHOWN, 2)


# --- Revisions that stay --------------------------------------------------------------------------------------------


def test_the_editor_does_not_write_over_what_went_to_review(course, author, client_for, at):
    """Its own saving writes over the revision of its session: not once that revision was submitted."""
    first = lessons(course)[0]
    client = client_for(author)
    mine = first.latest_revision
    assert mine.user_id == author.pk
    data = form_data(client.get(edit(first)), summary="自动保存。", topics=[Topic.objects.get(code="A1").pk])
    data["overwrite_revision_id"] = mine.pk
    answer = client.post(edit(first), data, headers={"accept": "application/json"}).json()
    assert answer["revision_id"] == mine.pk  # nobody looks at it yet
    review = CourseReview.submit(fresh(course), by=author, at=at)
    submitted = {line["revision"] for line in review.contents}
    before = fresh(first).latest_revision.content
    data = form_data(client.get(edit(first)), summary="提交之后又改。", topics=data["topics"])
    data["overwrite_revision_id"] = mine.pk
    answer = client.post(edit(first), data, headers={"accept": "application/json"}).json()
    assert answer["success"] and answer["revision_id"] != mine.pk and mine.pk in submitted
    mine.refresh_from_db()
    assert mine.content == before
    assert fresh(first).latest_revision.content["summary"] == "提交之后又改。"


def test_a_frozen_revision_keeps_its_content_whoever_saves_it(edition):
    revision = edition.items.get(kind="course").revision
    revision.content["title"] = "改了"
    with pytest.raises(ImmutableRow):
        revision.save()
    revision.refresh_from_db()
    revision.save()  # the same words


def test_a_case_that_was_sent_with_any_course_of_the_base_is_kept(course, author, client_for, at):
    case = case_of(course)
    mine = case.latest_revision
    CourseReview.submit(fresh(course), by=author, at=at)
    assert is_kept(case, mine.pk) and not is_kept(case, mine.pk + 1000)
