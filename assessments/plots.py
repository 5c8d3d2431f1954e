"""Plots as plain values, drawn as SVG by the templates: coordinates in a box of 0 … SIZE, no styles, no scripts."""

from collections.abc import Sequence
from dataclasses import dataclass

from .reliability import Estimate

SIZE = 200


@dataclass(frozen=True)
class Scatter:
    """points: (x, y, how many lie there); mark: where the pass mark cuts both sides."""

    points: list[tuple[float, float, int]]
    mark: float
    size: int = SIZE

    @property
    def unmark(self) -> float:
        return self.size - self.mark


def scatter(pairs: Sequence[tuple[float, float]], pass_mark: int) -> Scatter:
    """Return first and second totals (points of 100) as points; y grows downwards, as in SVG."""
    many: dict[tuple[float, float], int] = {}
    for first, second in pairs:
        place = (round(first * SIZE / 100, 1), round(SIZE - second * SIZE / 100, 1))
        many[place] = many.get(place, 0) + 1
    return Scatter([(x, y, times) for (x, y), times in sorted(many.items())], round(pass_mark * SIZE / 100, 1))


@dataclass(frozen=True)
class Dot:
    """A figure and its interval on a line from -reach to reach; None where there is none."""

    at: float | None
    low: float | None
    high: float | None
    width: float


def dots(estimates: Sequence[Estimate | None], *, reach: float) -> list[Dot]:
    """Return each figure as a dot with its interval; what lies beyond the reach is drawn at the end of the line."""

    def place(value: float) -> float:
        inside = max(-reach, min(reach, value))
        return round((inside + reach) / (2 * reach) * SIZE, 1)

    found = []
    for estimate in estimates:
        if estimate is None:
            found.append(Dot(None, None, None, 0))
        elif estimate.low is None:
            found.append(Dot(place(estimate.value), None, None, 0))
        else:
            low, high = place(estimate.low), place(estimate.high)
            found.append(Dot(place(estimate.value), low, high, round(max(high - low, 1), 1)))
    return found
