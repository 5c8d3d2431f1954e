"""Answers by link are drawn once, and never say what isn't so any more."""

import re
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.timezone import localdate

from certificates.models import Certificate, Lookup
from certificates.views import drawn, kept

TIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")
OFFERED = re.compile(r'name="answer" value="([^"]+)"')


@pytest.fixture
def ask(certificate, client_for):
    def asked(who=None, language="zh-hans"):
        return client_for(who, language).get(reverse("verify_link", args=[certificate.token])).text

    return asked


@pytest.fixture
def at_time(monkeypatch):
    def set_to(moment):
        for module in ("public", "kept"):
            monkeypatch.setattr(f"certificates.views.{module}.now", lambda: moment)

    return set_to


@pytest.fixture
def long_way(monkeypatch):
    """As for visitors with a cookie: the page is drawn once, the answer is not kept."""
    monkeypatch.setattr(kept, "token_of_visitor", lambda request: "")


@pytest.fixture
def drawings(monkeypatch):
    made = []
    monkeypatch.setattr(drawn, "page", lambda *args, page=drawn.page, **more: made.append(1) or page(*args, **more))
    return made


def without_what_changes(text: str) -> str:
    return OFFERED.sub("", TIME.sub("", text))


def test_the_second_reader_gets_the_same_page(ask, drawings):
    first, second = ask(), ask()
    assert without_what_changes(first) == without_what_changes(second)
    assert len(drawings) == 1
    assert Lookup.objects.count() == 2
    assert "2222-02-22" not in second and drawn.OFFER not in second


def test_each_answer_has_its_own_time_and_receipt(ask, at_time, at):
    pages = []
    for seconds in (0, 61):
        at_time(at + timedelta(seconds=seconds))
        pages.append(ask())
    times, offers = ([pattern.search(page).group() for page in pages] for pattern in (TIME, OFFERED))
    assert times[0] != times[1] and offers[0] != offers[1]


def test_the_receipt_that_it_offers_is_good(ask, client_for):
    ask()
    offered = OFFERED.search(ask()).group(1)
    page = client_for(None).post(reverse("receipt_make"), {"answer": offered})
    assert page.status_code == 200 and "jws" in page.context


@pytest.mark.parametrize("state", ["suspended", "revoked", "corrected"])
def test_a_new_state_is_told_at_once(ask, certificate, drawings, at, state):
    assert "verdict--ok" in ask()
    Certificate.objects.filter(pk=certificate.pk).update(state=state, state_at=at, state_reason="error", state_text="原因一")
    page = ask()
    assert "verdict--ok" not in page and "原因一" in page
    Certificate.objects.filter(pk=certificate.pk).update(state_text="原因二")
    assert "原因二" in ask()


def test_a_day_too_late(ask, certificate, at_time, at):
    QuerySet(Certificate).filter(pk=certificate.pk).update(valid_until=localdate(at) + timedelta(days=10))
    at_time(at + timedelta(days=9))
    assert "verdict--ok" in ask()
    at_time(at + timedelta(days=12))
    assert "verdict--expired" in ask()


def test_members_and_readers_of_another_language_get_their_own(ask, registrar, drawings):
    zh, en = ask(), ask(language="en")
    assert 'lang="zh-Hans"' in zh and 'lang="en"' in en
    mine = ask(registrar)
    assert registrar.full_name in mine and registrar.full_name not in ask()
    assert "csrfmiddlewaretoken" in mine and "csrfmiddlewaretoken" not in zh


def test_not_more_are_kept_than_said(ask, monkeypatch, certificate, long_way):
    monkeypatch.setattr(drawn, "KEPT", 2)
    for language in ("zh-hans", "en", "zh-hans"):
        ask(language=language)
    assert len(drawn._pages) == 2
    Certificate.objects.filter(pk=certificate.pk).update(state="revoked", state_at=certificate.created_at)
    ask()
    assert len(drawn._pages) == 1


def test_a_kept_answer_is_the_page_of_the_long_way(certificate, client_for, monkeypatch):
    """Byte for byte, with all its headers, but for what is new in each."""
    url = reverse("verify_link", args=[certificate.token])
    first, kept_one = client_for(None).get(url), client_for(None).get(url)
    assert len(kept._answers) == 1
    monkeypatch.setattr(kept, "token_of_visitor", lambda request: "")
    long = client_for(None).get(url)
    for one in (first, kept_one):
        assert without_what_changes(one.text) == without_what_changes(long.text)
        heads = [{name: value for name, value in page.headers.items() if name not in NEW_EACH_TIME} for page in (one, long)]
        assert heads[0] == heads[1]
        assert int(one.headers["Content-Length"]) == len(one.content)
    assert len({page.headers["X-Request-ID"] for page in (first, kept_one, long)}) == 3


NEW_EACH_TIME = {"X-Request-ID", "Content-Length", "Expires"}


def test_a_kept_answer_asks_for_the_row_and_writes_the_look_up(certificate, client_for, django_assert_num_queries):
    client, url = client_for(None), reverse("verify_link", args=[certificate.token])
    client.get(url)
    for _ in range(2):
        with django_assert_num_queries(2):
            client.get(url)
    assert certificate.lookups.filter(way="link").count() == 3


def test_a_kept_answer_counts_against_the_limit_once(certificate, client_for, monkeypatch):
    client, url = client_for(None), reverse("verify_link", args=[certificate.token])
    counted = []
    monkeypatch.setattr("lms.lib.ratelimit.Limit.allows", lambda limit, request: counted.append(limit.what) or len(counted) < 4)
    codes = [client.get(url).status_code for _ in range(5)]
    assert codes == [200, 200, 200, 429, 429]
    assert counted == ["verify-link"] * 5
    assert certificate.lookups.count() == 3


def test_a_database_that_fails_once_costs_the_reader_nothing(certificate, client_for, monkeypatch):
    """The long way is taken then, for a request that was counted already."""

    def away(token):
        raise DatabaseError("away")

    counted = []
    monkeypatch.setattr("lms.lib.ratelimit.Limit.allows", lambda limit, request: counted.append(limit.what) or True)
    monkeypatch.setattr(kept._versions, "raw", away)
    page = client_for(None).get(reverse("verify_link", args=[certificate.token]))
    assert page.status_code == 200 and certificate.number in page.text
    assert counted == ["verify-link"]


def test_what_depends_on_more_than_the_row_is_not_kept(certificate, client_for, registrar, at):
    url = reverse("verify_link", args=[certificate.token])
    client_for(registrar).get(url)
    client_for(None).get(url, query_params={"from": "poster"})
    client_for(None).head(url)
    client = client_for(None)
    client.cookies["csrftoken"] = "x" * 32
    client.get(url)
    client_for(None).get(reverse("verify_link", args=["0" * 16]))
    Certificate.objects.filter(pk=certificate.pk).update(state="corrected", state_at=at)
    client_for(None).get(url)
    assert kept._answers == {}


def test_a_host_that_is_not_ours_is_refused_as_ever(certificate, client_for):
    url = reverse("verify_link", args=[certificate.token])
    assert client_for(None).get(url).status_code == 200
    assert client_for(None).get(url, headers={"Host": "evil.example"}).status_code == 400


def test_answers_are_not_kept_without_end(certificate, client_for, monkeypatch):
    monkeypatch.setattr(kept, "KEPT", 2)
    for wanted in ("zh-CN", "en", "en-GB"):
        client_for(None).get(reverse("verify_link", args=[certificate.token]), headers={"Accept-Language": wanted})
    assert len(kept._answers) == 1
