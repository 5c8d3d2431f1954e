"""Handing in: complete, declared, once; with a receipt that can be computed again, and the hours of practice."""

from datetime import UTC, timedelta, timezone

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assessments.models import NotComplete, Submission
from lms.lib.errors import WrongState
from training.models import StudyRecord

YES = {"ai_used": "yes", "ai_tools": "示例模型", "ai_use": "用模型润色了背景一节,并逐句核对。", "no_secrets": "on"}


def url(submission, name="submission_hand_in"):
    return reverse(name, args=[submission.uuid])


def test_it_works(client_for, trainee, draft):
    client = client_for(trainee)
    page = client.get(url(draft))
    assert "写得清楚的一段话" in page.text
    assert page.text.count("使用了人工智能时必填") == 2 and "（选填）" not in page.text
    page = client.post(url(draft), YES, follow=True)
    draft.refresh_from_db()
    assert draft.status == Submission.Status.SUBMITTED
    assert draft.ai_use == YES["ai_use"]
    assert draft.content_hash in page.text
    assert page.context["holds"] is True


def test_a_double_hand_in_gives_the_same_receipt(client_for, trainee, draft, at):
    client = client_for(trainee)
    client.post(url(draft), YES)
    draft.refresh_from_db()
    before = (draft.content_hash, draft.submitted_at)
    assert client.post(url(draft), YES).url == url(draft, "submission_receipt")
    Submission.objects.get(pk=draft.pk).hand_in(at=at + timedelta(hours=1), ai_use="另一说法")
    draft.refresh_from_db()
    assert (draft.content_hash, draft.submitted_at) == before
    assert StudyRecord.objects.filter(evidence="case").count() == 1


def test_what_is_missing_is_named_and_linked(client_for, trainee, run, at):
    draft = Submission.start(run, at=at)
    with pytest.raises(NotComplete) as caught:
        draft.hand_in(at=at, ai_use="")
    assert {p.field for p in caught.value.problems} == {"problem", "indicators", "ai_use"}
    client = client_for(trainee)
    page = client.post(url(draft), YES)
    edit = url(draft, "submission_edit")
    assert f"{edit}?check=1#field-problem" in page.text
    page = client.get(f"{edit}?check=1")
    assert 'id="error-problem"' in page.text
    assert 'href="#field-indicators"' in page.text
    draft.refresh_from_db()
    assert draft.is_draft


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [
        ({}, {"ai_used", "no_secrets"}),
        ({"ai_used": "maybe", "no_secrets": "on"}, {"ai_used"}),
        ({"ai_used": "yes", "ai_use": "润色", "no_secrets": "on"}, {"ai_tools"}),
        ({"ai_used": "yes", "ai_tools": "示例模型", "ai_use": "  ", "no_secrets": "on"}, {"ai_use"}),
        ({"ai_used": "no"}, {"no_secrets"}),
        ({"ai_used": "yes", "ai_tools": "示例模型", "ai_use": "字" * 2001, "no_secrets": "on"}, {"ai_use"}),
    ],
)
def test_the_declaration_has_to_be_answered(client_for, trainee, draft, answers, wrong):
    page = client_for(trainee).post(url(draft), answers)
    assert set(page.context["form"].errors) == wrong
    draft.refresh_from_db()
    assert draft.is_draft


def test_no_ai_is_a_statement_too(client_for, trainee, draft):
    client_for(trainee).post(url(draft), {"ai_used": "no", "no_secrets": "on"})
    draft.refresh_from_db()
    assert draft.ai_use


def test_the_receipt_can_be_computed_again_wherever_the_clock_stands(draft, at):
    draft.add_file(SimpleUploadedFile("a.txt", b"plain text"), at=at)
    draft.hand_in(at=at.astimezone(timezone(timedelta(hours=8))), ai_use="未使用")
    again = Submission.objects.get(pk=draft.pk)
    assert again.receipt_holds()
    assert again.submitted_at == at.astimezone(UTC)


@pytest.mark.parametrize("change", ["fields", "ai_use", "file"])
def test_the_receipt_tells_a_change(draft, at, change):
    file = draft.add_file(SimpleUploadedFile("a.txt", b"plain text"), at=at)
    draft.hand_in(at=at, ai_use="未使用")
    if change == "fields":
        Submission.objects.filter(pk=draft.pk).update(fields={**draft.fields, "problem": "后来改的"})
    elif change == "ai_use":
        Submission.objects.filter(pk=draft.pk).update(ai_use="后来改的")
    else:
        type(file).objects.filter(pk=file.pk).update(sha256="sha256:0")
    assert not Submission.objects.get(pk=draft.pk).receipt_holds()


def test_it_counts_as_practice_once(submission, enrolment):
    record = StudyRecord.objects.get(enrolment=enrolment, evidence="case")
    assert record.minutes == submission.assignment.item.minutes == 90
    assert record.delivery == "practice"


def test_who_left_cannot_hand_in(draft, trainee, enrolment, at):
    enrolment.withdraw(by=trainee, at=at)
    with pytest.raises(WrongState):
        Submission.objects.get(pk=draft.pk).hand_in(at=at, ai_use="未使用")


def test_the_receipt_comes_after_the_hand_in(client_for, trainee, draft):
    assert client_for(trainee).get(url(draft, "submission_receipt")).url == url(draft, "submission_edit")
