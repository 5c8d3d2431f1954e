"""Whoever asks very often solves a puzzle for each further question; a hit and a miss get the same one."""

import re

import pytest
from django.urls import reverse

from certificates.numbers import new_number
from certificates.views.answers import LINK, NUMBER
from lms.lib.puzzle import Puzzle
from tests.lms.test_puzzle import solve

from .test_share_codes import make
from .test_verify_page import ask, neutral


def puzzle_of(page) -> Puzzle:
    text = page.content.decode()
    nonce, bits = re.search(r'data-nonce="([0-9a-f]+)" data-bits="(\d+)"', text).groups()
    return Puzzle(re.search(r'name="puzzle" value="([^"]+)"', text)[1], nonce, int(bits))


def solved(page) -> dict:
    puzzle = puzzle_of(page)
    return {"puzzle": puzzle.ticket, "puzzle_answer": solve(puzzle)}


def same_but_for_the_puzzle(page) -> str:
    return re.sub(r'data-nonce="[0-9a-f]+"', "", neutral(page))


@pytest.fixture
def client(client_for):
    return client_for(None)


def test_by_number(certificate, client, django_assert_num_queries):
    for _ in range(NUMBER.times):
        ask(client, new_number("junior"), "张三")
    with django_assert_num_queries(0):
        hit = ask(client, certificate.number, certificate.holder_name)
        miss = ask(client, new_number("junior"), certificate.holder_name)
    assert hit.status_code == miss.status_code == 429
    assert same_but_for_the_puzzle(hit) == same_but_for_the_puzzle(miss)
    assert certificate.number in hit.content.decode()  # what was typed is kept
    typed = {"number": certificate.number, "name": certificate.holder_name}
    answers = solved(hit)
    with django_assert_num_queries(2):
        page = client.post(reverse("verify"), typed | answers)
    assert page.status_code == 200 and "verdict--ok" in page.content.decode()
    assert client.post(reverse("verify"), typed | answers).status_code == 429  # each is good once
    with django_assert_num_queries(2):
        missed = client.post(reverse("verify"), typed | {"name": "某某某"} | solved(miss))
    assert missed.status_code == 200 and "verdict--unknown" in missed.content.decode()


def test_a_share_code(certificate, client):
    _share, code = make(certificate)
    address = reverse("share_link", args=[code])
    for _ in range(LINK.times):
        client.get(reverse("share_link", args=["0" * 26]))
    hit, miss = client.get(address), client.get(reverse("share_link", args=["0" * 26]))
    assert hit.status_code == miss.status_code == 429
    assert same_but_for_the_puzzle(hit).replace(code, "") == same_but_for_the_puzzle(miss).replace("0" * 26, "")
    assert client.post(address).status_code == 429
    page = client.post(address, solved(hit))
    assert page.status_code == 200 and certificate.holder_name in page.content.decode()


def test_even_with_puzzles_there_is_an_end(db, client, monkeypatch):
    from certificates.views import answers
    from lms.lib.ratelimit import Limit

    monkeypatch.setattr(answers, "SOLVED", Limit("verify-solved", 1, 600))
    for _ in range(NUMBER.times):
        ask(client, new_number("junior"), "张三")
    codes = []
    for _ in range(2):
        data = {"number": "x", "name": "y"} | solved(ask(client, "x", "y"))
        codes.append(client.post(reverse("verify"), data).status_code)
    assert codes == [200, 429]


def test_the_result_has_no_script_of_its_own(certificate, client):
    page = client.get(reverse("verify_link", args=[certificate.token])).content.decode()
    assert re.findall(r'<script[^>]*src="([^"]+)"', page) == ["/static/lms/site.js"]
