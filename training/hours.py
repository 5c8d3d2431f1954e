"""Hours (学时) as arithmetic on plain values: ledger rows in, hours per module out. Knows no database and no clock.

Counting rule "heartbeat-1":
- time on a lesson counts up to the lesson's nominal minutes, split evenly over its topics;
- attendance counts the minutes of the session on its topic; a case counts its nominal minutes once, when handed in;
- a reversal is a negative row and takes back exactly what its row gave;
- minutes become hours by the syllabus version's minutes per hour, rounded down to two places, once per module.

Nothing is cut off at a module's requirement: a surplus is shown; a test of the requirement uses `HoursLine.counted`.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

RULE_LESSON = "heartbeat-1"
RULE_ATTENDANCE = "attendance-1"
RULE_CASE = "case-1"

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Row:
    """Minutes on one topic. `item` names the lesson or case they were earned on, None for a class session."""

    topic: Hashable
    minutes: Decimal
    delivery: str
    item: Hashable | None = None


@dataclass(frozen=True)
class ModuleRule:
    """What one module asks for, in 学时, and which topics count towards it."""

    code: str
    required: Decimal
    topics: frozenset
    title: str = ""
    title_en: str = ""
    verified: bool = False


@dataclass(frozen=True)
class HoursLine:
    """Hours of one module. `earned` may exceed `required`; `counted` never does."""

    code: str
    earned: Decimal
    required: Decimal
    by_delivery: Mapping[str, Decimal] = field(default_factory=dict, hash=False)
    verified: bool = False  # whether the required hours were checked against the official text; False is shown as 示例
    title: str = ""
    title_en: str = ""

    @property
    def counted(self) -> Decimal:
        return min(self.earned, self.required)

    @property
    def missing(self) -> Decimal:
        return self.required - self.counted

    @property
    def surplus(self) -> Decimal:
        return self.earned - self.counted

    @property
    def met(self) -> bool:
        return self.earned >= self.required


def earned_by_module(
    records: Iterable[Row],
    modules: Iterable[ModuleRule],
    *,
    minutes_per_hour: int = 45,
    caps: Mapping[Hashable, int] | None = None,
) -> dict[str, HoursLine]:
    """Return the hours per module code, in the order of `modules`; a module without rows is there with 0.

    records: all rows of one enrolment, in any order, reversals negative.
    caps: nominal minutes per item; an item whose rows add up to more is scaled down to it.
    A row on a topic of no module counts nowhere. A module never goes below 0.
    Raises ValueError when minutes_per_hour is not positive.
    """
    if minutes_per_hour <= 0:
        raise ValueError("minutes_per_hour must be positive")
    records, modules, caps = list(records), list(modules), caps or {}
    totals: dict[Hashable, Fraction] = {}
    for row in records:
        if row.item is not None:
            totals[row.item] = totals.get(row.item, Fraction(0)) + Fraction(row.minutes)
    scale = {
        item: Fraction(caps[item]) / total for item, total in totals.items() if item in caps and total > caps[item]
    }
    module_of = {topic: module.code for module in modules for topic in module.topics}
    minutes: dict[str, dict[str, Fraction]] = {module.code: {} for module in modules}
    for row in records:
        code = module_of.get(row.topic)
        if code is None:
            continue
        part = Fraction(row.minutes) * scale.get(row.item, 1)
        minutes[code][row.delivery] = minutes[code].get(row.delivery, Fraction(0)) + part
    return {
        module.code: HoursLine(
            code=module.code,
            earned=to_hours(sum(minutes[module.code].values(), Fraction(0)), minutes_per_hour),
            required=module.required,
            by_delivery={
                delivery: to_hours(value, minutes_per_hour)
                for delivery, value in sorted(minutes[module.code].items())
                if value > 0
            },
            verified=module.verified,
            title=module.title,
            title_en=module.title_en,
        )
        for module in modules
    }


def to_hours(minutes: Fraction | Decimal | int, minutes_per_hour: int) -> Decimal:
    """Return minutes as 学时 with two places, rounded down, never below 0."""
    hundredths = max(Fraction(minutes), Fraction(0)) * 100 // minutes_per_hour
    return (Decimal(int(hundredths)) / 100).quantize(CENT, rounding=ROUND_DOWN)


def split_evenly(minutes: Decimal, parts: int) -> list[Decimal]:
    """Return `parts` shares with two places that add up to exactly `minutes`; the first ones carry the odd cents."""
    if parts <= 0:
        raise ValueError("nothing to split over")
    cents = int(minutes * 100)
    share, odd = divmod(cents, parts)
    return [Decimal(share + (1 if index < odd else 0)) / 100 for index in range(parts)]
