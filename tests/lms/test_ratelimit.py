"""Rate limits: counted per client, believing only the proxies there are, and never in the way when the cache is down."""

import pytest
from django.core.cache import cache
from django.test import RequestFactory

from lms.lib import ratelimit
from lms.lib.ratelimit import allow, client_address, client_key


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is set."""

    class Clock:
        now = 1_000_000.0

    monkeypatch.setattr(ratelimit.time, "time", lambda: Clock.now)
    return Clock


def test_it_works(clock):
    assert [allow("a", limit=2, seconds=60) for _ in range(4)] == [True, True, False, False]
    assert allow("b", limit=2, seconds=60)


def test_the_next_window_begins_fresh(clock):
    assert [allow("a", limit=1, seconds=60) for _ in range(2)] == [True, False]
    clock.now += 60
    assert allow("a", limit=1, seconds=60)


@pytest.mark.parametrize("error", [ConnectionError, OSError, RuntimeError])
def test_nobody_is_locked_out_when_the_cache_is_down(monkeypatch, error):
    def down(*args, **kwargs):
        raise error

    monkeypatch.setattr(cache, "add", down)
    assert [allow("a", limit=1, seconds=60) for _ in range(3)] == [True] * 3


def request(address: str = "192.0.2.1", forwarded: str | None = None):
    headers = {"REMOTE_ADDR": address}
    if forwarded is not None:
        headers["HTTP_X_FORWARDED_FOR"] = forwarded
    return RequestFactory().get("/", **headers)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, None, "192.0.2.1"),
        (0, "203.0.113.9", "192.0.2.1"),  # anybody can write that header
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.7, 203.0.113.9", "203.0.113.9"),  # the first part is what the client claims
        (2, "198.51.100.7, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),  # came past the outer proxy
        (1, "", "192.0.2.1"),
    ],
)
def test_only_our_own_proxies_are_believed(settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    assert client_address(request(forwarded=forwarded)) == address


def test_the_cache_learns_no_address():
    key = client_key(request("203.0.113.9"), "verify")
    assert "203.0.113.9" not in key
    assert key != client_key(request("203.0.113.10"), "verify")
    assert key != client_key(request("203.0.113.9"), "login")
