"""A lesson for an English reader: what is translated, what is not and says so, what is of an earlier text; at one query."""

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from curriculum.models import CoursePage, LessonPage, Translation
from curriculum.translating import begin
from tests.factories.training import make_cohort, make_enrolment, make_person
from tests.factories.translations import make_translations, translate

NOT_YET = "have not been translated yet"


@pytest.fixture
def people(own_base):
    return {
        "by": make_person("译者", at_base=own_base, role=Role.AUTHOR),
        "reviewer": make_person("审核人", at_base=own_base, role=Role.BASE_REVIEWER),
    }


@pytest.fixture
def course(edition) -> CoursePage:
    return CoursePage.objects.get(pk=edition.course_id)


@pytest.fixture
def url(edition, student, own_registrar, lessons) -> str:
    enrolment = make_enrolment(make_cohort(edition, by=own_registrar), student)
    return reverse("lesson", args=[enrolment.uuid, lessons[0].uuid])


def reading(client_for, student, url, language="en") -> str:
    return client_for(student, language).get(url).text


def test_translated(client_for, student, url, course, people):
    make_translations(course, **people)
    text = reading(client_for, student, url)
    assert "<h2>EN" in text and "为什么需要技术经理人" not in text and NOT_YET not in text
    assert "Translated from the Chinese, which is the authentic text." in text
    assert "为什么需要技术经理人" in reading(client_for, student, url, "zh-hans")
    assert "<h2>EN" not in reading(client_for, student, url, "zh-hans")


def test_the_original_is_one_click_away(client_for, student, url, course, people):
    make_translations(course, **people)
    assert "?original=1" in reading(client_for, student, url)
    text = reading(client_for, student, f"{url}?original=1")
    assert "为什么需要技术经理人" in text and 'lang="zh-Hans"' in text and "<h2>EN" not in text
    assert "This is the Chinese original" in text and 'href="?"' in text
    assert "<h2>EN" in reading(client_for, student, url)  # it was for that once


def test_without_any_translation_it_says_so(client_for, student, url):
    text = reading(client_for, student, url)
    assert "This text has not been translated yet; it is shown in Chinese." in text
    assert '<div class="prose" lang="zh-Hans">' in text and "为什么需要技术经理人" in text
    assert '<div class="prose">' in reading(client_for, student, url, "zh-hans")


def test_a_block_that_is_not_wholly_translated_is_in_chinese_and_marked(client_for, student, url, course, people, lessons):
    begin(course, by=people["by"], at=timezone.now())
    row = Translation.objects.get(page=lessons[0].page_id)
    translate(row, **people, only=lambda s: "/options/" not in s.key)
    text = reading(client_for, student, url)
    assert "<h2>EN" in text and text.count(NOT_YET) == 1
    marked = text[text.index('<div class="in-chinese prose" lang="zh-Hans">') :]
    assert "技术经理人首先要核对什么" in marked  # the whole question, not half of it
    assert "4 of" in text and "have not been translated yet" in text


def test_an_edition_keeps_the_translation_of_what_it_says(client_for, student, url, course, people, lessons):
    make_translations(course, **people)
    lesson = LessonPage.objects.get(pk=lessons[0].page_id)
    raw = list(lesson.body.raw_data)
    lesson.body = lesson.body.stream_block.to_python([{**raw[0], "value": "后来改了的标题"}, *raw[1:]])
    lesson.save_revision()
    assert Translation.objects.get(page=lesson.pk).old == 1
    text = reading(client_for, student, url)
    assert "Translated from the Chinese" in text and "has changed since" not in text


def test_a_translation_of_another_text_says_so_and_shows_the_present_one(client_for, student, url, course, people, lessons):
    lesson = LessonPage.objects.get(pk=lessons[0].page_id)
    raw = list(lesson.body.raw_data)
    lesson.body = lesson.body.stream_block.to_python([{**raw[0], "value": "后来改了的标题"}, *raw[1:]])
    lesson.save_revision()
    make_translations(course, **people)  # of the draft; the edition still has the earlier heading
    text = reading(client_for, student, url)
    assert "The Chinese text has changed since this was translated." in text
    assert "为什么需要技术经理人" in text and "<h2>EN" in text


def test_a_correction_of_the_translation_reaches_a_running_cohort(client_for, student, url, course, people, edition, lessons):
    make_translations(course, **people)
    reading(client_for, student, url)
    before = edition.content_hash
    row = Translation.objects.get(page=lessons[0].page_id)
    segment = row.segments.get(source="为什么需要技术经理人")
    segment.write("Better words", done=True, seen=segment.number, by=people["by"], at=timezone.now())
    assert "Better words" not in reading(client_for, student, url)  # not approved yet
    row.approve(by=people["reviewer"], at=timezone.now(), numbers={str(segment.pk): segment.number})
    assert "Better words" in reading(client_for, student, url)
    edition.refresh_from_db()
    assert edition.recompute_hash() == edition.content_hash == before
    assert [r.number for r in row.releases.all()] == [1, 2]


@pytest.mark.parametrize(("language", "most"), [("zh-hans", 8), ("en", 9)])
def test_one_query_more_for_an_english_reader(
    client_for, student, url, course, people, language, most, django_assert_max_num_queries
):
    make_translations(course, **people)
    client = client_for(student, language)
    cache.clear()
    client.get(url)
    with django_assert_max_num_queries(most):
        client.get(url)


def test_titles_that_only_the_translation_has(client_for, student, url, course, people, lessons, edition):
    from django.utils import translation

    from curriculum import reading as reader

    row = Translation.objects.sync(lessons[0].page, {"title": lessons[0].title, "body": "[]"}, "lesson", edition.organisation)
    translate(row, **people)
    with translation.override("en"):
        lessons[0].title_en = ""
        assert reader.with_titles(lessons)[0].title_en.startswith("EN")
    lessons[0].title_en = ""
    assert reader.with_titles(lessons)[0].title_en == ""
