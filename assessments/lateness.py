"""Handing in late: how late it is, whether it is still taken, and what is taken off. Plain values, knows no database.

The score itself is never changed: what is taken off stands beside it, with the rule it came from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")
DAY = timedelta(days=1)
CLOSED, UNTIL, OPEN = "closed", "until", "open"  # after the due time: not taken, taken until a day, taken for good
NOTHING, POINTS, PERCENT = "none", "points", "percent"


@dataclass(frozen=True)
class Rule:
    """When a work product is due and what follows when it comes later.

    due: the person's own, with an extension. accept: CLOSED, UNTIL (`until`) or OPEN. kind: NOTHING, POINTS of 100 or PERCENT
    of the score, `per_day` for every day that has begun. cap: most that is taken off, in the same unit, None: no limit.
    floor: points of 100 below which lateness alone brings no score.
    """

    due: datetime
    accept: str = OPEN
    until: datetime | None = None
    kind: str = NOTHING
    per_day: Decimal = Decimal(0)
    cap: Decimal | None = None
    floor: Decimal = Decimal(0)
    extended: bool = False

    def takes(self, at: datetime) -> bool:
        """Say whether it is still taken at that moment; at the due time itself it is."""
        if at <= self.due or self.accept == OPEN:
            return True
        return self.accept == UNTIL and self.until is not None and at <= max(self.until, self.due)

    def late_by(self, at: datetime) -> timedelta:
        """How long after the due time; nothing when in time."""
        return max(at - self.due, timedelta(0))

    def frozen(self, at: datetime) -> dict[str, Any]:
        """What is kept with a hand-in: the rule as it held then, and how late it was. JSON values."""
        return {
            "due": self.due.astimezone(UTC).isoformat(timespec="seconds"),
            "extended": self.extended,
            "kind": self.kind,
            "per_day": f"{self.per_day:f}",
            "cap": None if self.cap is None else f"{self.cap:f}",
            "floor": f"{self.floor:f}",
            "seconds": seconds_of(self.late_by(at)),
        }


def seconds_of(late: timedelta) -> int:
    """Whole seconds, begun ones counted."""
    return -(-late // timedelta(seconds=1))


def started_days(seconds: int) -> int:
    """How many days have begun: one second is one day, nothing is none."""
    return -(-seconds // 86400) if seconds > 0 else 0


def deduction(total: Decimal, late: Mapping[str, Any]) -> Decimal:
    """Return the points of 100 that are taken off a score, two decimals, half up.

    late: what `Rule.frozen` gave; {} for work without a due time. Never more than what lies above the floor.
    """
    days = started_days(int(late.get("seconds", 0)))
    if not days or late["kind"] == NOTHING:
        return Decimal(0)
    amount = Decimal(late["per_day"]) * days
    if late["cap"] is not None:
        amount = min(amount, Decimal(late["cap"]))
    points = amount if late["kind"] == POINTS else total * min(amount, Decimal(100)) / 100
    above = max(total - Decimal(late["floor"]), Decimal(0))
    return min(points, above).quantize(CENT, ROUND_HALF_UP)


def counted(total: Decimal, late: Mapping[str, Any]) -> Decimal:
    """Return what counts of a score: the score less what lateness takes off."""
    return total - deduction(total, late)
