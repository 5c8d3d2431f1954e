"""The arithmetic of a panel's votes."""

from decimal import Decimal

import pytest

from assessments.panel import Ballot, decide

RULES = {"quorum": 3, "majority": "half", "tie": "chair", "pass_mark": 60}


def ballots(text: str, points: int = 70) -> list[Ballot]:
    """Read "+" for, "-" against; a capital C before a sign makes that member the chair."""
    found, chair = [], False
    for sign in text:
        if sign == "C":
            chair = True
        else:
            found.append(Ballot(sign == "+", Decimal(points), chair))
            chair = False
    return found


@pytest.mark.parametrize(
    ("votes", "changes", "state"),
    [
        ("+++", {}, "passed"),
        ("++-", {}, "passed"),
        ("+--", {}, "failed"),
        ("++", {}, "no_quorum"),
        ("", {}, "no_quorum"),
        ("+++--", {"quorum": 5}, "passed"),
        ("C++--", {}, "passed"),  # a tie: the chair's vote
        ("C-++-", {}, "failed"),
        ("++--", {}, "failed"),  # a tie without a chair is not carried
        ("C++--", {"tie": "again"}, "again"),
        ("C++--", {"tie": "again", "round": 2}, "passed"),
        ("C-++-", {"tie": "again", "round": 2}, "failed"),
        ("++-", {"majority": "two_thirds"}, "passed"),
        ("C++--", {"majority": "two_thirds"}, "failed"),
        ("+++-", {"majority": "two_thirds"}, "passed"),
        ("+++--", {"majority": "two_thirds"}, "failed"),
        ("+++", {"pass_mark": 71}, "failed"),  # carried, but the points don't reach the pass mark
    ],
)
def test_decisions(votes, changes, state):
    assert decide(ballots(votes), **{**RULES, **changes}).state == state


def test_points_are_the_mean_of_all_who_voted():
    votes = [Ballot(True, Decimal("71")), Ballot(True, Decimal("70")), Ballot(False, Decimal("50"))]
    found = decide(votes, **RULES)
    assert (found.mean, found.votes_for, found.votes_against, found.by_chair) == (Decimal("63.67"), 2, 1, False)
    assert [node["ok"] for node in found.tree()] == [True, True, True]


def test_a_refusal_says_what_was_missing():
    found = decide(ballots("C+---"), **RULES)
    assert found.approved is False and [node["ok"] for node in found.tree()] == [True, False, True]


def test_an_unknown_rule_is_refused():
    with pytest.raises(ValueError):
        decide(ballots("+++"), **{**RULES, "majority": "most"})
