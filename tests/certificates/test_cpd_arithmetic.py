"""What counts towards renewal, on plain values."""

from datetime import date
from decimal import Decimal

import pytest

from certificates.cpd import Item, Why, count, period, read_demand

STARTS, ENDS = date(2026, 1, 1), date(2028, 12, 31)
DEMAND = read_demand(
    Decimal(20), {"general": {"least": "6"}, "conference": {"most": "5", "each": "3"}}
)


def item(hours, category="general", day=date(2026, 5, 1), key="a") -> Item:
    return Item(key, category, Decimal(hours), day)


@pytest.mark.parametrize(
    ("one", "counted", "why"),
    [
        (item(7), 7, ()),
        (item(7, day=date(2025, 12, 31)), 0, (Why.OUTSIDE,)),
        (item(7, day=STARTS), 7, ()),
        (item(7, day=ENDS), 7, ()),
        (item(7, day=date(2029, 1, 1)), 0, (Why.OUTSIDE,)),
        (item(4, "conference"), 3, (Why.EACH,)),
        (item(4, "hobby"), 0, (Why.UNKNOWN,)),
    ],
)
def test_one_item(one, counted, why):
    found = count([one], DEMAND, starts=STARTS, ends=ENDS)
    assert (found.lines[0].counted, found.lines[0].why) == (counted, why)


def test_a_category_is_filled_by_the_earliest_items():
    items = [item(3, "conference", date(2026, m, 1), str(m)) for m in (3, 2, 1)]
    found = count(items, DEMAND, starts=STARTS, ends=ENDS)
    assert [(line.item.key, line.counted, line.why) for line in found.lines] == [
        ("1", 3, ()), ("2", 2, (Why.CATEGORY,)), ("3", 0, (Why.CATEGORY,))
    ]  # fmt: skip
    assert found.counted == sum(line.counted for line in found.sums) == 5


def test_the_total_does_not_make_up_for_a_floor():
    wide = read_demand(Decimal(10), {"general": {"least": "6"}, "professional": {}})
    found = count([item(12, "professional")], wide, starts=STARTS, ends=ENDS)
    assert (found.counted, found.missing, found.ok) == (12, 6, False)
    assert count([item(12, "professional"), item(6, key="b")], wide, starts=STARTS, ends=ENDS).ok


def test_stages_of_the_period():
    span = period(date(2026, 1, 1), date(2028, 12, 31), window_days=180, grace_days=90, leave_days=10)
    days = ["2028-07-03", "2028-07-04", "2028-12-31", "2029-01-01", "2029-04-10", "2029-04-11"]
    assert [span.stage(date.fromisoformat(day)) for day in days] == ["running", "open", "open", "grace", "grace", "lapsed"]


@pytest.mark.parametrize(
    ("total", "categories"),
    [
        (1, {}), (1, {"general": {"least": "x"}}), (1, {"general": {"least": "-1"}}),
        (1, {"general": {"least": "5", "most": "4"}}), (9, {"general": {"most": "5"}, "conference": {"most": "3"}}),
    ],
)  # fmt: skip
def test_a_demand_that_makes_no_sense_is_refused(total, categories):
    with pytest.raises(ValueError):
        read_demand(Decimal(total), categories)


def test_negative_hours_are_no_way_to_take_something_back():
    with pytest.raises(ValueError):
        count([item(-1)], DEMAND, starts=STARTS, ends=ENDS)
