"""Counts in a shared file: windows that end, processes that count together, a table that is full."""

import multiprocessing
import os
from uuid import uuid4

import pytest

from lms.lib import counters
from lms.lib.counters import Counters, RedisCounters
from lms.lib.ratelimit import allow, count, counted

NOW = 1_800_000_000.0


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "counters"


def test_each_key_has_its_own_count(path):
    table = Counters(path)
    assert [table.add(key, now=NOW, seconds=60) for key in "aabab"] == [1, 2, 1, 3, 2]
    assert (table.get("a", now=NOW), table.get("b", now=NOW), table.get("c", now=NOW)) == (3, 2, 0)


def test_a_count_ends_with_its_time(path):
    table = Counters(path)
    table.add("a", now=NOW, seconds=60)
    assert table.add("a", now=NOW + 59, seconds=60) == 2  # the time runs from the first
    assert table.get("a", now=NOW + 60) == 0
    assert table.add("a", now=NOW + 60, seconds=60) == 1


def test_it_is_there_after_a_restart(path):
    Counters(path).add("a", now=NOW, seconds=60)
    assert Counters(path).add("a", now=NOW, seconds=60) == 2


def add_many(path):
    table = Counters(path)
    for _ in range(2000):
        table.add("all", now=NOW, seconds=60)


def test_processes_count_together(path):
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=add_many, args=(path,)) for _ in range(4)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert Counters(path).get("all", now=NOW) == 8000


def test_where_it_is_full_the_count_that_would_end_first_makes_room(path, monkeypatch):
    monkeypatch.setattr(counters, "SLOTS", 4)
    table = Counters(path)
    for number, key in enumerate("abcd"):
        table.add(key, now=NOW, seconds=60 + number)
    assert table.add("e", now=NOW, seconds=90) == 1
    assert [table.get(key, now=NOW) for key in "abcde"] == [0, 1, 1, 1, 1]


def test_limits_use_it(path, settings):
    settings.COUNTERS = path
    assert [allow("limit:x", limit=2, seconds=600) for _ in range(3)] == [True, True, False]
    assert counted("limit:x", seconds=600) == 3 and count("limit:y", seconds=600) == 1


def test_nobody_is_locked_out_when_it_can_not_be_reached(tmp_path, settings):
    (tmp_path / "file").write_text("")
    settings.COUNTERS = tmp_path / "file" / "counters"  # no folder
    assert allow("limit:x", limit=0, seconds=600) and counted("limit:x", seconds=600) == 0


@pytest.mark.servers
def test_in_redis_they_count_the_same_way(settings):
    url = os.environ.get("LMS_REDIS_URL", "")
    if not url:
        pytest.skip("Redis: set LMS_REDIS_URL")
    key, other = str(uuid4()), str(uuid4())
    one, two = RedisCounters(url), RedisCounters(url)
    asked = ((one, key), (two, key), (one, other))
    assert [each.add(name, now=NOW, seconds=60) for each, name in asked] == [1, 2, 1]
    assert (one.get(key, now=NOW), one.get(str(uuid4()), now=NOW)) == (2, 0)
    assert 0 < one._redis.ttl(f"count:{key}") <= 60
    settings.COUNTERS = url
    assert [allow(f"limit:{key}", limit=1, seconds=600) for _ in range(2)] == [True, False]


def test_nobody_is_locked_out_without_the_server(settings):
    settings.COUNTERS = "redis://127.0.0.1:1/0"
    assert allow("limit:x", limit=0, seconds=600) and counted("limit:x", seconds=600) == 0
