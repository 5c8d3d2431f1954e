"""The scripted counterpart: what an offer is worth to it, what it accepts, what it proposes; and what deals come to."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curriculum.bargaining import (
    annuity,
    answer,
    asked_in,
    counter_offer,
    dilution,
    npv,
    offer_problems,
    read_offer,
    worth,
)
from curriculum.caserules import Choice, Negotiation, Term

# A firm buys a licence: it wants a low fee (best 0, worst 200) and a low royalty (1 … 8 %), and best of all exclusively.
FEE = Term("fee", "入门费", "upfront", "number", "万元", 3, least=0, most=500, step=5, best=0, worst=200, limit=250)
ROYALTY = Term("royalty", "提成", "royalty", "number", "%", 1, least=0, most=20, step=0.5, best=1, worst=8)
SCOPE = Term(
    "scope", "许可方式", "scope", "choice", "", 2,
    choices=(Choice("sole", "排他", 1), Choice("exclusive", "独占", 0.8), Choice("plain", "普通", 0)),
)  # fmt: skip
TALK = Negotiation("firm", 4, 0.8, 0.5, (FEE, ROYALTY, SCOPE), (), (), (), "", "")
BEST = {"fee": 0, "royalty": 1, "scope": "sole"}


def test_worth_by_hand():
    assert worth(TALK, BEST) == 1
    assert worth(TALK, {"fee": 200, "royalty": 8, "scope": "plain"}) == 0
    # (3 · 0.5 + 1 · 0 + 2 · 0.8) / 6
    assert worth(TALK, {"fee": 100, "royalty": 8, "scope": "exclusive"}) == pytest.approx(3.1 / 6)
    assert worth(TALK, {"fee": 400, "royalty": 0, "scope": "plain"}) == pytest.approx(1 / 6)  # neither below 0 nor above 1


def test_they_ask_for_less_from_round_to_round():
    assert [asked_in(TALK, turn) for turn in (1, 2, 3, 4, 9)] == pytest.approx([0.8, 0.7, 0.6, 0.5, 0.5])
    assert asked_in(TALK, 1, patience=0.1) == pytest.approx(0.7)
    assert asked_in(TALK, 4, patience=0.9) == 0.25
    assert asked_in(replace(TALK, rounds=1), 1) == 0.5


def test_enough_is_accepted_and_less_is_not():
    offer = {"fee": 60, "royalty": 3, "scope": "exclusive"}  # (3 · 0.7 + 5/7 + 1.6) / 6 = 0.7357
    first = answer(TALK, [offer])
    assert (first.accepted, first.over) == (False, False)
    assert first.worth == pytest.approx(0.7357, abs=1e-4)
    assert answer(TALK, [offer, offer]).accepted


def test_beyond_the_limit_nothing_helps():
    offer = {"fee": 255, "royalty": 0, "scope": "sole"}
    found = answer(TALK, [offer] * 4)
    assert (found.accepted, found.refused, found.over) == (False, ("fee",), True)
    assert found.counter["fee"] <= 250


def test_the_same_offers_get_the_same_answer():
    offers = [{"fee": 200, "royalty": 6, "scope": "plain"}, {"fee": 150, "royalty": 5, "scope": "exclusive"}]
    assert answer(TALK, offers) == answer(TALK, [dict(offer) for offer in offers])


offers = st.fixed_dictionaries(
    {
        "fee": st.integers(0, 100).map(lambda steps: steps * 5.0),
        "royalty": st.integers(0, 40).map(lambda steps: steps / 2),
        "scope": st.sampled_from(["sole", "exclusive", "plain"]),
    }
)


@given(offers, st.integers(1, 4))
def test_a_counter_offer_is_worth_what_they_ask_and_can_be_offered(offer, turn):
    asked = asked_in(TALK, turn)
    counter = counter_offer(TALK, offer, asked)
    assert worth(TALK, counter) >= asked - 1e-9
    assert offer_problems(TALK, {key: str(value) for key, value in counter.items()}) == {}
    assert counter["fee"] % 5 == 0
    again = answer(TALK, [offer] * (turn - 1) + [counter])
    assert again.accepted  # what they propose they also take


@given(offers, offers)
def test_a_better_offer_is_never_answered_worse(one, other):
    better = {"fee": min(one["fee"], other["fee"]), "royalty": min(one["royalty"], other["royalty"]), "scope": "sole"}
    if answer(TALK, [one, one]).accepted:
        assert answer(TALK, [one, better]).accepted


@pytest.mark.parametrize(
    ("typed", "problems"),
    [
        ({"fee": "100", "royalty": "2.5", "scope": "sole"}, {}),
        ({"fee": "1,00", "royalty": " 2 ", "scope": "sole"}, {}),
        ({"fee": "", "royalty": "zwei", "scope": "open"}, {"fee": "required", "royalty": "number", "scope": "choice"}),
        ({"fee": "501", "royalty": "-1", "scope": "sole"}, {"fee": "range", "royalty": "range"}),
        ({"fee": "nan", "royalty": "inf", "scope": "sole"}, {"fee": "number", "royalty": "number"}),
        ({}, {"fee": "required", "royalty": "required", "scope": "required"}),
    ],
)
def test_what_was_typed_is_checked(typed, problems):
    assert offer_problems(TALK, typed) == problems


def test_numbers_come_to_the_nearest_step():
    assert read_offer(TALK, {"fee": "102", "royalty": "2.7", "scope": "sole"}) == {"fee": 100, "royalty": 2.5, "scope": "sole"}


def test_money():
    assert npv(10, 110, 121) == pytest.approx(200)
    assert annuity(8, 100, 5) == pytest.approx(399.27, abs=0.01)  # the textbook factor 3.9927
    assert annuity(0, 100, 3) == 300
    assert dilution(30, 500, 1500) == pytest.approx(22.5)
    assert dilution(30, 0, 0) == 0
