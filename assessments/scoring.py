"""Marks as arithmetic on plain values: totals, disagreement, agreement, parts. Knows no database."""

from collections.abc import Iterable, Mapping, Sequence
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


def two_closest(totals: Sequence[Decimal], *, limit: int, pass_mark: int) -> tuple[int, int] | None:
    """Return the places of the two of three marks that settle a disagreement: nearer to each other than any other two, no
    further apart than the limit, and on the same side of the pass mark. None when no two do, and the moderator decides.

    totals: first, second and third mark, in points of 100. Bands on single criteria are not compared again: that two
    assessors see one criterion differently is what the third was asked about.
    """
    pairs = sorted((abs(totals[one] - totals[other]), one, other) for one, other in ((0, 1), (0, 2), (1, 2)))
    (gap, one, other), (next_gap, *_rest) = pairs[:2]
    if gap == next_gap or disagreement(totals[one], totals[other], limit=limit, pass_mark=pass_mark):
        return None
    return one, other


def corrected(
    total: Decimal, points: Mapping[str, str], possible: Mapping[str, int], *, without: Iterable[str] = (), added: int = 0,
    factor: Decimal = Decimal(1),
) -> Decimal:  # fmt: skip
    """Return the total when some criteria no longer count and points of 100 are added; between 0 and 100, half up.

    points, possible: criterion key → agreed points as text, most points; a criterion without points does not count already.
    factor: of a member of a team, applied before anything is added. Without a criterion left out the total itself is what
    points are added to; otherwise what it differed by from its points (a deduction for lateness) goes on holding.
    Raises ValueError when no points would be left to get.
    """
    counted = {key: most for key, most in possible.items() if key in points}
    if gone := set(without) & set(counted):
        carried = total - _share(points, counted, factor)
        if abs(carried) <= 2 * CENT:  # two marks' rounding
            carried = Decimal(0)
        total = _share(points, {key: most for key, most in counted.items() if key not in gone}, factor) + carried
    return max(Decimal(0), min(total + added, Decimal(100)))


def _share(points: Mapping[str, str], possible: Mapping[str, int], factor: Decimal) -> Decimal:
    whole = sum(possible.values())
    if not whole:
        raise ValueError("a rubric needs points")
    total = (sum(Decimal(points[key]) for key in possible) * 100 / whole).quantize(CENT, ROUND_HALF_UP)
    return min((total * factor).quantize(CENT, ROUND_HALF_UP), Decimal(100))


def mean(values: Iterable[Decimal]) -> Decimal:
    """Return the mean, two decimals, half up. Raises ValueError for nothing."""
    values = list(values)
    if not values:
        raise ValueError("no marks")
    return (sum(values, Decimal(0)) / len(values)).quantize(CENT, ROUND_HALF_UP)


def agreed_points(marks: list[Mapping[str, int]]) -> dict[str, str]:
    """Return the mean points of each criterion over the marks, as text without needless zeros."""
    return {key: f"{mean(Decimal(mark[key]) for mark in marks).normalize():f}" for key in marks[0]}


@dataclass(frozen=True)
class PartRule:
    """What a policy says of one part: its weight, any unit, and its own pass mark in points of 100."""

    weight: int
    pass_mark: int


@dataclass(frozen=True)
class Overall:
    """total: the weighted mean of the parts; passed: every part passed. Both None while a part is open."""

    total: Decimal | None = None
    passed: bool | None = None


def overall(
    totals: Iterable[Decimal | None], rules: Iterable[PartRule], least: Decimal | None = None, *, refused: bool = False
) -> Overall:
    """Return what the parts come to: failing one part fails the whole, whatever the weighted mean, two decimals, half up.

    totals: of each part, in points of 100, None while it is open. rules: of the same parts in the same order.
    least: the weighted mean that is needed besides, if any. refused: a panel or a portfolio said no, whatever the points.
    """
    pairs = list(zip(totals, rules, strict=True))
    if not pairs or any(total is None for total, _rule in pairs):
        return Overall()
    weights = sum(rule.weight for _total, rule in pairs)
    whole = sum(total * rule.weight for total, rule in pairs) / Decimal(weights)
    whole = whole.quantize(CENT, ROUND_HALF_UP)
    enough = least is None or whole >= least
    return Overall(whole, enough and not refused and all(total >= rule.pass_mark for total, rule in pairs))
