"""Nested conditions and the kinds beyond hours, cases and parts, on plain values."""

from decimal import Decimal

import pytest

from certificates.eligibility import (
    CaseFact,
    CompetenceFact,
    Facts,
    ModuleHours,
    PartFact,
    TopicFact,
    evaluate,
    wants,
)


def facts(**changes):
    values = {
        "hours": (ModuleHours("a", "甲", "A", Decimal(10), Decimal(6), exempt=Decimal(4), exempt_by=("s-1",)),),
        "cases": (CaseFact("c", "案例", "Case", True, True, Decimal(80), "r-1"),),
        "parts": (
            PartFact("case", "案例", "Case work", 60, 60, Decimal(80), True, kind="case"),
            PartFact("def", "答辩", "Defence", 60, 40, Decimal(70), True, kind="defence", approved=True, votes_for=3),
        ),
        "topics": (
            TopicFact("t1", "专题一", "Topic 1", True, Decimal(4), Decimal(4)),
            TopicFact("t2", "专题二", "Topic 2", True, Decimal(4), Decimal(2)),
            TopicFact("t3", "专题三", "Topic 3", False, Decimal(4), Decimal(0)),
        ),
        "competences": (CompetenceFact("law", "法律", "Law", "good"), CompetenceFact("ip", "知识产权", "IP", "reached")),
    }
    return Facts(**{**values, **changes})


def ok(rule, **changes):
    return evaluate(facts(**changes), rule).ok


MET, UNMET = {"cases": {"required": True}}, {"cases": {"at_least": 2}}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"all": [MET, MET]}, True),
        ({"all": [MET, UNMET]}, False),
        ({"any": [UNMET, MET]}, True),
        ({"any": [UNMET, UNMET]}, False),
        ({"at_least": {"number": 2, "of": [MET, UNMET, MET]}}, True),
        ({"at_least": {"number": 2, "of": [MET, UNMET]}}, False),
        ({"at_least": {"number": 0, "of": [UNMET]}}, False),  # nothing is awarded for nothing
        ({"all": [MET, {"any": [{"all": [MET, UNMET]}, {"at_least": {"number": 1, "of": [MET]}}]}]}, True),
        ({"all": [MET, {"all": []}]}, False),
        ({"any": []}, False),
    ],
)
def test_groups(rule, expected):
    assert ok(rule) is expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"hours": {"modules": "syllabus"}}, False),
        ({"hours": {"modules": "syllabus", "exemptions": True}}, True),
        ({"hours_total": {"at_least": "6"}}, True),
        ({"hours_total": {"at_least": "6.5"}}, False),
        ({"hours_total": {"at_least": "10", "exemptions": True}}, True),
        ({"topics": {"required": True}}, True),
        ({"topics": {"required": True, "full": True}}, False),
        ({"parts": {"kinds": {"case": 80}}}, True),
        ({"parts": {"kinds": {"case": 81}}}, False),
        ({"parts": {"kinds": {"theory": 60}}}, False),  # the course has no such part
        ({"total": {"at_least": "76"}}, True),  # (60·80 + 40·70) / 100
        ({"total": {"at_least": "76.01"}}, False),
        ({"competences": {"level": "good", "codes": ["law"]}}, True),
        ({"competences": {"level": "good", "codes": ["law", "ip"]}}, False),
        ({"competences": {"level": "reached", "codes": ["finance"]}}, False),
        ({"competences": {"level": "reached", "at_least": 2}}, True),
        ({"competences": {"level": "excellent", "at_least": 1}}, False),
        ({"panel": {"votes": 3}}, True),
        ({"panel": {"votes": 4}}, False),
    ],
)
def test_kinds(rule, expected):
    assert ok(rule) is expected


def test_votes_without_the_panels_approval_are_not_enough():
    part = PartFact("def", "答辩", "Defence", 60, 100, Decimal(70), False, kind="defence", approved=False, votes_for=3)
    assert not ok({"panel": {"votes": 2}}, parts=(part,))
    assert not ok({"panel": {"votes": 1}}, parts=())  # nor a course without a defence


def test_a_topic_nobody_studied_is_named():
    bare = TopicFact("t9", "专题九", "Topic 9", True, Decimal(4), Decimal(0))
    assert [n.title for n in evaluate(facts(topics=(bare,)), {"topics": {"required": True}}).missing] == ["专题九"]


def test_an_open_part_leaves_the_total_open():
    part = PartFact("case", "案例", "Case work", 60, 100, None, None, kind="case")
    node = evaluate(facts(parts=(part,)), {"total": {"at_least": "60"}}).tree.children[0]
    assert (node.ok, node.have) == (False, "")


def test_exempted_hours_name_the_statement():
    line = evaluate(facts(), {"hours": {"modules": "syllabus", "exemptions": True}}).tree.children[0].children[0]
    assert (line.have, line.evidence) == ("10", "s-1")
    assert "4" in line.reason and "4" in line.reason_en


def test_what_a_met_alternative_left_open_is_not_missing():
    assert evaluate(facts(), {"any": [UNMET, MET]}).missing == []


def test_the_first_rules_give_the_trees_they_gave():
    """Kinds side by side, in the order of old, without a member that did not exist."""
    tree = evaluate(facts(), {"parts": {"each": True}, "cases": {"required": True}, "hours": {"modules": "syllabus"}}).tree
    assert [child.kind for child in tree.children] == ["hours", "cases", "parts"]
    assert set(tree.as_json()) == {"kind", "title", "title_en", "ok", "have", "need", "unit", "evidence", "children"}


@pytest.mark.parametrize("rule", [{"any": [{"paid": 1}]}, {"all": ["x"]}, {"all": [{"any": [], "cases": {}}]}])
def test_what_we_do_not_know_is_refused_however_deep(rule):
    with pytest.raises(ValueError, match=r"Unknown|object"):
        ok(rule)


def test_only_what_a_rule_asks_for_is_read():
    assert wants({"hours": {"modules": "syllabus"}, "cases": {}}) == set()
    rule = {"any": [{"lower_level": "junior"}, {"all": [{"hours_total": {"at_least": "1", "exemptions": True}}]}]}
    assert wants(rule, {"topics": {"required": True}}) == {"levels", "exemptions", "topics"}
