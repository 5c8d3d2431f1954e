"""The rules of a part that is not case work: a defence before a panel, a portfolio of deals. Pure.

They are read from the course page's draft, frozen with the edition, and stay as they were for a running cohort. A part
without them reads and hashes as before they existed.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .cases import criterion_from
from .streams import block_list

PANEL_LEAST, PANEL_MOST = 3, 5
JUDGED = ("defence", "portfolio")  # kinds of parts that have rules instead of cases


@dataclass(frozen=True)
class DefenceRules:
    """How a defence is held and decided.

    quorum: votes that have to be given; majority: "half" (more than half) or "two_thirds" (at least); tie: "chair" or
    "again" (one more round, after it the chair). work: state of the work product that lets it be defended; marks_shown:
    whether the panel sees its released result. choose: trainees take a slot themselves; moves: how often they may change
    it, until moves_hours before. attempts: how many, the first included; absence_counts: an unexcused absence is one.
    """

    seats_least: int = 3
    seats_most: int = 5
    quorum: int = 3
    majority: str = "half"
    tie: str = "chair"
    work: str = "handed_in"
    marks_shown: bool = False
    choose: bool = True
    moves: int = 1
    moves_hours: int = 48
    attempts: int = 2
    absence_counts: bool = True

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> "DefenceRules":
        """Read what a draft or a frozen part says; what is left empty stands as above."""
        return cls(**{k: value[k] for k in cls.__dataclass_fields__ if value.get(k) not in (None, "")})


@dataclass(frozen=True)
class PortfolioRules:
    """What a portfolio needs. deals: verified deals; kinds: of how many different kinds; years: only deals done in the
    last so many years count, 0 for no limit; referees: confirmations for each deal. referee_days: how long a referee's
    link is good; reminder_days: after how many days they are reminded; keep_days: after how many days their personal
    data is erased."""

    deals: int = 3
    kinds: int = 2
    years: int = 5
    referees: int = 1
    referee_days: int = 21
    reminder_days: int = 7
    keep_days: int = 365

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> "PortfolioRules":
        return cls(**{k: value[k] for k in cls.__dataclass_fields__ if value.get(k) not in (None, "")})


def rules_from(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return {"defence": {…, "rubric": […]}} or {"portfolio": {…}} of a part's block, {} for a part with neither.

    The rubric's lines are as in `CriterionSpec.as_json`. Only values that JSON keeps as they are.
    """
    if value["kind"] == "defence":
        for found in block_list(value.get("defence")):
            rubric = [criterion_from(line).as_json() for line in block_list(found.get("rubric"))]
            return {"defence": asdict(DefenceRules.read(found)) | {"rubric": rubric}}
    if value["kind"] == "portfolio":
        for found in block_list(value.get("portfolio")):
            return {"portfolio": asdict(PortfolioRules.read(found))}
    return {}


def problems(rules: Mapping[str, Any]) -> list[str]:
    """Return what contradicts itself in the rules of a part, as keys: seats, quorum, rubric, kinds. [] for no rules."""
    found = []
    if "defence" in rules:
        read = DefenceRules.read(rules["defence"])
        if not PANEL_LEAST <= read.seats_least <= read.seats_most <= PANEL_MOST:
            found.append("seats")
        if not PANEL_LEAST <= read.quorum <= read.seats_least:
            found.append("quorum")
        lines = rules["defence"].get("rubric") or []
        keys = [line["key"] for line in lines]
        if not lines or len(set(keys)) < len(keys) or any(_bad(line["bands"]) for line in lines):
            found.append("rubric")
    if "portfolio" in rules:
        read = PortfolioRules.read(rules["portfolio"])
        if read.kinds > read.deals:
            found.append("kinds")
    return found


def _bad(bands: list[dict[str, Any]]) -> bool:
    points = [band["points"] or 0 for band in bands]
    return len(bands) < 2 or not all(band["descriptor"] for band in bands) or points != sorted(set(points)) or not points[-1]


def competences(rules: Mapping[str, Any]) -> frozenset[str]:
    """Return the competences that the rubric of a defence names."""
    lines = rules.get("defence", {}).get("rubric", [])
    return frozenset(line["competence"] for line in lines if line["competence"])



