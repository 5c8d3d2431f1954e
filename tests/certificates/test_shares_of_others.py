"""Share codes of what is no certificate of ours: an imported record that its holder claimed, and a recognition."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from certificates.models import HistoricChange, Lookup, ShareCode
from certificates.verification import verify_by_number, verify_by_share
from lms.lib.errors import WrongState
from tests.factories.certificates import second_officer
from tests.factories.historic import claim, take_over
from tests.factories.recognition import apply_for, end_it, make_agreement

from .test_verify_page import neutral


@pytest.fixture
def record(trainee, officer, authority, run_jobs):
    found = take_over(officer, 1).records.get()
    claim(found, trainee).accept(by=officer, at=timezone.now())
    found.refresh_from_db()
    return found


@pytest.fixture
def recognition(trainee, officer, authority):
    found = apply_for(make_agreement(officer, approve=second_officer()), trainee)
    found.recognise(basis="与原件一致", by=officer, at=timezone.now())
    return found


@pytest.fixture(params=["record", "recognition"])
def shared(request):
    return request.getfixturevalue(request.param)


def make(of, *, days=30, at=None):
    return ShareCode.make(of, request_id=uuid4(), label="示例单位", days=days, by=of.holder, at=at or timezone.now())


def correct(record, officer, **values):
    change = HistoricChange.propose(
        "correct", batch=record.batch, record=record, values=values, reason="抄录有误", by=officer, at=timezone.now()
    )
    change.confirm(by=second_officer(), at=timezone.now())


def test_the_holders_page_makes_and_takes_back(shared, client_for, employer, officer, outsider):
    kind = "record" if hasattr(shared, "batch") else "recognition"
    client, own = client_for(shared.holder), reverse(f"{kind}_share_list", args=[shared.uuid])
    assert own in client.get(shared.get_absolute_url()).content.decode()
    data = {"label": "甲公司", "days": 7, "request_id": uuid4()}
    page = client.post(own, data).content.decode()
    assert f"<h1>{'分享历史导入记录' if kind == 'record' else '分享互认决定'}</h1>" in page
    code = page.split("/s/")[1].split("/")[0]
    assert "/s/" not in client.post(own, data).content.decode() and ShareCode.objects.count() == 1
    assert client.post(own, data | {"days": 181, "request_id": uuid4()}).status_code == 422
    name = shared.name if kind == "record" else shared.holder_name
    page = client_for(employer).get(reverse("share_link", args=[code])).content.decode()
    assert shared.number in page and name in page and "verdict--ok" not in page
    look = Lookup.objects.get(share__isnull=False)
    assert (getattr(look, kind), look.certificate, look.way, bool(look.organisation)) == (shared, None, "share", True)
    assert str(look.organisation) in client.get(own).content.decode()
    assert "查验码" in client.get(shared.get_absolute_url()).content.decode()  # among the ways of “who verified it”
    share = ShareCode.objects.get()
    for other in (officer, outsider):
        assert client_for(other).get(own).status_code == 404
        assert client_for(other).post(reverse("share_revoke", args=[share.uuid])).status_code == 404
    assert client.post(reverse("share_extend", args=[share.uuid]), {"days": 90}).url == own
    assert client.post(reverse("share_revoke", args=[share.uuid])).url == own
    assert not verify_by_share(code, at=timezone.now()).known


def test_it_answers_as_number_and_name_do(shared, client_for):
    _share, code = make(shared)
    name = getattr(shared, "name", "") or shared.holder_name
    at = timezone.now()
    by_share, by_number = verify_by_share(code, at=at), verify_by_number(shared.number, name, at=at)
    assert by_share == by_number and by_share.known and by_share.kind in ("imported_record", "recognition")
    answer = client_for(None).get(reverse("share_link_json", args=[code])).json()
    assert (answer["number"], answer["name"]) == (shared.number, name) and answer["statement"]["zh"]


def test_a_hit_and_a_miss_cost_two_queries_and_misses_look_alike(shared, client_for, django_assert_num_queries):
    _share, good = make(shared)
    _old, ended = make(shared, days=1, at=timezone.now() - timedelta(days=2))
    taken, gone = make(shared)
    taken.revoke(by=shared.holder, at=timezone.now())
    client, pages = client_for(None), []
    for code in (good, ended, gone, "0" * 26):
        with django_assert_num_queries(2):
            pages.append(client.get(reverse("share_link", args=[code])))
    assert len({neutral(page) for page in pages[1:]}) == 1
    assert shared.number in pages[0].content.decode()
    assert Lookup.objects.filter(record=None, recognition=None, certificate=None, share=None).count() == 3


def test_a_code_is_of_exactly_one_thing(record, recognition):
    share, _code = make(record)
    for values in ({"recognition": recognition}, {"record": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ShareCode.objects.filter(pk=share.pk).update(**values)
    assert share.of == record


def test_a_correction_takes_the_codes_along(record, officer, client_for):
    _share, code = make(record)
    correct(record, officer, level="高级")
    verdict = verify_by_share(code, at=timezone.now())
    assert (verdict.state, verdict.record["level"]) == ("imported", "高级")
    record.refresh_from_db()
    assert not record.shares.exists() and record.corrected_by.shares.count() == 1
    with pytest.raises(WrongState):
        make(record)


def test_after_its_end_a_code_says_so_and_no_new_one_is_made(shared, officer, client_for):
    _share, code = make(shared)
    if hasattr(shared, "batch"):
        change = HistoricChange.propose(
            "withdraw", batch=shared.batch, record=shared, reason="名册有误", by=officer, at=timezone.now()
        )
        change.confirm(by=second_officer(), at=timezone.now())
    else:
        end_it(shared, by=officer, reason="名册有误", at=timezone.now())
    page = client_for(None).get(reverse("share_link", args=[code])).content.decode()
    assert "名册有误" in page and verify_by_share(code, at=timezone.now()).state == "taken_back"
    shared.refresh_from_db()
    with pytest.raises(WrongState):
        make(shared)
    client = client_for(shared.holder)
    own = reverse("record_share_list" if hasattr(shared, "batch") else "recognition_share_list", args=[shared.uuid])
    assert own in client.get(shared.get_absolute_url()).content.decode()
    page = client.get(own).content.decode()
    assert 'name="label"' not in page and "/revoke/" in page


def test_what_is_not_decided_or_not_claimed_has_no_codes(trainee, officer, authority, client_for, run_jobs):
    asked = apply_for(make_agreement(officer, approve=second_officer()), trainee)
    assert client_for(trainee).get(reverse("recognition_share_list", args=[asked.uuid])).status_code == 404
    with pytest.raises(WrongState):
        make(asked)
    free = take_over(officer, 1).records.get()
    assert client_for(trainee).get(reverse("record_share_list", args=[free.uuid])).status_code == 404
