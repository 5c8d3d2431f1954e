"""Where on a page something is, in the reader's words."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from .passages import FILE
from .regions import GRID, as_fractions, cell_of

CELLS = {
    (1, 1): pgettext_lazy("on a page", "top left"),
    (1, 2): pgettext_lazy("on a page", "top"),
    (1, 3): pgettext_lazy("on a page", "top right"),
    (2, 1): pgettext_lazy("on a page", "left"),
    (2, 2): pgettext_lazy("on a page", "middle of the page"),
    (2, 3): pgettext_lazy("on a page", "right"),
    (3, 1): pgettext_lazy("on a page", "bottom left"),
    (3, 2): pgettext_lazy("on a page", "bottom"),
    (3, 3): pgettext_lazy("on a page", "bottom right"),
}
ROWS = {
    1: pgettext_lazy("on a page", "upper third"),
    2: pgettext_lazy("on a page", "middle third"),
    3: pgettext_lazy("on a page", "lower third"),
}


def where(region: Iterable[Decimal]) -> str:
    """Return in which part of the page the middle of a region lies. region: fractions."""
    return str(CELLS[cell_of(region)])


def place_words(note: Mapping[str, Any]) -> str:
    """Return page and place of a note of a draft, "" for one on a passage."""
    if not note["passage"].startswith(FILE):
        return ""
    page = _("File %(file)s, page %(page)s") % {"file": note["passage"].removeprefix(FILE), "page": note["start"]}
    if "region" not in note:
        return page
    return _("%(page)s, %(place)s") % {"page": page, "place": where(as_fractions(note["region"]).values())}


def choices() -> list[tuple[str, str]]:
    """Return (key of `regions.GRID`, words) for a form without a script, "" for the whole page first."""
    found = [("", str(pgettext_lazy("on a page", "the whole page")))]
    for key in GRID:
        row, _dot, column = key.partition(".")
        found.append((key, str(CELLS[int(row), int(column)] if column else ROWS[int(row)])))
    return found
