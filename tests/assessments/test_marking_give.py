"""Giving a mark by steps: looked over, confirmed, the next script taken; and what the sheet offers to the keyboard."""

import pytest
from django.urls import reverse

from accounts.models import Role
from assessments.blind_words import tells_who
from assessments.models import Allocation, Mark
from tests.factories.assessments import make_assessor, make_submission, scores_for
from tests.factories.training import make_enrolment

TOP = {"points.need": "60", "points.terms": "20", "comment.need": "条件写全了。", "comment": "扎实。"}
NEXT = '<button class="btn btn--primary" name="next"'


@pytest.fixture
def turn(submission, assessor, at) -> Allocation:
    return Allocation.take_next(assessor, at=at)


@pytest.fixture
def give(turn) -> str:
    return reverse("marking_give", args=[turn.uuid])


def test_a_mark_is_looked_over_before_it_is_given(client_for, assessor, give):
    client = client_for(assessor)
    page = client.post(give, {"number": 0, "review": "1", **TOP})
    assert page.status_code == 200
    text = page.content.decode()
    assert "条件写全了。" in text and ">80<" in text
    assert not Mark.objects.exists()
    assert client.post(give, {"number": 1, "confirmed": "1"}).url == reverse("marking_queue")
    mark = Mark.objects.get()
    assert (mark.total, mark.comment) == (80, "扎实。")
    assert client.post(give, {"number": 1, "confirmed": "1"}).status_code == 302  # a second click is harmless
    assert Mark.objects.count() == 1


def test_an_incomplete_mark_is_not_looked_over(client_for, assessor, give):
    page = client_for(assessor).post(give, {"number": 0, "review": "1", "points.need": "60"})
    assert page.status_code == 422
    assert "error-terms" in page.content.decode()


def test_what_was_confirmed_is_what_was_shown(client_for, assessor, turn, give, at):
    client = client_for(assessor)
    client.post(give, {"number": 0, "review": "1", **TOP})
    turn.refresh_from_db()
    turn.save_draft({**turn.draft, "comment": "另一个窗口"}, number=1, at=at)
    page = client.post(give, {"number": 1, "confirmed": "1"})
    assert page.status_code == 409
    assert "另一个窗口" in page.content.decode()
    assert not Mark.objects.exists()


def test_the_next_script_follows(client_for, assessor, cohort, give, at):
    other = make_submission(make_enrolment(cohort, at=at), at=at)
    client = client_for(assessor)
    assert NEXT in client.post(give, {"number": 0, "review": "1", **TOP}).content.decode()
    answer = client.post(give, {"number": 1, "confirmed": "1", "next": "1"})
    following = Allocation.objects.get(submission=other)
    assert answer.url == following.get_absolute_url()
    # Nothing is left after this one.
    again = reverse("marking_give", args=[following.uuid])
    assert NEXT not in client.post(again, {"number": 0, "review": "1", **TOP}).content.decode()
    assert client.post(again, {"number": 1, "confirmed": "1", "next": "1"}).url == reverse("marking_queue")


def test_a_mark_given_meanwhile_is_not_looked_over_again(client_for, assessor, turn, submission, give, at):
    turn.give_mark(scores_for(submission), "", at=at)
    assert client_for(assessor).post(give, {"number": 0, "review": "1", **TOP}).status_code == 302
    assert Mark.objects.count() == 1


def test_a_comment_that_says_who_is_pointed_out(client_for, assessor, turn, give):
    code = turn.submission.enrolment.anonymous_code
    page = client_for(assessor).post(give, {"number": 0, "review": "1", **TOP, "comment.need": "请联系 li@example.org"})
    assert "li@example.org" in page.content.decode().split("confirm-list")[0]
    assert code  # shown as the eyebrow in any case


def test_an_outsider_neither_sees_nor_gives(client_for, outsider, base, give):
    assert client_for(outsider).post(give, {"number": 0, "review": "1", **TOP}).status_code == 404
    assert client_for(make_assessor(base, Role.ASSESSOR)).post(give, {"number": 0, "confirmed": "1"}).status_code == 404
    assert not Mark.objects.exists()


def test_keys_of_the_sheet_lead_somewhere(client_for, assessor, turn):
    text = client_for(assessor).get(turn.get_absolute_url()).content.decode()
    for key in "wtimorgs":
        assert text.count(f'data-key="{key}"') == 1, key


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("理由充分，条件写明。", []),
        ("与 7K2QX9MB 的写法一样", ["7K2QX9MB"]),
        ("ABCDEFGH 与 12345678 不是代码", []),  # only letters, only digits
        ("问 wang.li@lab.example.cn 或 138 1234 5678", ["wang.li@lab.example.cn", "138 1234 5678"]),
        ("证件 11010519491231002X。", ["11010519491231002X"]),
        ("技术交易额 13800000000000 元", []),
    ],
)
def test_what_may_say_who(text, found):
    assert tells_who(text) == found
