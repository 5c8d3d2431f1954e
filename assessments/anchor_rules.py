"""What anchors come to, as arithmetic on plain values: whether somebody qualifies, and when an anchor lies in the queue.

Knows no database. The same marks under the same rule always give the same verdict.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Rule:
    """What a qualification asks for.

    scripts: how many are marked; within: how many of them have to lie within both tolerances; total: points of 100;
    bands: bands apart on any one criterion; exact: percent of all criteria on which the band has to be the agreed one.
    """

    scripts: int
    within: int
    total: Decimal
    bands: int
    exact: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"total": str(self.total)}

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> "Rule":
        return cls(**{**found, "total": Decimal(found["total"])})


@dataclass(frozen=True)
class Gap:
    """One script: own total less the agreed one, and on each criterion by how many bands (+: more lenient)."""

    total: Decimal
    bands: Mapping[str, int]

    def lies_within(self, rule: Rule) -> bool:
        return abs(self.total) <= rule.total and all(abs(apart) <= rule.bands for apart in self.bands.values())


@dataclass(frozen=True)
class Verdict:
    """within, exact, criteria: counts; short: which demands were not met, of "within" and "exact"."""

    within: int
    exact: int
    criteria: int
    short: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.short


def judge(rule: Rule, gaps: Sequence[Gap]) -> Verdict:
    """Say whether these scripts, all that were asked for, qualify. Raises ValueError for another number of scripts."""
    if len(gaps) != rule.scripts:
        raise ValueError(f"{len(gaps)} scripts, not {rule.scripts}")
    within = sum(gap.lies_within(rule) for gap in gaps)
    places = [apart for gap in gaps for apart in gap.bands.values()]
    exact = sum(apart == 0 for apart in places)
    short = ["within"] if within < rule.within else []
    if exact * 100 < rule.exact * len(places):
        short.append("exact")
    return Verdict(within, exact, len(places), tuple(short))


def place_in(secret: str, marker: str, block: int, every: int) -> int:
    """Return at which of `every` scripts of a block the anchor lies, 0 … every - 1: as good as by lot for whoever lacks the
    secret, always the same for whoever has it."""
    digest = hmac.new(secret.encode(), f"{marker}:{block}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:6], "big") % every


def is_due(secret: str, marker: str, taken: int, last: int | None, every: int) -> bool:
    """Say whether the next script is to be an anchor.

    taken: how many scripts this marker took so far, anchors with them; last: how many that were when the last anchor was
    taken, None without one; every: one anchor in so many, 0 for none.
    """
    if every < 2:
        return False
    block = taken // every
    had = last is not None and last // every >= block
    return not had and taken % every >= place_in(secret, marker, block, every)


def still_to_come(secret: str, marker: str, taken: int, last: int | None, every: int, *, waiting: int, stock: int) -> int:
    """Return how many anchors the marker will meet while taking what waits now: the number a queue has to add to the scripts
    it counts, so that an anchor counts down like any other.

    stock: how many anchors there are for this marker.
    """
    found = 0
    while waiting > 0 and found < stock:
        if is_due(secret, marker, taken, last, every):
            found, last = found + 1, taken
        else:
            waiting -= 1
        taken += 1
    return found
