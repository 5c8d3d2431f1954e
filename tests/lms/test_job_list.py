"""The page of background jobs."""

import pytest
from django.urls import reverse
from django.utils.timezone import now
from wagtail.models import ModelLogEntry

from lms.job_titles import JOB_TITLES
from lms.lib.jobs.models import Job
from lms.lib.jobs.registry import HANDLERS

URL = "/jobs/"


@pytest.fixture
def failed(db) -> Job:
    return Job.objects.create(
        kind="certificates.issue", args={"certificate": 1}, run_after=now(), state="failed", attempts=8,
        finished_at=now(), last_error="ValueError in issue, line 3",
    )  # fmt: skip


def test_it_works(client_for, officer, failed):
    response = client_for(officer, "en").get(URL)
    assert response.status_code == 200
    assert "ValueError in issue" in response.content.decode()
    assert "certificate&quot;" not in response.content.decode()  # arguments are not shown


def test_every_kind_has_words(client_for, officer, failed):
    assert set(HANDLERS) == set(JOB_TITLES)
    Job.objects.create(kind="gone.kind", run_after=now())
    page = client_for(officer, "zh-hans").get(URL).content.decode()
    assert "签发证书" in page and "gone.kind" in page


def test_it_filters_by_state_and_kind(client_for, officer, failed):
    Job.objects.create(kind="accounts.sync_groups", run_after=now())
    client = client_for(officer)
    assert list(client.get(URL, {"state": "failed"}).context["page"]) == [failed]
    assert len(client.get(URL, {"kind": "accounts.sync_groups"}).context["page"]) == 1
    assert len(client.get(URL, {"state": "nonsense"}).context["page"]) == 2


def test_routine_rounds_are_left_out_until_asked_for(client_for, officer, failed):
    kind = "accounts.sync_groups"
    rounds = [("done", ""), ("queued", ""), ("queued", "OSError in sync"), ("failed", "OSError in sync")]
    rows = [Job.objects.create(kind=kind, key=f"every:{kind}:{n}", state=state, last_error=error, run_after=now())
            for n, (state, error) in enumerate(rounds)]  # fmt: skip
    by_hand = Job.objects.create(kind=kind, run_after=now())
    client = client_for(officer)
    response = client.get(URL)
    assert set(response.context["page"]) == {failed, by_hand, *rows[2:]}  # what went wrong is no routine
    assert response.context["left_out"] == 2 and "routine=shown" in response.content.decode()
    assert len(client.get(URL, {"routine": "shown"}).context["page"]) == 6
    assert len(client.get(URL, {"kind": kind}).context["page"]) == 5  # who asks for the kind wants to see it


def test_trying_again_keeps_the_filter(client_for, officer, failed):
    client, asked = client_for(officer), "state=failed&kind=certificates.issue&routine=shown"
    page = client.get(f"{URL}?{asked}").content.decode()
    assert asked.replace("&", "&amp;") in page
    url = reverse("job_retry", args=[failed.pk])
    assert client.post(url, {"filter": asked}).url == f"{URL}?{asked}"
    Job.objects.update(state="failed")
    assert client.post(url, {"filter": "//elsewhere.example/?a=b\r\n"}).url.startswith(f"{URL}?")


def test_it_costs_the_same_for_many_jobs(client_for, officer, failed, django_assert_max_num_queries):
    Job.objects.bulk_create(Job(kind="test.kind", run_after=now()) for _ in range(60))
    client = client_for(officer)
    with django_assert_max_num_queries(6):
        client.get(URL)


def test_a_failed_job_can_be_put_back_once(client_for, officer, failed):
    client = client_for(officer)
    url = reverse("job_retry", args=[failed.pk])
    assert client.post(url).status_code == 302
    failed.refresh_from_db()
    assert (failed.state, failed.attempts) == ("queued", 0)
    assert ModelLogEntry.objects.get(action="lms.job.retry").user == officer
    again = client.post(url)  # the second click, and the way back to the list
    assert again.status_code == 409 and f'href="{reverse("job_list")}"' in again.text
    assert client.get(url).status_code == 405


@pytest.mark.parametrize("who", ["trainee", "registrar", "outsider", "employer"])
def test_others_are_turned_away(client_for, request, failed, who):
    client = client_for(request.getfixturevalue(who))
    assert client.get(URL).status_code == 403
    assert client.post(reverse("job_retry", args=[failed.pk])).status_code == 403
    assert client_for(None).get(URL).status_code == 302


def test_the_officers_desk_counts_failed_jobs(client_for, officer, failed):
    body = client_for(officer, "en").get("/desk/").content.decode()
    assert "Background jobs" in body
