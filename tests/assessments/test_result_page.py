"""What the trainee reads after the release, and the one further hand-in after a fail."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assessments.models import Allocation, Result, Submission
from assessments.results import part_outcomes
from lms.lib.errors import WrongState
from tests.factories.assessments import give_mark, make_marked, make_result, make_submission, scores_for
from training.models import StudyRecord


def url(submission):
    return reverse("submission_result", args=[submission.uuid])


def test_it_works(client_for, trainee, enrolment, registrar, at):
    submission = make_marked(enrolment, first=[2, 1], second=[2, 1], at=at)
    Result.release(submission, by=registrar, at=at)
    page = client_for(trainee).get(url(submission))
    assert "80" in page.text
    assert page.context["part"].pass_mark == 60
    need, terms = page.context["criteria"]
    assert (need.points, need.top, terms.points, terms.top) == ("60", 60, "20", 40)
    assert [voice.letter for voice in need.voices] == ["A", "B"]
    assert "有依据。" in page.text and "总评。" in page.text and "表现档次:优秀" in page.text


def test_before_the_release_there_is_nothing(client_for, trainee, enrolment, at):
    submission = make_marked(enrolment, at=at)
    assert client_for(trainee).get(url(submission)).status_code == 404
    receipt = client_for(trainee).get(reverse("submission_receipt", args=[submission.uuid])).text
    assert "有依据。" not in receipt


def test_after_moderation_the_moderator_s_word_counts(client_for, trainee, enrolment, moderator, registrar, at):
    submission = make_marked(enrolment, first="top", second="bottom", at=at)
    turn = Allocation.take_for_moderation(submission, moderator, at=at)
    turn.give_mark(scores_for(submission, [1, 1], comment="复核意见"), "", at=at, reason="取其中。")
    submission.refresh_from_db()
    Result.release(submission, by=registrar, at=at)
    page = client_for(trainee).get(url(submission))
    need = page.context["criteria"][0]
    assert [(voice.letter, voice.counts) for voice in need.voices] == [("", True), ("A", False), ("B", False)]
    assert need.points == "30"
    assert "复核意见" in page.text and "取其中。" in page.text


def test_a_failed_one_can_be_handed_in_once_more(client_for, trainee, enrolment, registrar, at):
    first = make_submission(enrolment, at=at, handed_in=False)
    first.add_file(SimpleUploadedFile("a.txt", b"plain words"), at=at)
    first.hand_in(at=at, ai_use="未使用")
    for _assessor in range(2):
        give_mark(first, bands="bottom", at=at)
    first.refresh_from_db()
    Result.release(first, by=registrar, at=at)
    client = client_for(trainee)
    assert client.get(url(first)).context["may_resubmit"]
    for _click in range(2):
        edit = client.post(reverse("submission_start", args=[first.run.uuid])).url
    second = Submission.objects.get(attempt=2)
    assert edit == second.get_absolute_url()
    assert second.fields == first.fields
    assert [file.sha256 for file in second.current_files()] == [file.sha256 for file in first.current_files()]
    second.hand_in(at=at, ai_use="未使用")
    for _assessor in range(2):
        give_mark(second, bands="top", at=at)
    second.refresh_from_db()
    Result.release(second, by=registrar, at=at)
    assert Result.objects.latest_of(enrolment)[0].passed
    assert first.result.passed is False  # nothing is rewritten
    assert Submission.objects.get(pk=first.pk).receipt_holds()
    assert StudyRecord.objects.filter(enrolment=enrolment, evidence="case").count() == 1  # once per assignment
    assert not client.get(url(first)).context["may_resubmit"]
    with pytest.raises(WrongState):
        Submission.start(second.run, at=at)


def test_not_after_a_pass(client_for, trainee, enrolment, at):
    result = make_result(enrolment, at=at)
    assert not client_for(trainee).get(url(result.submission)).context["may_resubmit"]
    late = client_for(trainee).post(reverse("submission_start", args=[result.submission.run.uuid]))
    assert late.status_code == 409
    assert Submission.objects.count() == 1


def test_parts_add_up(enrolment, at):
    open_part = part_outcomes(enrolment)[0]
    assert (open_part.total, open_part.passed, open_part.missing) == (None, None, 1)
    make_result(enrolment, at=at)
    part = part_outcomes(enrolment)[0]
    assert (part.total, part.passed, part.missing) == (100, True, 0)


def test_nobody_else_reads_it(client_for, enrolment, registrar, assessor, outsider, at):
    result = make_result(enrolment, at=at)
    for person in (registrar, assessor, outsider):
        assert client_for(person).get(url(result.submission)).status_code == 404


def test_a_constant_number_of_queries(client_for, trainee, enrolment, at, django_assert_max_num_queries):
    result = make_result(enrolment, at=at)
    client = client_for(trainee)
    client.get(url(result.submission))
    with django_assert_max_num_queries(17):
        client.get(url(result.submission))


def test_the_page_asks_little(client_for, trainee, enrolment, at, django_assert_max_num_queries):
    submission = make_result(enrolment, passed=False, at=at).submission
    client = client_for(trainee)
    client.get(url(submission))
    with django_assert_max_num_queries(15):
        client.get(url(submission))
