"""Answers to feedback: one for each criterion, read by the base and, without a name, by the assessors; one reply."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Role
from assessments.models import AnswerEvent, FeedbackAnswer
from lms.lib.errors import WrongState
from tests.factories.assessments import make_assessor, make_result
from tests.factories.training import make_person


@pytest.fixture
def result(enrolment, at):
    return make_result(enrolment, at=at)


@pytest.fixture
def answer(result, at):
    criterion = result.assignment.rubric.lines()[0]
    return FeedbackAnswer.give(result, {criterion: "我在第二页写了依据。"}, at=at)[0]


def test_one_answer_per_criterion(answer, result, at):
    assert FeedbackAnswer.give(result, {answer.criterion: "改一改。"}, at=at) == []
    with pytest.raises(IntegrityError), transaction.atomic():
        FeedbackAnswer.objects.create(result=result, criterion=answer.criterion, text="又一个。", at=at)
    assert result.answers.get().text == "我在第二页写了依据。"


def test_the_trainee_writes_and_reads_the_reply(result, trainee, registrar, client, at):
    client.force_login(trainee)
    address = reverse("answers_write", args=[result.submission.uuid])
    assert client.post(address, {}).status_code == 422
    key = result.assignment.rubric.lines()[0].key
    page = client.post(address, {f"answer.{key}": "长" * 1001})
    assert page.status_code == 422 and "长" * 1001 in page.text
    assert client.post(address, {f"answer.{key}": "谢谢,但依据在附件。"}).status_code == 302
    answer = FeedbackAnswer.objects.get()
    answer.reply("已转告评阅人。", by=registrar, at=at)
    page = client.get(reverse("submission_result", args=[result.submission.uuid]))
    assert "谢谢,但依据在附件。" in page.text and "已转告评阅人。" in page.text and registrar.full_name not in page.text
    result.refresh_from_db()
    assert result.total == 100  # no effect on the score


def test_one_reply_and_reading_once_each(answer, registrar, moderator, at):
    answer.read(by=registrar, at=at)
    answer.read(by=registrar, at=at)
    answer.read(by=moderator, at=at)
    assert answer.events.filter(kind=AnswerEvent.Kind.READ).count() == 2
    answer.reply("收到。", by=moderator, at=at)
    with pytest.raises(WrongState):
        answer.reply("也收到。", by=registrar, at=at)


def test_the_assessor_sees_no_name(answer, result, trainee, client):
    marker = result.submission.marks.first().assessor
    client.force_login(marker)
    for page in (client.get(reverse("answer_list")), client.get(reverse("answer", args=[answer.uuid]))):
        assert page.status_code == 200 and "我在第二页写了依据" in page.text
        assert trainee.full_name not in page.text and result.enrolment.anonymous_code in page.text
    assert client.post(reverse("answer", args=[answer.uuid]), {"read": "1"}).status_code == 302
    assert answer.events.get().by == marker


def test_others_see_nothing(answer, base, other_base, trainee, client):
    for person in (make_assessor(base), make_person("别处教务", at_base=other_base, role=Role.REGISTRAR)):
        client.force_login(person)
        assert not client.get(reverse("answer_list")).context["page"].object_list
        assert client.get(reverse("answer", args=[answer.uuid])).status_code == 404
    client.force_login(trainee)
    assert client.get(reverse("answer_list")).status_code == 403
    client.force_login(make_person("陌生人"))
    assert client.get(reverse("answers_write", args=[answer.result.submission.uuid])).status_code == 404


def test_the_list_filters_and_exports(answer, registrar, trainee, client, at, django_assert_max_num_queries):
    client.force_login(registrar)
    client.get(reverse("answer_list"))
    with django_assert_max_num_queries(8):
        page = client.get(reverse("answer_list"), {"state": "unread"})
    assert len(page.context["page"]) == 1 and trainee.full_name in page.text
    answer.reply("收到。", by=registrar, at=at)
    assert not client.get(reverse("answer_list"), {"state": "open"}).context["page"].object_list
    text = b"".join(client.get(reverse("answer_list"), {"format": "csv"}).streaming_content).decode()
    assert trainee.full_name in text and "收到。" in text
