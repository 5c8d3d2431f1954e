"""Numbers as people wrote them: each with how far rounding may have moved it. Pure.

Recomputing must not call a rounded figure wrong, nor a wrong one rounded. So a number that was written with decimals may
be off by half of its last place, sums and products carry that on, and whole numbers are taken at their word.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext

from ..workproduct import number, written

LEADING = re.compile(r"^[^\d+\-−.]{0,6}?([+\-−]?[\d,]+(?:\.\d+)?)\s*(%?)")


@dataclass(frozen=True)
class Figure:
    """value: what is written; slack: how far the true value may lie from it."""

    value: Decimal
    slack: Decimal = Decimal(0)

    def __add__(self, other: "Figure") -> "Figure":
        return Figure(self.value + other.value, self.slack + other.slack)

    def __sub__(self, other: "Figure") -> "Figure":
        return Figure(self.value - other.value, self.slack + other.slack)

    def __mul__(self, other: "Figure") -> "Figure":
        slack = abs(self.value) * other.slack + abs(other.value) * self.slack + self.slack * other.slack
        return Figure(self.value * other.value, slack)

    def __truediv__(self, other: "Figure") -> "Figure":
        """Raises ZeroDivisionError where the divisor may be zero."""
        least = abs(other.value) - other.slack
        if least <= 0:
            raise ZeroDivisionError
        value = self.value / other.value
        return Figure(value, (self.slack + abs(value) * other.slack) / least)

    def agrees_with(self, computed: "Figure") -> bool:
        """Say whether this, as written, can be the computed figure rounded."""
        place = half_place(self.value)
        if not place and computed.value != computed.value.to_integral_value():
            place = Decimal("0.5")  # a whole number written for one that has decimals: rounded to the whole
        return abs(self.value - computed.value) <= place + computed.slack

    def __str__(self) -> str:
        return short(self.value)


def half_place(value: Decimal) -> Decimal:
    """Half of the last place a number was written with; 0 for whole numbers."""
    places = -value.as_tuple().exponent
    return Decimal(5).scaleb(-places - 1) if places > 0 else Decimal(0)


def figure(text: str) -> Figure | None:
    """Return the number a cell holds, or the one it begins with (“189.37（约 189.4）”), or None."""
    value = number(text)
    if value is None:
        found = LEADING.match(unicodedata.normalize("NFKC", text).strip())
        value = number(found[1].replace("−", "-")) if found else None
    return None if value is None else Figure(value, half_place(value))


def exact(value: int | str | Decimal) -> Figure:
    return Figure(Decimal(value))


def total(figures: Iterable[Figure]) -> Figure:
    return sum(figures, Figure(Decimal(0)))


def percent(rate: Figure) -> Figure:
    """12 as 0.12."""
    return rate / exact(100)


def power(base: Figure, times: int) -> Figure:
    found = exact(1)
    for _ in range(times):
        found = found * base
    return found


def short(value: Decimal) -> str:
    """Return a computed number with at most four decimals."""
    with localcontext() as context:
        context.prec = 60
        return written(value.quantize(Decimal("0.0001")) if value.as_tuple().exponent < -4 else value)
