"""Continuing education (继续教育) as arithmetic on plain values: hours in, counted hours out, and why. Knows no database.

The period of a certificate, the demand and the caps come in as values; nothing here knows a regulation.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum

NONE = Decimal(0)


class Why(StrEnum):
    """Why hours don't count, or not all of them."""

    OUTSIDE = "outside"  # not within the period
    EACH = "each"  # more than one item may bring
    CATEGORY = "category"  # more than the category may bring
    UNKNOWN = "unknown"  # the demand does not name its category


@dataclass(frozen=True)
class Category:
    """least: hours asked for; most: hours that count at most, each: of one item at most. None is no limit."""

    code: str
    least: Decimal = NONE
    most: Decimal | None = None
    each: Decimal | None = None


@dataclass(frozen=True)
class Demand:
    """total: hours asked for over all categories."""

    total: Decimal
    categories: tuple[Category, ...]


@dataclass(frozen=True)
class Item:
    """Hours of one category on one day. key: whatever the caller finds it again by."""

    key: str
    category: str
    hours: Decimal
    day: date


@dataclass(frozen=True)
class Line:
    item: Item
    counted: Decimal
    why: tuple[Why, ...] = ()


@dataclass(frozen=True)
class Sum:
    category: Category
    counted: Decimal

    @property
    def missing(self) -> Decimal:
        return max(self.category.least - self.counted, NONE)


@dataclass(frozen=True)
class Count:
    """lines: every item, the earliest first; sums: by category, as the demand orders them."""

    demand: Demand
    lines: tuple[Line, ...]
    sums: tuple[Sum, ...]

    @property
    def counted(self) -> Decimal:
        return sum((line.counted for line in self.lines), NONE)

    @property
    def missing(self) -> Decimal:
        """Hours still to be earned: to the total, or to the floors of the categories when these ask for more."""
        return max(self.demand.total - self.counted, sum((line.missing for line in self.sums), NONE), NONE)

    @property
    def ok(self) -> bool:
        return self.missing == 0


@dataclass(frozen=True)
class Period:
    """starts: hours count from this day on; ends: the certificate's last day; opens: renewal may be applied for from this
    day on; closes: the last day for it, grace and leave included. Hours count until then."""

    starts: date
    ends: date
    opens: date
    closes: date

    def stage(self, day: date) -> str:
        """"running" before the window, "open" in it, "grace" after the end, "lapsed" when it is too late."""
        if day > self.closes:
            return "lapsed"
        if day > self.ends:
            return "grace"
        return "open" if day >= self.opens else "running"


def period(starts: date, ends: date, *, window_days: int, grace_days: int, leave_days: int = 0) -> Period:
    """Leave moves the last day for renewal, not the certificate's own end, which is signed."""
    opens = max(ends - timedelta(days=window_days), starts)
    return Period(starts, ends, opens, ends + timedelta(days=grace_days + leave_days))


def count(items: Iterable[Item], demand: Demand, *, starts: date, ends: date) -> Count:
    """Return what counts towards a demand between two days (both included), the earliest item first.

    An item is cut to what one item may bring, then to what its category still has room for. Nothing is carried over.
    Raises ValueError for negative hours.
    """
    rules = {category.code: category for category in demand.categories}
    counted = dict.fromkeys(rules, NONE)
    lines = []
    for item in sorted(items, key=lambda item: (item.day, item.key)):
        if item.hours < 0:
            raise ValueError("Hours are not negative; an entry that was taken back is left out.")
        if not starts <= item.day <= ends:
            lines.append(Line(item, NONE, (Why.OUTSIDE,)))
            continue
        rule = rules.get(item.category)
        if rule is None:
            lines.append(Line(item, NONE, (Why.UNKNOWN,)))
            continue
        hours, why = item.hours, []
        if rule.each is not None and hours > rule.each:
            hours = rule.each
            why.append(Why.EACH)
        if rule.most is not None and counted[rule.code] + hours > rule.most:
            hours = max(rule.most - counted[rule.code], NONE)
            why.append(Why.CATEGORY)
        counted[rule.code] += hours
        lines.append(Line(item, hours, tuple(why)))
    return Count(demand, tuple(lines), tuple(Sum(rule, counted[rule.code]) for rule in demand.categories))


def read_demand(total: Decimal, categories: Mapping[str, Mapping[str, str]]) -> Demand:
    """Return the demand that terms keep as JSON: {category: {"least", "most", "each": hours as text, "" for no limit}}.

    Raises ValueError for what is no number, for a floor above its own cap, and for a total that can't be reached.
    """
    found = []
    for code, limits in categories.items():
        try:
            values = {name: Decimal(limits[name]) if limits.get(name) else None for name in ("least", "most", "each")}
        except InvalidOperation as error:
            raise ValueError(f"{code}: not a number") from error
        category = Category(code, values["least"] or NONE, values["most"], values["each"])
        if any(value is not None and value < 0 for value in values.values()):
            raise ValueError(f"{code}: negative hours")
        if category.most is not None and category.least > category.most:
            raise ValueError(f"{code}: asks for more than it lets count")
        found.append(category)
    if not found:
        raise ValueError("A demand names at least one category.")
    if all(category.most is not None for category in found) and sum(c.most or NONE for c in found) < total:
        raise ValueError("The total can't be reached: the categories let less count.")
    return Demand(total, tuple(found))
