"""How far marks can be trusted, as arithmetic on plain values: agreement, severity, drift, each with an interval.

Knows no database. Every figure is a function of the ratings alone: intervals come from a bootstrap over scripts whose
random numbers are seeded by the caller, so that anybody can compute the same figures again.

Sources: K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011); J. Cohen, Weighted kappa (Psychological
Bulletin 70, 1968); B. Efron, R. Tibshirani, An Introduction to the Bootstrap (1993), percentile intervals.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

RESAMPLES = 400
CONFIDENCE = 0.95

Units = Sequence[Sequence[float]]  # for each script the ratings it got, in any order; who gave them does not matter


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval; low and high are None where the ratings are too few to say."""

    value: float
    low: float | None
    high: float | None

    def surely_below(self, floor: float) -> bool:
        return self.high is not None and self.high < floor


# --- Krippendorff's α -------------------------------------------------------------------------------------------------


def alpha(units: Units, metric: str = "interval") -> float | None:
    """Return Krippendorff's α of ratings by any number of markers, with any number of them missing.

    units: for each script the ratings it got; scripts with fewer than two say nothing and are left out.
    metric: "nominal", "ordinal", "interval" or "ratio" (for ratio, values must not be negative).
    Returns 1 for perfect agreement, 0 for what chance gives, below 0 for systematic disagreement; None when there is
    nothing to compare, or when every rating is the same, since then chance would agree as well.
    """
    pairable = [unit for unit in units if len(unit) >= 2]
    count: Counter[float] = Counter(value for unit in pairable for value in unit)
    total = sum(count.values())
    if total < 2 or len(count) < 2:
        return None
    if metric == "interval":  # the same by sums, without looking at pairs
        return 1 - sum(_squares(unit) / (len(unit) - 1) for unit in pairable) * (total - 1) / _squares(
            [value for unit in pairable for value in unit]
        )
    distance = _distance(metric, count)
    seen = 0.0
    for unit in pairable:
        values = Counter(unit)
        pairs = sum(
            2 * values[one] * values[other] * distance(one, other)
            for place, one in enumerate(values)
            for other in list(values)[place + 1 :]
        )
        seen += pairs / (len(unit) - 1)
    values = sorted(count)
    chance = sum(
        2 * count[one] * count[other] * distance(one, other)
        for place, one in enumerate(values)
        for other in values[place + 1 :]
    ) / (total - 1)
    return 1 - seen / chance


def _squares(values: Sequence[float]) -> float:
    """Return the sum of (one - other)² over all ordered pairs of the values."""
    middle = sum(values) / len(values)
    return 2 * len(values) * sum((value - middle) ** 2 for value in values)


def _distance(metric: str, count: Mapping[float, int]) -> Callable[[float, float], float]:
    """Return the squared difference that the metric gives two ratings, of all ratings counted in `count`."""
    if metric == "nominal":
        return lambda one, other: float(one != other)
    if metric == "ratio":
        return lambda one, other: ((one - other) / (one + other)) ** 2 if one + other else 0.0
    if metric != "ordinal":
        raise ValueError(f"no such metric: {metric}")
    below, ranks = 0.0, {}
    for value in sorted(count):  # the place of a value: how many ratings lie below it, and half of its own
        ranks[value] = below + count[value] / 2
        below += count[value]
    return lambda one, other: (ranks[one] - ranks[other]) ** 2


# --- Weighted κ -------------------------------------------------------------------------------------------------------


def weighted_kappa(
    pairs: Iterable[tuple[int, int]], categories: int, weights: str | Sequence[Sequence[float]] = "quadratic"
) -> float | None:
    """Return Cohen's weighted κ of two markers.

    pairs: (first marker's category, second marker's), each 0 … categories - 1.
    weights: "linear" or "quadratic" in the distance of the categories, "none" for Cohen's plain κ, or a table of
    disagreement weights. Returns None without pairs, or when chance could not disagree either.
    """
    table: Counter[tuple[int, int]] = Counter(pairs)
    total = sum(table.values())
    if not total:
        return None
    rows, columns = [0.0] * categories, [0.0] * categories
    for (first, second), times in table.items():
        rows[first] += times
        columns[second] += times
    weight = _weight(weights)
    seen = sum(times * weight(first, second) for (first, second), times in table.items())
    chance = sum(
        rows[first] * columns[second] * weight(first, second)
        for first in range(categories)
        for second in range(categories)
    )
    return 1 - seen * total / chance if chance else None


def _weight(weights: str | Sequence[Sequence[float]]) -> Callable[[int, int], float]:
    if not isinstance(weights, str):
        return lambda first, second: weights[first][second]
    shapes: dict[str, Callable[[int, int], float]] = {
        "none": lambda first, second: float(first != second),
        "linear": lambda first, second: float(abs(first - second)),
        "quadratic": lambda first, second: float((first - second) ** 2),
    }
    return shapes[weights]


# --- Severity and drift -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rating:
    """One total (points of 100) that one marker gave one script on one day (days since any fixed date)."""

    script: int
    marker: int
    total: float
    day: float = 0.0


def severity(ratings: Sequence[Rating]) -> dict[int, float]:
    """Return how many points each marker gives above (+, lenient) or below (-, severe) the others on the same scripts.

    Least squares of total = quality of the script + effect of the marker, the effects of each group of markers who are
    linked by common scripts adding up to zero. A marker who shares no script with anybody gets no figure.
    """
    by_script: dict[int, list[Rating]] = defaultdict(list)
    for rating in ratings:
        by_script[rating.script].append(rating)
    shared = [group for group in by_script.values() if len({rating.marker for rating in group}) > 1]
    by_marker: dict[int, list[Rating]] = defaultdict(list)
    for group in shared:
        for rating in group:
            by_marker[rating.marker].append(rating)
    effects = dict.fromkeys(by_marker, 0.0)
    groups = _linked(shared)
    for _round in range(500):
        quality = {
            group[0].script: sum(rating.total - effects[rating.marker] for rating in group) / len(group)
            for group in shared
        }
        moved = {
            marker: sum(rating.total - quality[rating.script] for rating in given) / len(given)
            for marker, given in by_marker.items()
        }
        for markers in groups:
            centre = sum(moved[marker] for marker in markers) / len(markers)
            for marker in markers:
                moved[marker] -= centre
        step = max((abs(moved[marker] - effects[marker]) for marker in moved), default=0.0)
        effects = moved
        if step < 1e-9:
            break
    return effects


def _linked(groups: Iterable[Sequence[Rating]]) -> list[set[int]]:
    """Return the sets of markers who are linked, directly or through others, by scripts they both marked."""
    linked: list[set[int]] = []
    for group in groups:
        markers = {rating.marker for rating in group}
        for other in [found for found in linked if found & markers]:
            linked.remove(other)
            markers |= other
        linked.append(markers)
    return linked


def drift(ratings: Sequence[Rating]) -> dict[int, float]:
    """Return by how many points in 30 days each marker moves against the others: the slope of (own total - mean of the
    others on the same script) over the days. Markers with fewer than three shared scripts, or all on one day, get none.
    """
    by_script: dict[int, list[Rating]] = defaultdict(list)
    for rating in ratings:
        by_script[rating.script].append(rating)
    points: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for group in by_script.values():
        for rating in group:
            others = [other.total for other in group if other.marker != rating.marker]
            if others:
                points[rating.marker].append((rating.day, rating.total - sum(others) / len(others)))
    slopes = {marker: _slope(found) for marker, found in points.items() if len(found) >= 3}
    return {marker: slope * 30 for marker, slope in slopes.items() if slope is not None}


def _slope(points: Sequence[tuple[float, float]]) -> float | None:
    middle = sum(x for x, _y in points) / len(points)
    level = sum(y for _x, y in points) / len(points)
    spread = sum((x - middle) ** 2 for x, _y in points)
    return sum((x - middle) * (y - level) for x, y in points) / spread if spread else None


# --- Intervals --------------------------------------------------------------------------------------------------------


def interval(
    sample: Sequence[T], figure: Callable[[Sequence[T]], float | None], *, seed: int, resamples: int = RESAMPLES
) -> Estimate | None:
    """Return a figure with its percentile interval over resamples of the sample, drawn with replacement.

    None when the figure itself can't be computed. Without at least five items there is a figure but no interval.
    """
    value = figure(sample)
    if value is None:
        return None
    if len(sample) < 5:
        return Estimate(value, None, None)
    draw = random.Random(seed)
    found = sorted(
        again
        for _ in range(resamples)
        if (again := figure([sample[draw.randrange(len(sample))] for _item in sample])) is not None
    )
    return Estimate(value, *_percentiles(found)) if len(found) > resamples // 2 else Estimate(value, None, None)


def marker_intervals(
    ratings: Sequence[Rating], figure: Callable[[Sequence[Rating]], dict[int, float]], *, seed: int,
    resamples: int = RESAMPLES // 2,
) -> dict[int, Estimate]:  # fmt: skip
    """Return `severity` or `drift` of each marker with an interval over resamples of the scripts."""
    values = figure(ratings)
    by_script: dict[int, list[Rating]] = defaultdict(list)
    for rating in ratings:
        by_script[rating.script].append(rating)
    scripts = list(by_script.values())
    found: dict[int, list[float]] = defaultdict(list)
    if len(scripts) >= 5:
        draw = random.Random(seed)
        for _ in range(resamples):
            picked: list[Rating] = []
            for number in range(len(scripts)):  # a script drawn twice counts as two scripts
                for r in scripts[draw.randrange(len(scripts))]:
                    picked.append(Rating(number, r.marker, r.total, r.day))
            for marker, value in figure(picked).items():
                found[marker].append(value)
    result = {}
    for marker, value in values.items():
        again = sorted(found[marker])
        limits = _percentiles(again) if len(again) > resamples // 2 else (None, None)
        result[marker] = Estimate(value, *limits)
    return result


def _percentiles(found: Sequence[float]) -> tuple[float, float]:
    """Return the ends of the middle 95 %, between neighbours where they fall between two."""

    def at(share: float) -> float:
        place = share * (len(found) - 1)
        low = int(place)
        high = min(low + 1, len(found) - 1)
        return found[low] + (found[high] - found[low]) * (place - low)

    tail = (1 - CONFIDENCE) / 2
    return at(tail), at(1 - tail)


def bands_apart(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Return how often two marks lay how many bands apart: {0: equal, 1: …}."""
    return dict(sorted(Counter(abs(first - second) for first, second in pairs).items()))

