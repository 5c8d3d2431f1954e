"""After a regrade: an officer decides where certificates rest on the results, and those are listed to be looked at."""

from datetime import timedelta

import pytest
from django.urls import reverse

from assessments.models import RegradeTerms
from certificates.facts import facts_of
from certificates.models import ResultNotice
from lms.lib.errors import WrongState
from tests.factories.regrades import make_regrade


@pytest.fixture
def lower(officer, at):
    """The terms let results fall."""
    RegradeTerms(may_go_down=True, source="测试文件").put_in_force(by=officer, at=at - timedelta(hours=1))


@pytest.fixture
def batch(certificate, enrolment, registrar, at):
    """Leaves one of two criteria out: the total stays 100, the competence of that criterion is no longer stated."""
    return make_regrade(enrolment, by=registrar, at=at)


def test_an_officer_decides_and_the_certificate_is_listed(
    client_for, batch, certificate, enrolment, registrar, moderator, officer, run_jobs
):
    assert batch.lines.get().certificate == certificate.number and batch.touches_certificates
    before, url = certificate.facts, reverse("regrade_approve", args=[batch.uuid])
    assert client_for(moderator).get(url).status_code == 403
    client = client_for(officer)
    assert batch.preview_hash in client.get(url).text
    for _click in range(2):
        client.post(url, {"seen": batch.preview_hash})
    run_jobs()
    batch.refresh_from_db()
    certificate.refresh_from_db()
    assert (batch.status, certificate.facts, certificate.state) == ("applied", before, "")
    notice = ResultNotice.objects.get()
    assert (notice.certificate, notice.verdict) == (certificate, "differs")
    assert certificate.number in client_for(registrar).get(reverse("certificate_notices")).text


def test_the_conditions_are_no_longer_met(lower, certificate, enrolment, registrar, officer, run_jobs, at):
    enrolment.results.model.objects.create(
        submission=enrolment.results.get().submission, enrolment=enrolment, assignment=enrolment.results.get().assignment,
        total=10, passed=False, method="appeal", points={"need": "0", "terms": "4"}, released_at=at + timedelta(minutes=1),
        released_by=registrar,
    )  # fmt: skip
    batch = make_regrade(enrolment, by=registrar, at=at + timedelta(minutes=2), without=frozenset(), added=1)
    batch.approve(seen=batch.preview_hash, by=officer, at=at)
    run_jobs()
    assert [case.passed for case in facts_of(enrolment).cases] == [False]
    notice = ResultNotice.objects.get()
    assert notice.verdict == "unmet"
    notice.look(note="已撤销。", by=officer, at=at)
    with pytest.raises(WrongState):
        notice.look(note="再次", by=officer, at=at)


def test_a_certificate_since_the_simulation(batch, certificate, enrolment, officer, run_jobs, at):
    """Nobody approved a change behind a certificate that was not seen."""
    batch.lines.update(certificate="")
    batch.approve(seen=batch.preview_hash, by=officer, at=at)
    run_jobs()
    assert batch.lines.get().why == "certificate" and not ResultNotice.objects.exists()


def test_looking_at_it(client_for, batch, certificate, registrar, officer, trainee, outsider, run_jobs, at):
    batch.approve(seen=batch.preview_hash, by=officer, at=at)
    run_jobs()
    url = reverse("certificate_notice", args=[ResultNotice.objects.get().uuid])
    for person in (trainee, outsider):
        assert client_for(person).get(url).status_code == 404
    client = client_for(registrar)
    assert client.post(url, {"note": ""}).status_code == 422
    assert client.post(url, {"note": "仍然成立。"}).status_code == 302
    assert client.post(url, {"note": "再次"}).status_code == 409
    listed = reverse("certificate_notices")
    assert certificate.number not in client.get(listed).text
    assert "仍然成立。" in b"".join(client.get(listed, {"state": "done", "format": "csv"}).streaming_content).decode()


def test_the_pages_ask_little(client_for, batch, registrar, officer, run_jobs, at, django_assert_max_num_queries):
    batch.approve(seen=batch.preview_hash, by=officer, at=at)
    run_jobs()
    client = client_for(registrar)
    for name, args, most in (("certificate_notices", [], 9), ("regrade_list", [], 10), ("regrade", [batch.uuid], 20)):
        client.get(reverse(name, args=args))
        with django_assert_max_num_queries(most):
            client.get(reverse(name, args=args))
