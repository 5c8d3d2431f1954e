"""The nightly audit: what it finds, and that the officers' desk says so. And what a worker that stands still does to status."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from certificates.audit import award_findings, chain_findings
from certificates.credential.verify import verify_offline
from certificates.finding_jobs import audit_certificates
from certificates.issuing import lists_to_renew
from certificates.jobs import renew_status_lists
from certificates.keystore import public_did_document
from certificates.models import AuditRun, IssuedCredential, StatusList
from certificates.verification import verify_by_token
from tests.factories.certificates import second_officer, settle


class Handle:
    def beat(self, done=0, total=0):
        pass


def codes(**later):
    return sorted({finding.code for finding in chain_findings(at=timezone.now() + timedelta(**later))})


@pytest.fixture
def chain(certificate, officer, run_jobs):
    """One that was suspended, reinstated, then corrected."""
    settle(certificate, "suspended", reason="investigation", by=officer, at=timezone.now())
    settle(certificate, "reinstated", reason="cleared", by=officer, at=timezone.now())
    run_jobs()
    new = certificate.replace(
        reason="data_correction", name="新名", by=officer, proposed_by=second_officer(), at=timezone.now()
    )
    run_jobs()
    return new


def test_all_is_well(chain, client_for, officer, django_assert_max_num_queries):
    assert codes(hours=2) == [] and list(award_findings(at=timezone.now())) == []
    audit_certificates(Handle())
    assert AuditRun.objects.get().count == 0
    client = client_for(officer)
    client.get(reverse("certificate_audit"))
    with django_assert_max_num_queries(8):
        assert client.get(reverse("certificate_audit")).status_code == 200
    out = StringIO()
    call_command("audit_chain", stdout=out)
    assert "2 certificates, 0 problems" in out.getvalue()


C, COPY, REFUSAL = "certificates_certificate", "certificates_issuedcredential", "certificates_copyrefusal"


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        (f"UPDATE {C} SET state = '' , state_at = NULL WHERE replaces_id IS NOT NULL", None),
        (f"UPDATE {C} SET state = 'revoked' WHERE replaces_id IS NOT NULL", "state"),
        (f"UPDATE {C} SET state = 'revoked' WHERE replaces_id IS NULL", "chain"),
        (f"UPDATE {C} SET holder_id = (SELECT MAX(id) FROM accounts_user) WHERE replaces_id IS NOT NULL", "chain"),
        (f"DELETE FROM {REFUSAL}", "refusal"),
        (f"DELETE FROM {REFUSAL}", "list"),
        ("UPDATE certificates_signingkey SET status = 'compromised', withdrawn_as_of = active_from", "copy"),
        ("UPDATE certificates_signingkey SET status = 'compromised', withdrawn_as_of = active_from", "keys"),
        ("UPDATE certificates_statuslist SET valid_until = '2020-01-01 00:00:00+00:00'", "list"),
    ],
)
def test_what_does_not_fit_is_found(chain, sql, code):
    with connection.cursor() as cursor:
        cursor.execute(sql)
    assert (code in codes(hours=2)) if code else codes(hours=2) == []


def test_the_desk_says_so(chain, client_for, officer, registrar):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {COPY} SET pdf_sha256 = 'sha256:0'")
    audit_certificates(Handle())
    run = AuditRun.objects.get()
    assert {row["code"] for row in run.findings} == {"file", "log"} - {"log"}
    url = reverse("certificate_audit")
    assert url in client_for(officer).get(reverse("desk")).content.decode()
    assert client_for(registrar).get(url).status_code == 403
    page = client_for(officer, "en").get(url).content.decode()
    assert chain.number in page and "An issued file is not what it has to be." in page
    text = b"".join(client_for(officer).get(url, {"format": "csv"}).streaming_content).decode()
    assert chain.number in text


def test_a_change_has_an_hour_for_its_jobs(certificate, officer):
    settle(certificate, "revoked", reason="error", by=officer, at=timezone.now())  # the worker stands still
    assert codes() == [] and codes(hours=2) == ["list"]


def read(copy: IssuedCredential, at) -> str:
    return verify_offline(copy.credential, public_did_document(), copy.status_list.credential, at=at).verdict


def test_when_the_worker_stands_still_the_answer_is_unknown_never_valid(certificate, officer, client_for):
    copy = certificate.credentials.select_related("status_list").get()
    hours = (copy.status_list.valid_until - copy.status_list.signed_at).total_seconds() / 3600
    assert 24 <= hours <= 72
    for day, verdict in ((1, "valid"), (4, "unknown"), (40, "unknown")):
        assert read(copy, copy.status_list.signed_at + timedelta(days=day)) == verdict
    settle(certificate, "revoked", reason="error", by=officer, at=timezone.now())
    assert read(copy, timezone.now() + timedelta(days=4)) == "unknown"
    # The register itself is asked without a worker.
    assert verify_by_token(certificate.token, at=timezone.now()).state == "revoked"
    StatusList.objects.update(valid_until=timezone.now() - timedelta(minutes=1))
    assert client_for(None).get(reverse("health")).status_code == 503
    renew_status_lists(Handle())
    assert client_for(None).get(reverse("health")).json()["status_lists"] == "ok"
    copy.status_list.refresh_from_db()
    assert read(copy, timezone.now()) == "status"


def test_lists_are_renewed_before_half_their_life_is_over(certificate):
    found = StatusList.objects.get()
    assert StatusList.SIZE >= 131_072
    assert lists_to_renew(found.signed_at + timedelta(hours=1)) == []
    assert lists_to_renew(found.signed_at + (found.valid_until - found.signed_at) * 0.6) == [found]


def test_places_are_drawn_at_random(certificate):
    places = {StatusList.free_place()[1] for _ in range(40)}
    assert len(places) >= 38 and max(places) - min(places) > StatusList.SIZE // 3
