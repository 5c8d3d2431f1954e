"""The puzzle of frequent askers: solved by a sum or by waiting, once, by the one it was set for."""

import hashlib
import time

import pytest
from django.core.cache import cache
from django.test import RequestFactory

from lms.lib import puzzle as puzzles
from lms.lib.puzzle import LIFE_SECONDS, WAIT_SECONDS, Puzzle, is_solved, make


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = time.time()

        def time(self):
            return Clock.now

    monkeypatch.setattr(puzzles, "time", Clock())
    monkeypatch.setattr("django.core.signing.time", Clock())
    return Clock


def send(puzzle: Puzzle | None = None, answer: str = "", *, address: str = "192.0.2.1"):
    data = {"puzzle": puzzle.ticket, "puzzle_answer": answer} if puzzle else {}
    return RequestFactory().post("/", data, REMOTE_ADDR=address)


def solve(puzzle: Puzzle) -> str:
    """What the page's script does."""
    number = 0
    while int.from_bytes(hashlib.sha256(f"{puzzle.nonce}:{number}".encode()).digest(), "big") >> (256 - puzzle.bits):
        number += 1
    return str(number)


def wrong(puzzle: Puzzle) -> str:
    right = int(solve(puzzle))
    return str(right - 1) if right else "x"


def test_it_works_once(clock):
    puzzle = make(send(), "a")
    answer = solve(puzzle)
    assert not is_solved(send(puzzle, wrong(puzzle)), "a")
    assert is_solved(send(puzzle, answer), "a")
    assert not is_solved(send(puzzle, answer), "a")


def test_for_this_client_and_this_thing_only(clock):
    puzzle = make(send(), "a")
    answer = solve(puzzle)
    assert not is_solved(send(puzzle, answer, address="192.0.2.2"), "a")
    assert not is_solved(send(puzzle, answer), "b")
    assert not is_solved(send(), "a")
    forged = Puzzle(puzzle.ticket[:-1] + ("A" if puzzle.ticket[-1] != "A" else "B"), puzzle.nonce, puzzle.bits)
    assert not is_solved(send(forged, answer), "a")


def test_waiting_is_enough(clock):
    puzzle = make(send(), "a")
    assert not is_solved(send(puzzle), "a")
    clock.now += WAIT_SECONDS
    assert is_solved(send(puzzle), "a")
    assert not is_solved(send(puzzle), "a")


def test_waiting_for_many_at_once_gains_nothing(clock):
    many = [make(send(), "a") for _ in range(5)]
    clock.now += WAIT_SECONDS
    assert [is_solved(send(puzzle), "a") for puzzle in many] == [True, False, False, False, False]


def test_a_puzzle_does_not_live_for_ever(clock):
    puzzle = make(send(), "a")
    answer = solve(puzzle)
    clock.now += LIFE_SECONDS + 1
    assert not is_solved(send(puzzle, answer), "a")


def test_nobody_is_locked_out_when_the_cache_is_down(clock, monkeypatch):
    def down(*args, **kwargs):
        raise ConnectionError

    monkeypatch.setattr(cache, "add", down)
    puzzle = make(send(), "a")
    assert is_solved(send(puzzle, solve(puzzle)), "a")
