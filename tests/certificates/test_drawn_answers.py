"""Answers by link are drawn once, and never say what isn't so any more."""

import re
from datetime import timedelta

import pytest
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.timezone import localdate

from certificates.models import Certificate, Lookup
from certificates.views import drawn

TIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")
OFFERED = re.compile(r'name="answer" value="([^"]+)"')


@pytest.fixture
def ask(certificate, client_for):
    def asked(who=None, language="zh-hans"):
        return client_for(who, language).get(reverse("verify_link", args=[certificate.token])).text

    drawn._pages.clear()
    return asked


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


def test_each_answer_has_its_own_time_and_receipt(ask, client_for, monkeypatch, at):
    pages = []
    for seconds in (0, 61):
        monkeypatch.setattr("certificates.views.public.now", lambda later=seconds: at + timedelta(seconds=later))
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


def test_a_day_too_late(ask, certificate, monkeypatch, at):
    QuerySet(Certificate).filter(pk=certificate.pk).update(valid_until=localdate(at) + timedelta(days=10))
    monkeypatch.setattr("certificates.views.public.now", lambda: at + timedelta(days=9))
    assert "verdict--ok" in ask()
    monkeypatch.setattr("certificates.views.public.now", lambda: at + timedelta(days=12))
    assert "verdict--expired" in ask()


def test_members_and_readers_of_another_language_get_their_own(ask, registrar, drawings):
    zh, en = ask(), ask(language="en")
    assert 'lang="zh-Hans"' in zh and 'lang="en"' in en
    mine = ask(registrar)
    assert registrar.full_name in mine and registrar.full_name not in ask()
    assert "csrfmiddlewaretoken" in mine and "csrfmiddlewaretoken" not in zh


def test_not_more_are_kept_than_said(ask, monkeypatch, certificate):
    monkeypatch.setattr(drawn, "KEPT", 2)
    for language in ("zh-hans", "en", "zh-hans"):
        ask(language=language)
    assert len(drawn._pages) == 2
    Certificate.objects.filter(pk=certificate.pk).update(state="revoked", state_at=certificate.created_at)
    ask()
    assert len(drawn._pages) == 1
