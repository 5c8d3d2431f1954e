"""Marks as arithmetic on plain values: totals, disagreement, agreement, parts. Knows no database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
BANDS_APART = 2  # two assessors this many bands apart on one criterion go to the moderator


def total_of(given: Mapping[str, int], possible: Mapping[str, int]) -> Decimal:
    """Return points of 100, two decimals: points given ÷ points possible × 100, half up.

    given, possible: criterion key → points; both must name the same criteria, or ValueError.
    """
    if set(given) != set(possible):
        raise ValueError("every criterion needs a score")
    whole = sum(possible.values())
    if not whole:
        raise ValueError("a rubric needs points")
    return (Decimal(sum(given.values())) * 100 / whole).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Disagreement:
    """Why two marks go to the moderator. Every reason stands by itself; none means they agree."""

    totals_apart: bool = False
    decision_differs: bool = False
    criteria_apart: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.totals_apart or self.decision_differs or bool(self.criteria_apart)


def disagreement(
    first: Decimal,
    second: Decimal,
    *,
    limit: int,
    pass_mark: int,
    places: Iterable[tuple[str, int, int]] = (),
) -> Disagreement:
    """Compare two marks.

    limit: most points of 100 between the totals; places: (criterion key, band place of the first, of the second).
    """
    return Disagreement(
        totals_apart=abs(first - second) > limit,
        decision_differs=(first >= pass_mark) != (second >= pass_mark),
        criteria_apart=tuple(key for key, one, other in places if abs(one - other) >= BANDS_APART),
    )


def mean(values: Iterable[Decimal]) -> Decimal:
    """Return the mean, two decimals, half up. Raises ValueError for nothing."""
    values = list(values)
    if not values:
        raise ValueError("no marks")
    return (sum(values, Decimal(0)) / len(values)).quantize(CENT, ROUND_HALF_UP)


def agreed_points(marks: list[Mapping[str, int]]) -> dict[str, str]:
    """Return the mean points of each criterion over the marks, as text without needless zeros."""
    return {key: f"{mean(Decimal(mark[key]) for mark in marks).normalize():f}" for key in marks[0]}
