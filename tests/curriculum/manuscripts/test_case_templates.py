"""Shipped cases in a base's own course: what is offered, what a copy is, and that nobody else gets one."""

import pytest
from django.core.management import call_command
from django.urls import reverse
from wagtail.models import ModelLogEntry, PageLogEntry

from curriculum.case_templates import copy_into, templates_for
from curriculum.contents import entries_of, gaps_of
from curriculum.models import CaseScenarioPage, CoursePage, Level
from curriculum.sample.loader import HERE
from curriculum.tree import ensure_home
from curriculum.walls import ensure_base_site


@pytest.fixture
def empty_course(base, author):
    """A course of the shipped junior level with nothing in it."""
    call_command("load_syllabus", str(HERE / "syllabus-2020.yaml"), verbosity=0)
    level = Level.objects.get(syllabus__slug="outline-2020", code="junior")
    course = CoursePage(title="空课程", slug="empty", level=level, live=False, owner=author)
    ensure_home()
    ensure_base_site(base).add_child(instance=course)
    course.save_revision(user=author)
    return course


def address(course) -> str:
    return reverse("case_templates", args=[course.pk])


def test_it_works(client_for, author, base, empty_course):
    client = client_for(author)
    page = client.get(address(empty_course))
    assert page.status_code == 200 and "invention-disclosure" in page.text and "patent-valuation" not in page.text
    answer = client.post(address(empty_course), {"cases": ["invention-disclosure", "contract-registration"]})
    assert answer.url == reverse("course_status", args=[empty_course.pk])
    cases = CaseScenarioPage.objects.child_of(empty_course.get_parent())
    assert {case.slug for case in cases} == {"invention-disclosure", "contract-registration"}
    assert not any(case.live for case in cases) and {case.owner for case in cases} == {author}
    course = CoursePage.objects.get(pk=empty_course.pk)
    gaps = {gap.kind for gap in gaps_of(entries_of(course)) if gap.blocking}
    assert gaps == {"topic"}  # competences, parts and weights are there; lessons are not
    assert not course.live
    logs = [*ModelLogEntry.objects.filter(action="curriculum.course.copy_cases"),
            *PageLogEntry.objects.filter(action="curriculum.course.copy_cases")]  # fmt: skip
    assert [entry.user for entry in logs] == [author]


def test_a_second_click_copies_nothing_more(client_for, author, empty_course):
    form = {"cases": ["invention-disclosure"]}
    assert client_for(author).post(address(empty_course), form).status_code == 302
    assert client_for(author).post(address(empty_course), form).status_code == 422  # not on offer any more
    assert copy_into(empty_course, ["invention-disclosure"], by=author) == []
    seen = templates_for(CoursePage.objects.get(pk=empty_course.pk))
    assert [template.slug for template in seen if template.placed] == ["invention-disclosure"]
    assert CaseScenarioPage.objects.filter(slug="invention-disclosure").count() == 1


def test_more_cases_join_the_part_that_is_there(author, empty_course):
    copy_into(empty_course, ["invention-disclosure"], by=author)
    copy_into(empty_course, ["contract-registration"], by=author)
    draft = CoursePage.objects.get(pk=empty_course.pk).get_latest_revision_as_object()
    assert len(draft.parts) == 1 and len(draft.parts[0].value["cases"]) == 2
    assert [line.sort_order for line in draft.case_placements.all()] == [0, 1]


def test_nothing_chosen_is_said(client_for, author, empty_course):
    answer = client_for(author).post(address(empty_course), {})
    assert answer.status_code == 422 and "请至少选择一个案例" in answer.text


def test_another_syllabus_gets_none(client_for, author, course):
    assert templates_for(course) == []
    assert "没有适合" in client_for(author).get(address(course)).text


def test_nobody_else(client_for, outsider, base_reviewer, trainee, empty_course):
    before = CaseScenarioPage.objects.count()
    assert client_for(outsider).post(address(empty_course), {"cases": ["invention-disclosure"]}).status_code == 404
    assert client_for(trainee).get(address(empty_course)).status_code == 404
    assert client_for(base_reviewer).get(address(empty_course)).status_code == 403
    assert CaseScenarioPage.objects.count() == before
