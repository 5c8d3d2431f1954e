"""A search never returns, counts or shows what the person may not open: a test for each role and each kind of text."""

import pytest

from curriculum import course_core
from curriculum.models import LessonPage, Statute, Term
from lms.lib.search.find import search
from tests.factories.core import core_author, core_reviewers, make_core_case, make_core_lesson, release, rewrite
from tests.factories.curriculum import make_course, make_edition, stream
from tests.factories.training import make_cohort, make_enrolment, make_person

# In the lesson's text and not in its outline; in the case's stages only; in its brief; in its debrief.
LESSON_TEXT, FEEDBACK = "实验室和企业之间做翻译", "先弄清是谁的"
STAGE, BRIEF, DEBRIEF = "你到了企业", "企业提出了需求", "事后讲评"


def titles(user, typed, **filters):
    return [hit.entry.title for hit in search(user, typed, filters=filters).hits]


def test_the_public_finds_outlines_and_no_texts(edition):
    assert "第一课 职业概览" in titles(None, "为什么需要技术经理人")
    assert "热水器用户需求翻译" in titles(None, "技术需求说明书")
    for secret in (LESSON_TEXT, STAGE, BRIEF, DEBRIEF, FEEDBACK):
        results = search(None, f'"{secret}"')
        assert results.count == 0 and not results.facets, secret
        assert all(secret not in "".join(t for t, _ in hit.passage) for hit in results.hits)


def test_a_trainee_finds_the_lessons_of_the_own_edition(enrolled, trainee, client_for):
    hit = search(trainee, LESSON_TEXT).hits[0]
    assert hit.url.startswith(f"/learn/{enrolled.uuid}/lessons/")
    response = client_for(trainee).get(hit.url)
    assert response.status_code == 200 and LESSON_TEXT in response.text


def test_a_trainee_does_not_play_a_case_by_searching(enrolled, trainee):
    assert titles(trainee, BRIEF) == ["热水器用户需求翻译"]
    for secret in (STAGE, DEBRIEF, FEEDBACK, "对方不愿说", "表现档次"):
        assert search(trainee, f'"{secret}"').count == 0, secret


def test_a_withdrawn_trainee_finds_no_lesson_any_more(enrolled, trainee, registrar, at):
    enrolled.withdraw(by=registrar, at=at)
    assert search(trainee, f'"{LESSON_TEXT}"').count == 0


def test_a_trainee_of_another_cohort_finds_nothing_of_this_one(edition, at):
    stranger = make_person("陌生学员")
    assert search(stranger, f'"{LESSON_TEXT}"').count == 0


def test_the_frozen_text_is_found_and_not_the_later_draft(enrolled, trainee, author, run_jobs):
    lesson = LessonPage.objects.get(title="第一课 职业概览")
    lesson.body = stream(LessonPage, "body", [("text", "<p>后来改写的段落。</p>")])
    lesson.save_revision(user=author)
    run_jobs()
    assert search(trainee, LESSON_TEXT).count == 2
    assert search(trainee, "后来改写的段落").count == 0
    assert search(author, "后来改写的段落").count == 1


def test_drafts_are_for_the_own_base(course, author, base_reviewer, run_jobs, request, client_for):
    run_jobs()
    for who in (author, base_reviewer):
        hits = search(who, LESSON_TEXT).hits
        assert {hit.entry.title for hit in hits} == {"第一课 职业概览", "第二课 成果与知识产权"}
        assert all(client_for(who).get(hit.url).status_code == 200 for hit in hits)
    for role in ("instructor", "registrar", "assessor", "moderator", "officer", "reviewer", "employer", "outsider", "trainee"):
        results = search(request.getfixturevalue(role), f'"{LESSON_TEXT}"')
        assert (results.count, results.unfiltered, results.facets) == (0, 0, []), role
    assert search(None, f'"{LESSON_TEXT}"').count == 0


@pytest.mark.parametrize("secret", [LESSON_TEXT, STAGE, DEBRIEF])
def test_editions_are_for_the_base_and_the_authority(edition, request, client_for, secret):
    for role in ("author", "base_reviewer", "instructor", "registrar", "assessor", "moderator", "reviewer", "officer"):
        who = request.getfixturevalue(role)
        hits = search(who, secret).hits
        assert hits, role
        assert client_for(who).get(hits[0].url).status_code == 200, role
    for role in ("outsider", "employer", "trainee"):
        assert search(request.getfixturevalue(role), f'"{secret}"').count == 0, role


def test_every_address_that_is_given_opens(enrolled, request, client_for):
    for role in (None, "trainee", "author", "base_reviewer", "registrar", "officer", "reviewer", "outsider", "employer"):
        who = request.getfixturevalue(role) if role else None
        for typed in ("技术", "课", "企业", "职业"):
            for hit in search(who, typed).hits:
                assert client_for(who).get(hit.url).status_code == 200, (role, hit.url)


def test_one_thing_is_shown_once_with_the_nearest_text(enrolled, trainee, author):
    assert titles(trainee, "职业概览").count("第一课 职业概览") == 1
    notes = {hit.audience.name.split(":")[0] for hit in search(author, "职业概览", filters={"kind": "lesson"}).hits}
    assert notes == {"draft"}


def test_national_terms_and_statutes_are_for_everyone_a_bases_own_for_its_authors(
    authority, base, author, base_reviewer, outsider, officer, registrar, trainee, run_jobs, client_for
):
    for owner, word in ((authority, "全国"), (base, "本地")):
        Term.objects.create(
            organisation=owner, term=f"{word}术语词", pinyin="shuyu", definition=f"{word}释义句。", source="测试"
        )  # fmt: skip
        Statute.objects.create(
            organisation=owner, title=f"{word}规定文", source_url="https://example.org/s", checked_on="2026-01-01",
            note="只给作者的备注。",
        )  # fmt: skip
    run_jobs()
    for who in (None, trainee, officer, registrar, outsider):
        assert titles(who, "术语词") == ["全国术语词"] and titles(who, "规定文") == ["全国规定文"], who
        assert search(who, '"本地释义句"').count == 0
    for who in (author, base_reviewer):
        assert set(titles(who, "术语词")) == {"全国术语词", "本地术语词"}, who
        assert set(titles(who, "规定文")) == {"全国规定文", "本地规定文"}, who
        hit = search(who, "本地释义句").hits[0]
        assert "本地释义句" in client_for(who).get(hit.url).text
        assert client_for(who).get(search(who, "本地规定文").hits[0].url).status_code in (200, 302)
    assert search(author, '"只给作者的备注"').count == 0
    Term.objects.all().delete()
    assert search(author, "术语词").count == 0


def test_released_core_is_for_every_accredited_base_its_drafts_for_the_authority(
    author, registrar, outsider, employer, trainee, officer, run_jobs, client_for
):
    lesson = make_core_lesson()
    release(lesson)
    rewrite(lesson, "核心的新草稿段落。")
    case = make_core_case()
    run_jobs()
    overseers = (core_author(), core_reviewers()[0], officer)
    for who in (author, registrar, outsider, *overseers):
        hits = search(who, LESSON_TEXT).hits
        assert [hit.entry.title for hit in hits] == [lesson.title], who
        assert client_for(who).get(hits[0].url).status_code == 200
    for who in overseers:
        assert client_for(who).get(search(who, "核心的新草稿段落").hits[0].url).status_code == 200
        assert titles(who, STAGE) == [case.title]
    for who in (None, author, registrar, outsider, employer, trainee):
        for secret in ("核心的新草稿段落", STAGE, BRIEF):
            assert search(who, f'"{secret}"').count == 0, (who, secret)
    for who in (None, employer, trainee):
        assert search(who, f'"{LESSON_TEXT}"').count == 0, who


def test_a_trainee_finds_the_core_that_the_own_edition_has(
    base, author, base_reviewer, reviewer, trainee, run_jobs, at, client_for
):
    lesson = make_core_lesson()
    rewrite(lesson, "核心第一版的段落。")
    found = release(type(lesson).objects.get(pk=lesson.pk), at=at)
    course = make_course(base, author)
    course_core.include(course, found, by=author, at=at)
    people = {"author": author, "base_reviewer": base_reviewer, "reviewer": reviewer}
    edition = make_edition(base, at, course=type(course).objects.get(pk=course.pk), **people)
    make_enrolment(make_cohort(edition, at=at), trainee, at=at)
    release(rewrite(lesson, "核心第二版的段落。"), at=at, note="第二版。")
    run_jobs()
    hit = search(trainee, "核心第一版的段落").hits[0]
    assert hit.url.startswith("/learn/") and "核心第一版的段落" in client_for(trainee).get(hit.url).text
    assert search(trainee, '"核心第二版的段落"').count == 0
    assert search(make_person("陌生学员"), '"核心第一版的段落"').count == 0
