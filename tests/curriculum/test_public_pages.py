"""What anyone sees: the front door, bases, courses, lessons, cases, the syllabus. In both languages, cheap, honest."""

import re

import pytest
from django.urls import reverse

from curriculum.models import HomePage, Syllabus
from curriculum.tree import ensure_home

LANGUAGES = ["zh-hans", "en"]
MARK = re.compile(r"示例|Sample")


def pages_of(edition):
    course = edition.course
    lesson = edition.items_of("lesson").first().page
    case = edition.items_of("case").get().page
    level = edition.level
    return [
        "/", course.get_parent().url, course.url, lesson.url, case.url, reverse("syllabus_list"),
        reverse("syllabus_detail", args=[level.syllabus.slug]),
        reverse("syllabus_level", args=[level.syllabus.slug, level.code]), reverse("cohort_catalogue"), reverse("glossary"),
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_they_all_work(edition, client_for, language):
    for url in pages_of(edition):
        response = client_for(None, language).get(url)
        assert response.status_code == 200, url
        assert "%(" not in response.text and "None" not in response.text, url


def test_the_front_door_has_its_four_stations_and_the_ways_on(edition, client_for):
    response = client_for(None, "en").get(reverse("home"))
    for word in ("Study", "Practise", "Be marked", "Be verified", "Junior technology manager", "Base A"):
        assert word in response.text
    assert f'action="{reverse("verify")}"' in response.text
    assert "csrfmiddlewaretoken" not in response.text  # the page is kept for everyone


def test_the_front_door_works_on_an_empty_site(db, client_for):
    ensure_home()
    assert client_for(None).get("/").status_code == 200


def test_content_is_shown_by_language(edition, client_for):
    url = edition.course.url
    assert edition.title in client_for(None).get(url).text
    assert edition.title_en in client_for(None, "en").get(url).text


def test_a_lesson_shows_its_outline_and_not_its_text(edition, client_for):
    text = client_for(None).get(edition.items_of("lesson").first().page.url).text
    assert "为什么需要技术经理人" in text
    assert "在实验室和企业之间做翻译" not in text
    assert "先弄清是谁的" not in text


def test_a_case_shows_role_and_work_product_and_nothing_to_play(edition, client_for):
    text = client_for(None).get(edition.items_of("case").get().page.url).text
    assert "你是技术经理人" in text
    assert "技术需求说明书" in text
    for secret in ("用户来信", "洗澡时水忽冷忽热", "你到了企业", "问预算", "表现档次", "事后讲评", "企业提出了需求"):
        assert secret not in text


def test_drafts_are_not_served(course, client_for):
    for page in (course, course.get_children().first(), course.case_placements.get().case):
        assert client_for(None).get(page.url).status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_hours_of_an_unverified_row_without_the_mark(edition, client_for, language):
    level = edition.level
    for name, args in (("syllabus_level", [level.syllabus.slug, level.code]), ("syllabus_detail", [level.syllabus.slug])):
        text = re.sub(r"<[^>]+>", " ", client_for(None, language).get(reverse(name, args=args)).text)
        figures = list(re.finditer(r"\b\d+(\.\d+)?\s*(学时|hours?\b)", text))
        assert figures
        for figure in figures:
            assert MARK.search(text[figure.end() : figure.end() + 120]), text[figure.start() - 60 : figure.end() + 120]


def test_a_draft_syllabus_is_not_public(edition, client_for):
    draft = Syllabus.objects.create(slug="draft", version="x", title="草案", issuer="测试")
    assert client_for(None).get(reverse("syllabus_detail", args=["draft"])).status_code == 404
    assert "草案" not in client_for(None).get(reverse("syllabus_list")).text
    assert draft.status == "draft"


@pytest.mark.parametrize(
    ("index", "most"), [(0, 8), (1, 9), (2, 12), (3, 12), (4, 11), (5, 5), (6, 6), (7, 9), (8, 4), (9, 5)]
)
def test_queries(edition, client_for, django_assert_max_num_queries, index, most):
    url = pages_of(edition)[index]
    client = client_for(None)
    client.get(url)
    with django_assert_max_num_queries(most):
        assert client.get(url).status_code == 200


def test_home_is_the_only_front_page(edition):
    assert HomePage.objects.count() == 1
