"""The arithmetic of hours: sums of rows, whatever their order; caps; exact reversals. No database."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.hours import HoursLine, ModuleRule, Row, earned_by_module, split_evenly, to_hours

MODULES = [
    ModuleRule("one", Decimal("6"), frozenset({"A", "B"}), verified=True),
    ModuleRule("two", Decimal("2"), frozenset({"C"})),
]
minutes = st.integers(min_value=1, max_value=60000).map(lambda cents: Decimal(cents) / 100)
rows = st.lists(
    st.builds(
        Row,
        topic=st.sampled_from(["A", "B", "C", "not in the level"]),
        minutes=minutes,
        delivery=st.sampled_from(["on_site", "live", "recorded"]),
        item=st.sampled_from([None, "x", "y"]),
    ),
    max_size=30,
)


def test_modules_without_rows_have_zero():
    lines = earned_by_module([], MODULES)
    assert list(lines) == ["one", "two"]
    assert lines["one"] == HoursLine("one", Decimal("0.00"), Decimal("6"), {}, verified=True)


@pytest.mark.parametrize(
    ("value", "per_hour", "expected"),
    [(45, 45, "1.00"), (44, 45, "0.97"), (90, 45, "2.00"), (60, 60, "1.00"), (1, 45, "0.02"), (-5, 45, "0.00")],
)
def test_minutes_become_hours_rounded_down(value, per_hour, expected):
    assert to_hours(value, per_hour) == Decimal(expected)


def test_hours_need_a_positive_number_of_minutes():
    with pytest.raises(ValueError):
        earned_by_module([], MODULES, minutes_per_hour=0)


def test_a_lesson_counts_up_to_its_nominal_minutes():
    records = [Row("A", Decimal(60), "recorded", "x"), Row("C", Decimal(30), "recorded", "x")]
    lines = earned_by_module(records, MODULES, caps={"x": 45})
    assert (lines["one"].earned, lines["two"].earned) == (Decimal("0.66"), Decimal("0.33"))  # 30 and 15 minutes


def test_a_class_session_has_no_cap():
    assert earned_by_module([Row("C", Decimal(450), "on_site")], MODULES)["two"].earned == 10


def test_surplus_is_shown_and_does_not_count_for_the_requirement():
    line = earned_by_module([Row("C", Decimal(135), "on_site")], MODULES)["two"]
    assert (line.earned, line.counted, line.surplus, line.missing, line.met) == (3, 2, 1, 0, True)


def test_hours_are_told_apart_by_delivery():
    records = [Row("A", Decimal(45), "on_site"), Row("B", Decimal(90), "recorded", "x")]
    assert earned_by_module(records, MODULES)["one"].by_delivery == {"on_site": 1, "recorded": 2}


@given(rows, st.randoms(use_true_random=False))
def test_order_does_not_matter(records, random):
    shuffled = list(records)
    random.shuffle(shuffled)
    assert earned_by_module(records, MODULES, caps={"x": 45}) == earned_by_module(shuffled, MODULES, caps={"x": 45})


@given(rows)
def test_without_caps_a_total_is_the_sum_of_its_rows(records):
    lines = earned_by_module(records, MODULES)
    for module in MODULES:
        total = sum((row.minutes for row in records if row.topic in module.topics), Decimal(0))
        assert lines[module.code].earned == to_hours(total, 45)


@given(rows)
def test_no_item_counts_for_more_than_its_cap(records):
    everything = [ModuleRule("all", Decimal(1), frozenset({"A", "B", "C", "not in the level"}))]
    only_items = [row for row in records if row.item]
    earned = earned_by_module(only_items, everything, caps={"x": 45, "y": 90})["all"].earned
    assert earned <= 3


@given(rows, st.data())
def test_a_reversal_takes_back_exactly_its_row(records, data):
    if not records:
        return
    index = data.draw(st.integers(0, len(records) - 1))
    reversal = replace(records[index], minutes=-records[index].minutes)
    without = records[:index] + records[index + 1 :]
    with_reversal = earned_by_module([*records, reversal], MODULES, caps={"x": 45})
    assert {code: line.earned for code, line in with_reversal.items()} == {
        code: line.earned for code, line in earned_by_module(without, MODULES, caps={"x": 45}).items()
    }


@given(minutes, st.integers(1, 9))
def test_shares_add_up_exactly_and_differ_by_a_cent_at_most(value, parts):
    shares = split_evenly(value, parts)
    assert sum(shares) == value
    assert max(shares) - min(shares) <= Decimal("0.01")
    assert all(Fraction(share) >= 0 for share in shares)
