"""What the votes of a panel come to, as arithmetic on plain values. Knows no database.

The tree of conditions is kept with the result and shown to the trainee, so it speaks both languages by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .scoring import mean

MAJORITIES = {"half": ("超过半数", "more than half"), "two_thirds": ("三分之二以上", "at least two thirds")}


@dataclass(frozen=True)
class Ballot:
    """One member's vote. total: points of 100 by the rubric. Members with a conflict give none."""

    passed: bool
    total: Decimal
    chair: bool = False


@dataclass(frozen=True)
class Decision:
    """state: "passed", "failed", "again" (a further round) or "no_quorum".

    approved: whether the votes carry it, whatever the points; by_chair: the chair's vote broke a tie. mean: of the points
    of all who voted, None without a vote; a result needs the votes and the part's pass mark.
    """

    state: str
    votes_for: int
    votes_against: int
    quorum: int
    majority: str
    mean: Decimal | None
    pass_mark: int
    approved: bool | None
    by_chair: bool = False

    @property
    def is_final(self) -> bool:
        return self.state in ("passed", "failed")

    def tree(self) -> list[dict[str, Any]]:
        """The conditions as `components/tree.html` draws them."""
        given = self.votes_for + self.votes_against
        wanted = MAJORITIES[self.majority]
        chair = ("（票数相等，以组长一票为准）", " (a tie; the chair's vote decided)") if self.by_chair else ("", "")
        return [
            _node("panel.quorum", "出席表决人数", "Votes given", given >= self.quorum, given, self.quorum),
            _node(
                "panel.majority", f"赞成票{wanted[0]}，反对 {self.votes_against} 票{chair[0]}",
                f"Votes for: {wanted[1]}; {self.votes_against} against{chair[1]}", bool(self.approved), self.votes_for, "",
            ),
            _node(
                "panel.mean", "量规平均分", "Mean points by the rubric", self.mean is not None and self.mean >= self.pass_mark,
                "" if self.mean is None else f"{self.mean.normalize():f}", self.pass_mark, unit="points",
            ),
        ]  # fmt: skip


def _node(kind: str, title: str, title_en: str, ok: bool, have: object, need: object, unit: str = "") -> dict[str, Any]:
    return {
        "kind": kind, "title": title, "title_en": title_en, "ok": ok, "have": str(have), "need": str(need), "unit": unit,
        "children": [],
    }  # fmt: skip


def decide(
    ballots: Iterable[Ballot], *, quorum: int, majority: str, tie: str, pass_mark: int, round: int = 1
) -> Decision:
    """Return what the ballots of one round come to.

    majority: "half" = more than half of the votes given, "two_thirds" = at least two thirds of them. A tie exists only
    with "half": tie "again" asks for a second round, once; then, as with "chair", the chair's vote decides. Without a
    vote of the chair a tie is not carried. Raises ValueError for a rule this version does not know.
    """
    if majority not in MAJORITIES or tie not in ("chair", "again"):
        raise ValueError(f"{majority}, {tie}")
    ballots = list(ballots)
    yes = sum(ballot.passed for ballot in ballots)
    no = len(ballots) - yes
    points = mean(ballot.total for ballot in ballots) if ballots else None

    def told(state: str, approved: bool | None, by_chair: bool = False) -> Decision:
        return Decision(state, yes, no, quorum, majority, points, pass_mark, approved, by_chair)

    if len(ballots) < quorum or points is None:
        return told("no_quorum", None)
    if majority == "two_thirds":
        approved, by_chair = yes * 3 >= len(ballots) * 2, False
    elif yes == no:
        if tie == "again" and round == 1:
            return told("again", None)
        chair = next((ballot for ballot in ballots if ballot.chair), None)
        approved, by_chair = chair is not None and chair.passed, chair is not None
    else:
        approved, by_chair = yes > no, False
    return told("passed" if approved and points >= pass_mark else "failed", approved, by_chair)
