"""The pages of a regrade: from the what-if to the draft, the preview, the second person's decision and the way back."""

import pytest
from django.urls import reverse

from accounts.models import Role
from assessments.models import RegradeBatch, RegradeTerms, Result
from tests.factories.assessments import make_assessor, make_marked
from tests.factories.regrades import make_regrade
from tests.factories.training import make_enrolment

MIDDLE = [1, 1]


@pytest.fixture
def second(base):
    return make_assessor(base, Role.MODERATOR)


@pytest.fixture
def failed(enrolment, registrar, at) -> Result:
    return Result.release(make_marked(enrolment, first=MIDDLE, at=at), by=registrar, at=at)


@pytest.fixture
def batch(failed, enrolment, registrar, at) -> RegradeBatch:
    return make_regrade(enrolment, by=registrar, at=at, without=frozenset(), added=10)


def test_from_the_what_if_to_the_draft(client_for, failed, cohort, assignment, registrar, second):
    client, added = client_for(registrar), f"added_{assignment.uuid}"
    part = assignment.part
    asked = {"what": "if", f"weight_{part.key}": part.weight, f"mark_{part.key}": part.pass_mark, added: 10}
    page = client.get(reverse("gradebook_what_if", args=[cohort.uuid]), asked)
    url = reverse("regrade_draft", args=[cohort.uuid])
    assert url + "?" in page.text
    form = client.get(url, asked).context["form"]
    assert form[added].value() == "10"
    typed = {added: 10, "scope": "cohort", "reason": "第二题有误。", "on_change": "skip"}
    assert client.post(url, typed | {added: ""}).status_code == 422
    page = client.post(url, typed, follow=True)
    batch = RegradeBatch.objects.get()
    assert (batch.status, batch.cohort, batch.summary["gained"]) == ("simulated", cohort, 1)
    assert reverse("regrade_approve", args=[batch.uuid]) not in page.text and failed.enrolment.user.full_name in page.text
    page = client_for(second).get(batch.get_absolute_url())
    assert reverse("regrade_approve", args=[batch.uuid]) in page.text
    assert failed.enrolment.user.full_name not in page.text and failed.enrolment.anonymous_code in page.text


def test_the_second_person_approves(client_for, batch, failed, registrar, second, trainee, run_jobs):
    url = reverse("regrade_approve", args=[batch.uuid])
    assert client_for(registrar).post(url, {"seen": batch.preview_hash}).status_code == 403
    client = client_for(second)
    assert client.post(url, {"seen": "another"}).status_code == 409
    assert client.post(url, {"seen": batch.preview_hash}).status_code == 302
    run_jobs()
    page = client_for(trainee).get(reverse("submission_result", args=[failed.submission.uuid]))
    assert "评分维度有误。" in page.text and page.context["latest"].total == 60 and len(page.context["results"]) == 2
    history = reverse("gradebook_history", args=[batch.cohort.uuid, failed.enrolment.uuid, failed.assignment.uuid])
    assert batch.get_absolute_url() in client.get(history).text


def test_refused_withdrawn_or_simulated_again(client_for, batch, registrar, second):
    seen = batch.preview_hash
    assert client_for(registrar).post(reverse("regrade_simulate", args=[batch.uuid])).status_code == 302
    batch.refresh_from_db()
    assert batch.preview_hash != seen
    refuse = reverse("regrade_refuse", args=[batch.uuid])
    assert client_for(second).post(refuse, {"reason": ""}).status_code == 422
    assert client_for(second).post(refuse, {"reason": "理由不足。"}).status_code == 302
    assert client_for(registrar).post(reverse("regrade_withdraw", args=[batch.uuid])).status_code == 409
    assert "理由不足。" in client_for(registrar).get(batch.get_absolute_url()).text


def test_the_way_back(client_for, batch, failed, registrar, second, run_jobs):
    client_for(second).post(reverse("regrade_approve", args=[batch.uuid]), {"seen": batch.preview_hash})
    run_jobs()
    url = reverse("regrade_take_back", args=[batch.uuid])
    for status in (302, 409):
        assert client_for(registrar).post(url, {"reason": "更正有误。"}).status_code == status
    back = batch.reversals.get()
    client_for(second).post(reverse("regrade_approve", args=[back.uuid]), {"seen": back.preview_hash})
    run_jobs()
    assert failed.submission.result.total == 50
    assert client_for(registrar).get(batch.get_absolute_url()).context["reversal"] == back


def test_lists_filter_and_leave_as_files(client_for, batch, failed, registrar, second, outsider):
    client = client_for(registrar)
    assert batch.get_absolute_url() in client.get(reverse("regrade_list"), {"state": "simulated"}).text
    assert batch.get_absolute_url() not in client.get(reverse("regrade_list"), {"state": "applied"}).text
    assert batch.get_absolute_url() not in client_for(outsider).get(reverse("regrade_list")).text
    assert client_for(outsider).get(batch.get_absolute_url()).status_code == 404
    text = b"".join(client.get(batch.get_absolute_url(), {"format": "csv", "which": "gains"}).streaming_content).decode()
    assert failed.enrolment.user.full_name in text and "60" in text
    text = b"".join(client_for(second).get(batch.get_absolute_url(), {"format": "csv"}).streaming_content).decode()
    assert failed.enrolment.user.full_name not in text and failed.enrolment.anonymous_code in text
    assert not client.get(batch.get_absolute_url(), {"which": "left"}).context["page"].object_list


def test_a_preview_of_more_trainees_asks_no_more(
    client_for, cohort, enrolment, failed, registrar, at, django_assert_max_num_queries
):
    for _trainee in range(2):
        Result.release(make_marked(make_enrolment(cohort, at=at), first=MIDDLE, at=at), by=registrar, at=at)
    batch = make_regrade(enrolment, by=registrar, at=at, without=frozenset(), added=10)
    client = client_for(registrar)
    client.get(batch.get_absolute_url())
    with django_assert_max_num_queries(16):
        client.get(batch.get_absolute_url())


def test_officers_set_the_terms(client_for, officer, registrar):
    url = reverse("regrade_terms")
    assert client_for(registrar).get(url).status_code == 403
    client = client_for(officer)
    assert client.post(url, {"may_go_down": "on", "verified": "on", "source": ""}).status_code == 422
    assert client.post(url, {"may_go_down": "on", "source": "测试文件"}).status_code == 302
    assert RegradeTerms.objects.get().may_go_down
