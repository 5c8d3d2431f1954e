"""Previews as a trainee: the whole course walked, self-checks and cases included, and nothing recorded."""

import re

import pytest
from django.urls import reverse

from assessments.models import CaseRun, Decision, Submission
from curriculum import case_players
from curriculum.cases import CaseScript
from curriculum.models import CaseScenarioPage, LessonPage
from curriculum.playthrough import follow
from tests.factories.curriculum import STAGES, stream
from training.models import StudyRecord, StudyVisit


@pytest.fixture
def script(edition) -> CaseScript:
    return CaseScript.from_item(edition.items_of("case").get())


def page_url(edition, place: int) -> str:
    return reverse("edition_walk_page", args=[edition.uuid, place])


def test_the_outline_leads_to_every_page(edition, instructor, client_for):
    response = client_for(instructor).get(reverse("edition_walk", args=[edition.uuid]))
    assert response.status_code == 200
    for item in edition.items.exclude(kind="course"):
        assert item.title in response.text
        assert page_url(edition, item.position) in response.text
    assert "预览：不作任何记录。" in response.text


def test_one_walks_from_the_first_lesson_to_the_last_case(edition, author, client_for):
    client, seen, url = client_for(author), [], page_url(edition, 1)
    while url:
        page = client.get(url).text
        assert "预览：不作任何记录。" in page
        seen.append(re.search(r"<h1[^>]*>(.*?)</h1>", page)[1])
        found = re.search(r'rel="next" href="([^"]+)"', page)
        url = found and found[1]
    assert seen == [item.title for item in edition.items.exclude(kind="course")]


def test_self_checks_can_be_answered(edition, author, client_for):
    page = client_for(author).get(page_url(edition, 1)).text
    assert "对,先弄清是谁的。" in page
    assert "data-heartbeat" not in page  # no study time is asked for


def test_a_case_is_played_to_its_end_and_nothing_is_kept(edition, author, client_for):
    client, url = client_for(author), page_url(edition, 3)
    start = client.get(url).text
    assert "先问什么?" in start
    assert "用户来信" in start
    assert "测量数据" not in start  # brought by the second stage
    second = client.get(f"{url}?way=users").text
    assert "得到来信。" in second
    assert "测量数据" in second
    end = client.get(f"{url}?way=users&way=").text
    assert "技术需求说明书" in end
    assert "事后讲评。" in end
    for model in (CaseRun, Decision, Submission, StudyRecord, StudyVisit):
        assert not model.objects.exists()


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_there_is_nothing_to_send(edition, author, client_for, method):
    assert getattr(client_for(author), method)(page_url(edition, 3)).status_code == 405


def test_a_choice_that_is_not_there_is_said_and_followed_no_further(edition, author, client_for):
    page = client_for(author).get(page_url(edition, 3) + "?way=nonsense").text
    assert "地址中的某个选项" in page
    assert "先问什么?" in page


def test_what_assessors_see_is_one_click_away(edition, author, client_for):
    url = page_url(edition, 3)
    assert "表现档次:优秀" not in client_for(author).get(url).text
    assert "表现档次:优秀" in client_for(author).get(f"{url}?show=all").text


def test_without_a_player_the_case_is_shown_as_text(edition, author, client_for, monkeypatch):
    monkeypatch.setattr(case_players, "_players", [])
    assert "表现档次:优秀" in client_for(author).get(page_url(edition, 3)).text


def test_the_draft_is_walked_before_any_review(course, author, base_reviewer, client_for):
    lesson = LessonPage.objects.child_of(course).first()
    lesson.title = "改到一半的题目"
    lesson.save_revision()
    for person in (author, base_reviewer):
        assert "改到一半的题目" in client_for(person).get(reverse("course_walk", args=[course.pk])).text
        assert client_for(person).get(reverse("course_walk_page", args=[course.pk, 3])).status_code == 200


def test_a_draft_without_stages_or_lessons_can_be_looked_at(course, author, client_for):
    case = course.case_placements.get().case
    case.stages = stream(CaseScenarioPage, "stages", [])
    case.save_revision()
    assert client_for(author).get(reverse("course_walk_page", args=[course.pk, 3])).status_code == 200
    for lesson in LessonPage.objects.child_of(course):
        lesson.delete()
    assert client_for(author).get(reverse("course_walk", args=[course.pk])).status_code == 200


def test_reviewers_walk_what_was_submitted(review, base_reviewer, client_for):
    lesson = LessonPage.objects.child_of(review.course).first()
    submitted, lesson.title = lesson.title, "后来改的"
    lesson.save_revision()
    page = client_for(base_reviewer).get(reverse("review_walk", args=[review.uuid])).text
    assert submitted in page
    assert "后来改的" not in page


@pytest.mark.parametrize("place", [0, 4, 99])
def test_a_place_there_is_not_is_404(edition, author, client_for, place):
    assert client_for(author).get(page_url(edition, place)).status_code == 404


def test_others_find_nothing(edition, course, review, outsider, trainee, client_for):
    for person in (outsider, trainee):
        for url in (
            reverse("edition_walk", args=[edition.uuid]), page_url(edition, 1),
            reverse("course_walk", args=[course.pk]), reverse("review_walk", args=[review.uuid]),
        ):  # fmt: skip
            assert client_for(person).get(url).status_code == 404


def test_queries_do_not_grow_with_the_pages(edition, author, client_for, django_assert_max_num_queries):
    client = client_for(author)
    client.get(page_url(edition, 1))
    with django_assert_max_num_queries(12):
        client.get(reverse("edition_walk", args=[edition.uuid]))
    with django_assert_max_num_queries(14):
        client.get(page_url(edition, 1))


# --- The way, as arithmetic ---


def test_follow_leads_along_the_choices(script):
    play = follow(script, ["users"])
    assert (play.stage.key, play.way, play.stages_seen, play.astray) == ("draft", ["users"], ["visit"], False)
    done = follow(script, ["price", ""])
    assert done.stage is None
    assert done.way == ["price", ""]


@pytest.mark.parametrize("way", [["none"], [""], ["users", "x"], ["users", "", "more"]])
def test_follow_stops_where_there_is_no_such_choice(script, way):
    assert follow(script, way).astray


def test_follow_does_not_run_in_circles():
    circle = [dict(value) for _kind, value in STAGES]
    circle[1] = circle[1] | {
        "decision": [{"question": "再来?", "options": [
            {"key": "again", "text": "再来", "consequence": "", "next": "visit"},
            {"key": "end", "text": "结束", "consequence": "", "next": ""},
        ]}]
    }  # fmt: skip
    content = {"title": "圈", "stages": [{"type": "stage", "value": value} for value in circle]}
    play = follow(CaseScript.from_content(content), ["users", "again", "users"])
    assert play.astray
    assert play.stage.key == "draft"
