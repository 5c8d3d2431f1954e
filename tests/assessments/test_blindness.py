"""Assessors and moderators never learn whose work it is: not from text, address, title, headers or file names."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import User
from assessments.models import Allocation
from tests.factories.assessments import give_mark, make_submission

FILE = "zhang-san-thesis.txt"


@pytest.fixture
def named(enrolment, at):
    """A trainee whose every trait is a rare word; a file named after them."""
    User.objects.filter(pk=enrolment.user_id).update(
        full_name="独孤求真", name_latin="DUGU Qiuzhen", email="dugu.qiuzhen@people.example"
    )
    enrolment.user.refresh_from_db()
    submission = make_submission(enrolment, at=at, handed_in=False)
    submission.add_file(SimpleUploadedFile(FILE, b"plain words"), at=at)
    return submission.hand_in(at=at, ai_use="未使用")


def traces(submission):
    user = submission.enrolment.user
    return [
        user.full_name, user.name_latin, "dugu", "qiuzhen", user.email, str(user.uuid), user.uuid.hex,
        str(submission.enrolment.uuid), FILE, "zhang-san", submission.enrolment.cohort.title,
    ]  # fmt: skip


def all_of(response) -> str:
    body = b"".join(response.streaming_content).decode() if response.streaming else response.text
    return "\n".join([body, *(f"{name}: {value}" for name, value in response.items()), response.request["PATH_INFO"]])


def look(client, urls, submission):
    for url in urls:
        text = all_of(client.get(url))
        for trace in traces(submission):
            assert trace.lower() not in text.lower(), (url, trace)
        assert f"/{submission.enrolment.user_id}/" not in url


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_assessor_sees_the_code_only(client_for, named, assessor, at, language):
    turn = Allocation.take_next(assessor, at=at)
    client = client_for(assessor, language)
    sheet = turn.get_absolute_url()
    urls = [
        reverse("desk"), reverse("marking_queue"), sheet, reverse("marking_give_back", args=[turn.uuid]),
        reverse("marking_file", args=[turn.uuid, 1]),
    ]  # fmt: skip
    look(client, urls, named)
    assert named.enrolment.anonymous_code in client.get(sheet).text
    refused = client.post(reverse("marking_give", args=[turn.uuid]), {"number": 0})
    saved = client.post(reverse("marking_autosave", args=[turn.uuid]), {"number": 1, "comment": "好"})
    for response in (refused, saved):
        assert not any(trace.lower() in all_of(response).lower() for trace in traces(named))
    give_mark(named, assessor, at=at)
    look(client, [reverse("marking_queue"), sheet], named)


def test_a_moderator_sees_no_name_of_anybody(client_for, named, assessor, assessor2, moderator, at):
    give_mark(named, assessor, "top", at=at)
    give_mark(named, assessor2, "bottom", at=at)
    client = client_for(moderator)
    look(client, [reverse("desk"), reverse("moderation_queue")], named)
    sheet = client.post(reverse("moderation_take", args=[named.uuid])).url
    look(client, [sheet], named)
    text = client.get(sheet).text
    for person in (assessor, assessor2):
        assert person.full_name not in text
        assert person.email not in text


def test_the_trainee_sees_no_assessor(client_for, named, assessor, assessor2, registrar, at):
    from assessments.models import Result

    give_mark(named, assessor, at=at)
    give_mark(named, assessor2, at=at)
    named.refresh_from_db()
    Result.release(named, by=registrar, at=at)
    text = client_for(named.enrolment.user).get(reverse("submission_result", args=[named.uuid])).text
    for person in (assessor, assessor2, registrar):
        assert person.full_name not in text
        assert person.email not in text
