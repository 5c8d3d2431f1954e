"""The measuring harness adds up right and empties no database it should not. Nothing here is timed."""

import sys
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.models import User
from bench.client import Tally
from bench.middleware import QueryCountMiddleware

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(ROOT / "script"), *sys.path])
    import bench.run

    return bench.run


def test_a_row_counts_successes_over_the_wall_clock(run):
    first = Tally(ms=[float(ms) for ms in range(1, 51)], queries=[5] * 50, began=100.0, ended=102.0)
    second = Tally(ms=[float(ms) for ms in range(51, 101)], queries=[7] * 50, errors={"500": 2}, began=100.5, ended=104.0)
    row = run.summary("work", [first, second])
    assert row.rate == 100 / 4
    assert (row.p50, row.p95, row.p99) == (51.0, 96.0, 100.0)
    assert (row.queries, row.most_queries, row.requests, row.errors) == (6, 7, 100, {"500": 2})


def test_a_row_without_a_success_stops_the_run(run):
    with pytest.raises(SystemExit, match="not one request"):
        run.summary("work", [Tally(errors={"403": 9})])


def test_shares_are_of_the_better_ceiling(run):
    def row(name, rate):
        return run.Row(name, rate, 1, 2, 3, None, None, 10, {})

    lines = run.table([row("ceiling", 1000), row("work", 100), row("ceiling again", 2000)]).splitlines()
    assert "| work | 100 | 5.0% |" in lines[3]


@pytest.mark.parametrize("name", ["lms", "postgres", "", 'bench"; DROP DATABASE lms; --'])
def test_only_a_database_for_measuring_is_made_anew(run, name):
    with pytest.raises(SystemExit, match="bench"):
        run.make_database(f"postgres://nobody@127.0.0.1:1/{name}")


def test_queries_are_counted(db):
    def view(request):
        User.objects.count()
        User.objects.count()
        return HttpResponse("ok")

    assert QueryCountMiddleware(view)(RequestFactory().get("/"))["X-Queries"] == "2"


def test_only_the_harness_lifts_the_limits(settings):
    assert settings.RATE_LIMIT_FACTOR == 1
