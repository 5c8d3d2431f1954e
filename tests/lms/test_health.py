"""/health/ for people, /health/ready/ for machines."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils.timezone import now

from certificates.models import StatusList
from lms import views
from lms.lib.jobs.models import Job

pytestmark = pytest.mark.django_db


def test_it_works(client, django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        response = client.get("/health/")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": "ok", "jobs": "ok", "status_lists": "ok"}
    assert "no-store" in response["Cache-Control"]
    assert client.get("/health/ready/").status_code == 200


def test_a_job_that_waits_too_long_is_told_but_the_web_stays(client):
    Job.objects.create(kind="test.kind", run_after=now() - timedelta(minutes=11))
    response = client.get("/health/")
    assert (response.status_code, response.json()["jobs"]) == (503, "late")
    assert client.get("/health/ready/").status_code == 200


def test_a_job_that_waits_for_its_time_is_not_late(client):
    Job.objects.create(kind="test.kind", run_after=now() + timedelta(hours=1))
    assert client.get("/health/").status_code == 200


def test_a_status_list_that_ran_out_is_told(client):
    StatusList.objects.create(number=1, valid_until=now() - timedelta(minutes=1))
    response = client.get("/health/")
    assert (response.status_code, response.json()["status_lists"]) == (503, "out of date")


def test_without_a_database_it_answers_in_order(client, monkeypatch):
    class Away:
        def due(self, at):
            raise OperationalError("password=secret host=db.internal")

        def cursor(self):
            raise OperationalError("password=secret host=db.internal")

    monkeypatch.setattr(Job, "objects", Away())
    monkeypatch.setattr(views, "connection", Away())
    for path in ("/health/", "/health/ready/"):
        response = client.get(path)
        assert response.status_code == 503
        assert b"secret" not in response.content


def test_it_takes_no_posts(client):
    assert client.post("/health/").status_code == 405


@pytest.mark.parametrize("address", ["/v/nobody/", "/q/A", "/s/nobody/", "/wallet/nobody.json", "/referee/nobody/"])
def test_no_search_engine_lists_an_address_that_holds_a_secret(client, address):
    assert client.get(address)["X-Robots-Tag"] == "noindex, nofollow"
    words = client.get("/robots.txt").text
    assert f"Disallow: /{address.split('/')[1]}/" not in words  # or nobody would read that word


def test_what_machines_need_not_ask_for(client):
    response = client.get("/robots.txt")
    assert response["Content-Type"].startswith("text/plain") and "Disallow: /admin/\n" in response.text
    assert not client.get("/").has_header("X-Robots-Tag")
