"""Places on a page of a file, as notes have them. Pure: no database, no request.

A region is [left, top, right, bottom] in ten-thousandths of the page: whole numbers, so that the browser and the server write
the same JSON for the same place. In the database they are fractions from 0 to 1.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

Region = tuple[int, int, int, int]
WHOLE = 10_000
EDGES = ("left", "top", "right", "bottom")
_CUTS = (0, 3333, 6667, WHOLE)


def _grid() -> dict[str, Region]:
    """Thirds of a page, across and down, for who has no script: "1.2" is the first row, second column; "2" the whole row."""
    cells: dict[str, Region] = {}
    for row in range(3):
        cells[f"{row + 1}"] = (0, _CUTS[row], WHOLE, _CUTS[row + 1])
        for column in range(3):
            cells[f"{row + 1}.{column + 1}"] = (_CUTS[column], _CUTS[row], _CUTS[column + 1], _CUTS[row + 1])
    return cells


GRID = _grid()


def read(value: Any) -> Region | None:
    """Return a region as it was sent, None for what is none or has no extent."""
    if not isinstance(value, list | tuple) or len(value) != 4 or not all(type(edge) is int for edge in value):
        return None
    left, top, right, bottom = value
    if 0 <= left < right <= WHOLE and 0 <= top < bottom <= WHOLE:
        return left, top, right, bottom
    return None


def as_fractions(region: Iterable[int]) -> dict[str, Decimal]:
    """{edge: fraction of the page}, as the database keeps them."""
    return {edge: Decimal(value) / WHOLE for edge, value in zip(EDGES, region, strict=True)}


def in_pixels(region: Iterable[Decimal], width: int, height: int) -> tuple[int, int, int, int]:
    """Return x, y, width and height on a picture of that size. region: fractions, in the order of `EDGES`."""
    left, top, right, bottom = region
    x, y = round(left * width), round(top * height)
    return x, y, max(1, round(right * width) - x), max(1, round(bottom * height) - y)


def cell_of(region: Iterable[Decimal]) -> tuple[int, int]:
    """Return the row and the column (1 to 3) of the third in which the middle of a region lies. region: fractions."""
    left, top, right, bottom = region
    return _third((top + bottom) / 2), _third((left + right) / 2)


def _third(middle: Decimal) -> int:
    return min(3, int(middle * 3) + 1)
