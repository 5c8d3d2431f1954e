"""The marking sheet: saves itself, gives a mark only when complete, keeps what was typed."""

import pytest
from django.urls import reverse

from accounts.models import Membership
from assessments.models import Allocation, Mark, MarkIncomplete, Score, StaleMark
from assessments.sheet import MAX_COMMENT
from lms.lib.errors import WrongState
from lms.lib.immutable import ImmutableRow
from tests.factories.assessments import give_mark, scores_for

TOP = {"points.need": "60", "points.terms": "40", "comment.need": "条件写全了。", "comment": "扎实。"}


@pytest.fixture
def turn(submission, assessor, at) -> Allocation:
    return Allocation.take_next(assessor, at=at)


def url(turn, name="marking_sheet"):
    return reverse(name, args=[turn.uuid])


def test_a_mark_needs_every_criterion(turn, at):
    with pytest.raises(MarkIncomplete) as caught:
        turn.give_mark({"need": {"points": 60}, "terms": {"points": 7}}, "", at=at)
    assert caught.value.missing == ["terms"]
    assert not Mark.objects.exists()


def test_a_mark_is_given_once(turn, submission, at):
    mark = turn.give_mark(scores_for(submission, [2, 1]), "好", at=at)
    assert mark.total == 80
    assert mark.points() == {"need": 60, "terms": 20}
    assert turn.give_mark(scores_for(submission, "bottom"), "又点一次", at=at) == mark
    assert Mark.objects.count() == 1
    assert turn.status == "done"


def test_a_stale_tab_overwrites_nothing(turn, at):
    newer = {"scores": {"need": {"points": "60", "comment": ""}}, "comment": "", "reason": ""}
    turn.save_draft(newer, number=0, at=at)
    turn.save_draft(newer, number=0, at=at)  # the answer was lost on its way: the same again is harmless
    assert turn.draft_number == 1
    with pytest.raises(StaleMark):
        turn.save_draft({**newer, "comment": "旧"}, number=0, at=at)
    turn.refresh_from_db()
    assert turn.draft == newer


def test_nothing_is_saved_after_the_mark(turn, submission, at):
    turn.give_mark(scores_for(submission), "", at=at)
    with pytest.raises(WrongState):
        turn.save_draft({}, number=0, at=at)


def test_marks_and_scores_are_never_changed(submission, at):
    mark = give_mark(submission, at=at)
    for row in (mark, mark.scores.first(), mark.rubric, mark.rubric.lines()[0]):
        with pytest.raises(ImmutableRow):
            row.save()
        with pytest.raises(ImmutableRow):
            row.delete()
    with pytest.raises(ImmutableRow):
        Mark.objects.update(total=0)
    with pytest.raises(ImmutableRow):
        Score.objects.all().delete()


# --- Pages ----------------------------------------------------------------------------------------------------------------


def test_it_works(client_for, turn, submission, assessor):
    client = client_for(assessor)
    page = client.get(url(turn))
    assert "写得清楚的一段话" in page.text
    assert "表现档次:优秀" in page.text
    assert "问用户怎么用" in page.text  # the way through the case
    saved = client.post(url(turn, "marking_autosave"), {"number": 0, **TOP})
    assert saved.json()["number"] == 1
    page = client.get(url(turn))
    assert "条件写全了。" in page.text
    assert client.post(url(turn, "marking_give"), {"number": 1, **TOP}).url == reverse("marking_queue")
    mark = Mark.objects.get()
    assert (mark.total, mark.comment) == (100, "扎实。")
    page = client.get(url(turn))  # read-only now
    assert "条件写全了。" in page.text
    assert 'name="points.need"' not in page.text


def test_what_is_missing_stands_beside_it_and_what_was_typed_stays(client_for, turn, assessor):
    values = {"number": 0, **TOP, "points.terms": ""}
    page = client_for(assessor).post(url(turn, "marking_give"), values)
    assert 'id="error-terms"' in page.text
    assert 'href="#criterion-terms"' in page.text
    assert "条件写全了。" in page.text
    assert 'value="60" checked' in page.text
    turn.refresh_from_db()
    assert turn.draft["comment"] == "扎实。"
    assert not Mark.objects.exists()


@pytest.mark.parametrize("points", ["61", "-1", "x", "60; drop"])
def test_points_there_are_not_are_refused(client_for, turn, assessor, points):
    page = client_for(assessor).post(url(turn, "marking_give"), {"number": 0, **TOP, "points.need": points})
    assert 'id="error-need"' in page.text
    assert not Mark.objects.exists()


def test_a_comment_has_a_length(client_for, turn, assessor):
    values = {"number": 0, **TOP, "comment.need": "字" * (MAX_COMMENT + 1)}
    page = client_for(assessor).post(url(turn, "marking_give"), values)
    assert 'id="error-need"' in page.text
    assert not Mark.objects.exists()


def test_a_stale_tab_is_told_and_its_mark_waits(client_for, turn, assessor, at):
    turn.save_draft({"scores": {}, "comment": "另一窗口", "reason": ""}, number=0, at=at)
    client = client_for(assessor)
    answer = client.post(url(turn, "marking_autosave"), {"number": 0, **TOP})
    assert (answer.status_code, answer.json()["error"]) == (409, "stale")
    assert ["comment", "另一窗口"] in answer.json()["fields"]
    page = client.post(url(turn, "marking_give"), {"number": 0, **TOP})
    assert page.status_code == 409
    assert "扎实。" in page.text and "另一窗口" in page.text
    assert not Mark.objects.exists()
    assert client.post(url(turn, "marking_give"), {"number": 1, **TOP}).status_code == 302
    assert Mark.objects.get().comment == "扎实。"


def test_a_double_click_gives_one_mark(client_for, turn, assessor):
    client = client_for(assessor)
    for _click in range(2):
        assert client.post(url(turn, "marking_give"), {"number": 0, **TOP}).url == reverse("marking_queue")
    assert Mark.objects.count() == 1


def test_giving_back(client_for, turn, assessor):
    client = client_for(assessor)
    assert client.get(url(turn, "marking_give_back")).status_code == 200
    assert client.post(url(turn, "marking_give_back"), {"reason": " "}).status_code == 200  # a reason is needed
    assert client.post(url(turn, "marking_give_back"), {"reason": "认识"}).url == reverse("marking_queue")
    assert client.get(url(turn)).url == reverse("marking_queue")
    late = client.post(url(turn, "marking_give"), {"number": 0, **TOP})
    assert late.status_code == 409
    assert not Mark.objects.exists()


def test_the_second_assessor_does_not_see_the_first_mark(client_for, turn, submission, assessor2, at):
    turn.give_mark(scores_for(submission, "top", comment="第一评阅的话"), "第一评阅的总评", at=at)
    second = Allocation.take_next(assessor2, at=at)
    text = client_for(assessor2).get(url(second)).text
    assert "第一评阅" not in text
    assert "checked" not in text


@pytest.mark.parametrize("name", ["marking_sheet", "marking_autosave", "marking_give", "marking_give_back"])
def test_it_is_found_by_nobody_else(client_for, turn, name, assessor2, moderator, registrar, trainee, outsider):
    for person in (assessor2, moderator, registrar, trainee, outsider):
        client = client_for(person)
        assert client.post(url(turn, name), {"number": 0, **TOP, "reason": "x"}).status_code in (404, 405)
        assert client.get(url(turn, name)).status_code in (404, 405)
    turn.refresh_from_db()
    assert (turn.status, turn.draft_number) == ("taken", 0)


def test_who_is_no_assessor_any_more_is_turned_away(client_for, turn, assessor):
    Membership.objects.filter(user=assessor).delete()
    assert client_for(assessor).get(url(turn)).status_code == 403
    assert client_for(assessor).post(url(turn, "marking_give"), {"number": 0, **TOP}).status_code == 403


def test_a_constant_number_of_queries(client_for, turn, assessor, django_assert_max_num_queries):
    client = client_for(assessor)
    client.get(url(turn))
    # The eleventh: whether the script lies at another base by the authority's rule.
    with django_assert_max_num_queries(11):
        client.get(url(turn))
