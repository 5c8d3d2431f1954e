"""Public pages for English visitors: the approved translation, how much of it there is, kept and taken away in time."""

import pytest
from django.core.cache import caches
from django.utils import timezone

from curriculum.models import CoursePage, Translation
from curriculum.translating import begin
from tests.curriculum.test_public_pages import pages_of
from tests.factories.translations import make_translations, translate


@pytest.fixture
def course(edition) -> CoursePage:
    return CoursePage.objects.get(pk=edition.course_id)


@pytest.fixture
def whole(course, author, base_reviewer):
    return make_translations(course, by=author, reviewer=base_reviewer)


def test_english_visitors_see_what_is_approved(edition, course, whole, client_for):
    lesson, case = edition.items_of("lesson").first().page, edition.items_of("case").get().page
    for page, chinese in ((lesson, "为什么需要技术经理人"), (case, "你是技术经理人")):
        text = client_for(None, "en").get(page.url).text
        assert "EN" in text and chinese not in text
        assert chinese in client_for(None).get(page.url).text
        assert chinese in client_for(None, "en").get(page.url + "?original=1").text


def test_the_course_says_how_much_is_translated(edition, course, author, base_reviewer, client_for):
    assert "of the course" not in client_for(None, "en").get(course.url).text
    begin(course, by=author, at=timezone.now())
    assert "0 % of the course" in client_for(None, "en").get(course.url).text
    row = Translation.objects.filter(kind="lesson").first()
    translate(row, by=author, reviewer=base_reviewer)
    rows = Translation.objects.all()
    share = 100 * sum(r.approved for r in rows) // sum(r.total for r in rows)
    assert 0 < share < 100
    assert f"{share} % of the course" in client_for(None, "en").get(course.url).text
    assert "of the course" not in client_for(None).get(course.url).text


def test_approval_takes_kept_pages_away_in_both_lists(
    edition, course, author, base_reviewer, client_for, settings, django_capture_on_commit_callbacks
):
    settings.PAGE_CACHE_SECONDS = 600
    caches["pages"].clear()
    lesson = edition.items_of("lesson").first().page
    begin(course, by=author, at=timezone.now())
    visitor, chinese = client_for(None, "en"), client_for(None)
    for client in (visitor, chinese):
        for url in (lesson.url, course.url):
            client.get(url)
    row = Translation.objects.get(page=lesson.pk)
    with django_capture_on_commit_callbacks(execute=True):
        translate(row, by=author, reviewer=base_reviewer)
    assert "EN" in visitor.get(lesson.url).text
    assert " 0 % of the course" not in visitor.get(course.url).text
    assert "为什么需要技术经理人" in chinese.get(lesson.url).text
    caches["pages"].clear()


@pytest.mark.parametrize(("index", "most"), [(1, 9), (2, 13), (3, 13), (4, 12)])
def test_one_query_more_in_english(edition, course, whole, client_for, django_assert_max_num_queries, index, most):
    url = pages_of(edition)[index]
    client = client_for(None, "en")
    client.get(url)
    with django_assert_max_num_queries(most):
        assert client.get(url).status_code == 200


def test_previews_and_walks_show_the_translation(edition, whole, author, client_for):
    client = client_for(author, "en")
    item = edition.items_of("lesson").first()
    for url in (f"/editions/{edition.uuid}/items/{item.uuid}/", f"/editions/{edition.uuid}/walk/1/"):
        text = client.get(url).text
        assert "<h2>EN" in text and "Translated from the Chinese" in text, url
    case = edition.items_of("case").get()
    text = client.get(f"/editions/{edition.uuid}/items/{case.uuid}/").text
    assert "EN visit" in text and "走访" not in text
