"""Which scripts a second look is taken at, as a decision on plain values: some by lot, some because of a risk.

The lot is drawn with a recorded seed from a recorded pool, so that the same draw can be made again. Knows no database.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

RANDOM = "random"
RISKS = ("near", "similar", "new_assessor", "outlying", "new_assignment")  # the order in which they are told


@dataclass(frozen=True)
class Size:
    """percent of the pool by lot, but at least `least` scripts; and at most `risky` more because of a risk."""

    percent: int
    least: int
    risky: int

    def by_lot(self, pool: int) -> int:
        return min(pool, max(self.least, math.ceil(pool * self.percent / 100)))

    def by_risk(self, risky: int) -> int:
        return min(risky, self.risky)


def draw(pool: Mapping[int, Sequence[str]], size: Size, *, seed: int) -> dict[int, list[str]]:
    """Return {script: why it was drawn}, "random" before risks.

    pool: {script: its risks}. Those with most risks come first, equal ones by the same lot. A script drawn by lot that has
    risks too is told both and takes no place of another.
    """
    lot = Random(seed)
    scripts = sorted(pool)
    order = lot.sample(scripts, len(scripts))
    random = set(order[: size.by_lot(len(scripts))])
    risky = sorted((script for script in order if pool[script]), key=lambda script: -len(pool[script]))  # stable
    chosen = {script for script in risky if script not in random}
    chosen = set([script for script in risky if script in chosen][: size.risky])
    return {
        script: ([RANDOM] if script in random else []) + [risk for risk in RISKS if risk in pool[script]]
        for script in scripts
        if script in random or script in chosen
    }


def outlying(pairs: Iterable[tuple[int, float, int, float]], *, least: int, limit: float) -> set[int]:
    """Return the assessors whose marks lie far from the others' on the same scripts.

    pairs: (assessor, total, other assessor, total) of each script marked twice. least: scripts needed to be judged;
    limit: most points of 100 by which the mean difference may be off.
    """
    apart: dict[int, list[float]] = {}
    for one, own, other, theirs in pairs:
        apart.setdefault(one, []).append(own - theirs)
        apart.setdefault(other, []).append(theirs - own)
    return {who for who, found in apart.items() if len(found) >= least and abs(sum(found) / len(found)) > limit}
