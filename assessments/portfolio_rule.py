"""Whether the deals of a portfolio suffice, as arithmetic on plain values. Knows no database.

The tree is what the trainee watches, what the verifier decides on, and what is kept with the result: it speaks both languages.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from curriculum.part_rules import PortfolioRules


@dataclass(frozen=True)
class DealFact:
    """verified: whether the base found the evidence sound; confirmed: how many referees confirmed it as it stands now."""

    kind: str
    title: str
    title_en: str
    done_on: date
    verified: bool
    confirmed: int


@dataclass(frozen=True)
class Portfolio:
    ok: bool
    counted: int
    kinds: int
    tree: list[dict[str, Any]]


def counts_from(on: date, years: int) -> date | None:
    """The first day of the last so many years; None without a limit."""
    if not years:
        return None
    try:
        return on.replace(year=on.year - years)
    except ValueError:  # the 29th of February
        return on.replace(year=on.year - years, day=28)


def evaluate(deals: Iterable[DealFact], rules: PortfolioRules, *, on: date) -> Portfolio:
    """Return whether the deals suffice on that day, with the tree of conditions.

    A deal counts when it is verified, confirmed by enough referees and not too old.
    """
    first = counts_from(on, rules.years)
    lines, counted = [], []
    for deal in deals:
        recent = (first is None or deal.done_on >= first) and deal.done_on <= on
        enough = deal.confirmed >= rules.referees
        good = deal.verified and enough and recent
        if good:
            counted.append(deal)
        children = [_node("deal.verified", "基地已核实", "verified by the base", deal.verified)]
        if rules.referees:
            children.append(
                _node("deal.referees", "证明人确认", "confirmed by referees", enough, deal.confirmed, rules.referees)
            )
        if first is not None:
            children.append(_node("deal.recent", f"近 {rules.years} 年内", f"within the last {rules.years} years", recent))
        lines.append(_node("deal", deal.title, deal.title_en, good, children=children))
    kinds = len({deal.kind for deal in counted})
    tree = [
        _node("deals", "已核实的业绩", "Verified deals", len(counted) >= rules.deals, len(counted), rules.deals, children=lines),
        _node("kinds", "业绩类型", "Different kinds", kinds >= rules.kinds, kinds, rules.kinds),
    ]
    return Portfolio(all(node["ok"] for node in tree), len(counted), kinds, tree)


def _node(kind: str, title: str, title_en: str, ok: bool, have: object = "", need: object = "", *,
          children: list[dict[str, Any]] | None = None) -> dict[str, Any]:  # fmt: skip
    return {"kind": kind, "title": title, "title_en": title_en, "ok": ok, "have": str(have), "need": str(need), "unit": "",
            "children": children or []}  # fmt: skip
