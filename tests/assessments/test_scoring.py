"""Marks as arithmetic. Expected numbers are worked out by hand from points given ÷ points possible × 100, half up."""

from decimal import Decimal

import pytest

from assessments.scoring import agreed_points, disagreement, mean, total_of


@pytest.mark.parametrize(
    ("given", "possible", "total"),
    [
        ({"a": 30, "b": 20}, {"a": 60, "b": 40}, "50.00"),
        ({"a": 0, "b": 0}, {"a": 60, "b": 40}, "0.00"),
        ({"a": 5, "b": 5, "c": 4}, {"a": 5, "b": 5, "c": 5}, "93.33"),
        ({"a": 1, "b": 1, "c": 0}, {"a": 1, "b": 1, "c": 1}, "66.67"),
        ({"a": 1}, {"a": 800}, "0.13"),  # 0.125: half goes up
    ],
)
def test_a_total_is_points_given_of_points_possible(given, possible, total):
    assert total_of(given, possible) == Decimal(total)


@pytest.mark.parametrize(("given", "possible"), [({"a": 1}, {"a": 1, "b": 1}), ({}, {}), ({"a": 0}, {"a": 0})])
def test_a_total_needs_every_criterion_and_points(given, possible):
    with pytest.raises(ValueError):
        total_of(given, possible)


@pytest.mark.parametrize(
    ("first", "second", "places", "reasons"),
    [
        ("70", "80", [], (False, False, ())),
        ("70", "85", [], (False, False, ())),  # exactly the limit still agrees
        ("70", "85.01", [], (True, False, ())),
        ("85.01", "70", [], (True, False, ())),
        ("59.99", "60", [], (False, True, ())),
        ("60", "60", [], (False, False, ())),
        ("70", "72", [("a", 0, 1), ("b", 2, 2)], (False, False, ())),
        ("70", "72", [("a", 0, 2), ("b", 2, 2)], (False, False, ("a",))),
        ("0", "100", [("a", 0, 2), ("b", 2, 0)], (True, True, ("a", "b"))),
    ],
)
def test_each_reason_of_a_disagreement_stands_by_itself(first, second, places, reasons):
    found = disagreement(Decimal(first), Decimal(second), limit=15, pass_mark=60, places=places)
    assert (found.totals_apart, found.decision_differs, found.criteria_apart) == reasons
    assert bool(found) == any(reasons)


def test_the_mean_is_rounded_half_up():
    assert mean([Decimal("70.00"), Decimal("70.01")]) == Decimal("70.01")
    assert mean([Decimal("40")]) == Decimal("40.00")
    with pytest.raises(ValueError):
        mean([])


def test_agreed_points_are_text_without_needless_zeros():
    assert agreed_points([{"a": 30, "b": 20}, {"a": 60, "b": 20}]) == {"a": "45", "b": "20"}
    assert agreed_points([{"a": 3}, {"a": 4}]) == {"a": "3.5"}
    assert agreed_points([{"a": 100}]) == {"a": "100"}
