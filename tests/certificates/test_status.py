"""Suspension, reinstatement, revocation: what each does to the page, the list and the file."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone

from certificates.credential.verify import verify_offline
from certificates.keystore import public_did_document
from certificates.models import StatusChange, StatusList
from certificates.verification import verify_by_token
from lms.lib.errors import WrongState
from lms.lib.immutable import ImmutableRow
from tests.factories.certificates import settle


def check_file(certificate, number=None):
    """What our own offline check says of a copy: the last, or the one of that number."""
    copies = certificate.credentials.select_related("status_list")
    issued = copies.get(number=number) if number else copies.last()
    return verify_offline(
        issued.credential, public_did_document(), issued.status_list.credential, at=timezone.now()
    ).verdict


def test_a_fresh_certificate_is_valid_everywhere(certificate):
    assert verify_by_token(certificate.token, at=timezone.now()).state == "valid"
    assert check_file(certificate) == "valid"


def test_revoked_shows_at_once_on_the_page_and_with_the_next_list_in_the_file(certificate, officer, run_jobs):
    at = timezone.now()
    settle(certificate, "revoked", reason="misconduct", by=officer, at=at, note="内部说明")
    verdict = verify_by_token(certificate.token, at=at)
    assert (verdict.state, verdict.state_reason) == ("revoked", "misconduct")
    assert verdict.state_since == timezone.localdate(at).isoformat()
    assert "内部说明" not in json.dumps(verdict.as_json(), ensure_ascii=False)
    run_jobs()
    assert check_file(certificate) == "status"


def test_revoked_is_for_good(certificate, officer):
    at = timezone.now()
    settle(certificate, "revoked", reason="error", by=officer, at=at)
    for kind in ("revoked", "suspended", "reinstated"):
        with pytest.raises(WrongState):
            settle(certificate, kind, reason="error", by=officer, at=at)
    assert certificate.status_changes.count() == 1


def test_suspended_and_reinstated(certificate, officer, run_jobs):
    at = timezone.now()
    settle(certificate, "suspended", reason="investigation", by=officer, at=at)
    run_jobs()
    assert verify_by_token(certificate.token, at=at).state == "suspended"
    assert check_file(certificate) == "status"
    settle(certificate, "reinstated", reason="cleared", by=officer, at=at)
    run_jobs()
    assert verify_by_token(certificate.token, at=at).state == "valid"
    assert (check_file(certificate), check_file(certificate, 1)) == ("valid", "status")


def test_what_was_never_suspended_is_not_reinstated(certificate, officer):
    with pytest.raises(WrongState):
        settle(certificate, "reinstated", reason="cleared", by=officer, at=timezone.now())


def test_expired_by_its_own_date(certificate):
    from datetime import timedelta

    day_after = certificate.valid_until + timedelta(days=1)
    assert certificate.state_on(certificate.valid_until) == "valid"
    assert certificate.state_on(day_after) == "expired"


def test_the_history_is_kept(certificate, officer):
    settle(certificate, "suspended", reason="investigation", by=officer, at=timezone.now())
    change = certificate.status_changes.get()
    change.note = "anders"
    with pytest.raises(ImmutableRow):
        change.save()
    with pytest.raises(ImmutableRow):
        StatusChange.objects.all().delete()


def test_a_later_list_never_loses_a_revocation(certificate, officer, run_jobs):
    """The list is compared and set by its sequence; the one signed last has every change."""
    at = timezone.now()
    status_list, copy = StatusList.objects.get(), certificate.credentials.get()
    before = status_list.sequence
    settle(certificate, "revoked", reason="error", by=officer, at=at)
    run_jobs()
    status_list.refresh_from_db()
    assert status_list.sequence > before
    assert status_list.set_bits() == [copy.status_index]


def test_what_one_officer_did_alone_is_marked_for_officers(certificate, officer, client_for):
    """As it could be before two were asked for."""
    StatusChange.objects.create(
        certificate=certificate, kind="revoked", reason="error", changed_by=officer, changed_at=timezone.now(), by_one_person=True
    )
    url = reverse("certificate_detail", args=[certificate.uuid])
    assert "by one officer alone" in client_for(officer, "en").get(url).text
    assert "by one officer" not in client_for(certificate.holder, "en").get(url).text
