"""The line that says where a page comes from and who reviewed it: the same everywhere, and cheap."""

from datetime import date

import pytest
from django.core.cache import cache
from django.template.loader import render_to_string
from django.urls import reverse

from curriculum import provenance
from curriculum.models import CourseReview
from tests.factories.curriculum import make_edition
from tests.factories.training import make_cohort, make_enrolment


@pytest.fixture
def sourced(base, course, author, base_reviewer, reviewer, at):
    """An edition whose first lesson says all there is to say."""
    lesson = course.get_children().first().specific
    lesson.source, lesson.source_url = "《讲义》", "https://example.org/source"
    lesson.licence, lesson.legally_valid_on = "CC BY 4.0", date(2026, 5, 1)
    lesson.ai_assistance = "初稿由语言模型润色，作者逐句核对"
    lesson.save()
    lesson.save_revision(user=author)
    return make_edition(base, at, author=author, base_reviewer=base_reviewer, reviewer=reviewer, course=course)


WORDS = (
    "测试编写组", "《讲义》", "https://example.org/source", "CC BY 4.0", "2026-05-01", "初稿由语言模型润色，作者逐句核对",
    "测试初审吴", "测试复审郑", "2026-06-01",
)  # fmt: skip


def test_it_stands_on_every_page_of_the_lesson(sourced, base, author, trainee, client_for):
    item = sourced.items_of("lesson").first()
    enrolment = make_enrolment(make_cohort(sourced), trainee)
    places = [
        (None, item.page.url),
        (author, reverse("edition_item_preview", args=[sourced.uuid, item.uuid])),
        (trainee, reverse("lesson", args=[enrolment.uuid, item.uuid])),
    ]
    for person, url in places:
        text = client_for(person).get(url).text
        assert all(word in text for word in WORDS), url
        assert "Edition 1" in client_for(person, "en").get(url).text


def test_courses_and_cases_have_it_too(edition, author, client_for):
    for kind in ("course", "case"):
        item = edition.items_of(kind).get()
        for person, url in (
            (None, item.page.url),
            (author, reverse("edition_item_preview", args=[edition.uuid, item.uuid])),
        ):
            text = client_for(person).get(url).text
            assert "测试初审吴" in text and "测试复审郑" in text, url


def test_a_frozen_page_keeps_its_own(sourced, author, base_reviewer, reviewer, base, at, client_for):
    first = sourced.items_of("lesson").first()
    lesson = first.page.specific
    lesson.licence = "另一许可"
    lesson.save_revision(user=author)
    second = make_edition(
        base, at.replace(day=9), author=author, base_reviewer=base_reviewer, reviewer=reviewer, course=sourced.course
    )
    again = provenance.of_item(first)
    assert (again.licence, again.edition) == ("CC BY 4.0", 1)
    assert provenance.of_item(second.items_of("lesson").first()).licence == "另一许可"
    published = provenance.of_page(type(lesson).objects.get(pk=lesson.pk))
    assert (published.licence, published.edition, published.approved_on) == ("另一许可", 2, date(2026, 6, 9))


def test_a_draft_says_what_it_says_itself_only(sourced, author, base_reviewer, at, client_for):
    lesson = sourced.items_of("lesson").first().page.specific
    lesson.ai_assistance = "改过的说明"
    lesson.save_revision(user=author)
    text = client_for(author).get(reverse("wagtailadmin_pages:view_draft", args=[lesson.pk])).text
    assert "改过的说明" in text and "测试复审郑" not in text
    review = CourseReview.submit(sourced.course, by=author, at=at.replace(day=3))
    text = client_for(base_reviewer).get(reverse("review_preview", args=[review.uuid, 1])).text
    assert "改过的说明" in text and "测试复审郑" not in text


def test_a_page_that_says_nothing_shows_nothing():
    assert render_to_string("curriculum/_provenance.html", {"provenance": provenance.Provenance()}).strip() == ""


def test_what_it_costs(sourced, trainee, client_for, django_assert_num_queries):
    item = sourced.items_of("lesson").first()
    cache.clear()
    with django_assert_num_queries(2):
        provenance.of_item(item)
    with django_assert_num_queries(0):
        provenance.of_item(item)
    page = item.page.specific
    with django_assert_num_queries(1):
        assert provenance.of_page(page).edition == 1
    with django_assert_num_queries(0):
        assert provenance.of_page(page).edition == 1
