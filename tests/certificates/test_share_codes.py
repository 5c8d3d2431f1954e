"""Share codes: made, shown once, looked at, extended, taken back; a bad one tells nothing."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from certificates.models import Lookup, ShareCode
from certificates.verification import verify_by_share
from lms.lib.errors import WrongState
from tests.factories.certificates import settle

from .test_verify_page import neutral


def make(certificate, *, days=30, at=None, request_id=None):
    return ShareCode.make(
        certificate, request_id=request_id or uuid4(), label="示例单位", days=days, by=certificate.holder,
        at=at or timezone.now(),
    )  # fmt: skip


def test_it_works(certificate, client_for, employer):
    share, code = make(certificate)
    page = client_for(employer).get(reverse("share_link", args=[code])).content.decode()
    assert certificate.holder_name in page and "verdict--ok" in page
    assert certificate.token not in page
    lookup = Lookup.objects.get(share=share)
    assert (lookup.certificate, lookup.way, bool(lookup.organisation)) == (certificate, "share", True)
    assert ModelLogEntry.objects.filter(action="certificates.share.make").count() == 1
    data = client_for(None).get(reverse("share_link_json", args=[code])).json()
    assert (data["state"], data["name"]) == ("valid", certificate.holder_name)


def test_only_a_fingerprint_is_kept(certificate):
    share, code = make(certificate)
    assert len(code) == 26
    assert code not in str(ShareCode.objects.filter(pk=share.pk).values().get())


def test_unknown_run_out_and_taken_back_look_alike(certificate, client_for, django_assert_num_queries):
    _old, ended = make(certificate, days=1, at=timezone.now() - timedelta(days=2))
    share, taken = make(certificate)
    share.revoke(by=certificate.holder, at=timezone.now())
    client, pages = client_for(None), []
    for code in (ended, taken, "0" * 26):
        with django_assert_num_queries(2):
            pages.append(client.get(reverse("share_link", args=[code])))
    assert {page.status_code for page in pages} == {200}
    assert len({neutral(page) for page in pages}) == 1
    assert certificate.holder_name not in pages[0].content.decode()
    assert Lookup.objects.filter(certificate=None).count() == 3


def test_a_hit_costs_two_queries(certificate, client_for, django_assert_num_queries):
    _share, code = make(certificate)
    with django_assert_num_queries(2):
        client_for(None).get(reverse("share_link", args=[code]))


def test_the_state_is_told_as_it_is(certificate, officer):
    _share, code = make(certificate)
    settle(certificate, "revoked", reason="error", by=officer, at=timezone.now())
    assert verify_by_share(code, at=timezone.now()).state == "revoked"


@pytest.mark.parametrize("days", [0, 181])
def test_one_to_180_days(certificate, days):
    with pytest.raises(WrongState):
        make(certificate, days=days)
    assert not ShareCode.objects.exists()


def test_extended_until_taken_back(certificate):
    at = timezone.now()
    share, code = make(certificate, days=1, at=at - timedelta(days=2))
    assert not verify_by_share(code, at=at).known
    share.extend(days=180, by=certificate.holder, at=at)
    assert verify_by_share(code, at=at + timedelta(days=179)).known
    share.revoke(by=certificate.holder, at=at)
    share.revoke(by=certificate.holder, at=at)
    assert ModelLogEntry.objects.filter(action="certificates.share.revoke").count() == 1
    with pytest.raises(WrongState):
        share.extend(days=1, by=certificate.holder, at=at)


def test_the_holders_page(certificate, client_for, outsider, officer):
    address = reverse("share_list", args=[certificate.uuid])
    client, request_id = client_for(certificate.holder), uuid4()
    data = {"label": "甲公司", "days": 7, "request_id": request_id}
    page = client.post(address, data).content.decode()
    assert "/s/" in page and "甲公司" in page
    again = client.post(address, data).content.decode()
    assert "/s/" not in again and ShareCode.objects.count() == 1
    assert client.post(address, data | {"days": 200}).status_code == 422
    share = ShareCode.objects.get()
    client.post(reverse("share_extend", args=[share.uuid]), {"days": 90})
    share.refresh_from_db()
    assert share.expires_at > timezone.now() + timedelta(days=89)
    for other in (outsider, officer):
        assert client_for(other).get(address).status_code == 404
        assert client_for(other).post(reverse("share_revoke", args=[share.uuid])).status_code == 404
    client.post(reverse("share_revoke", args=[share.uuid]))
    share.refresh_from_db()
    assert share.revoked_at
    assert "/extend/" not in client.get(address).content.decode()


def test_the_page_costs_the_same_for_many(certificate, client_for, django_assert_max_num_queries):
    for _i in range(8):
        _share, code = make(certificate)
        verify_by_share(code, at=timezone.now())
    client = client_for(certificate.holder)
    with django_assert_max_num_queries(14):
        client.get(reverse("share_list", args=[certificate.uuid]))
