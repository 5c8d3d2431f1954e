"""The award rule on plain values."""

from decimal import Decimal

import pytest

from certificates.eligibility import CaseFact, Facts, ModuleHours, PartFact, evaluate

RULE = {"hours": {"modules": "syllabus"}, "cases": {"required": True, "at_least": 1}, "parts": {"each": True}}


def facts(*, earned="10", passed=True, total="80", part=True, part_total="80", levels=()):
    return Facts(
        hours=(ModuleHours("a", "甲", "A", Decimal("10"), Decimal(earned)),),
        cases=(
            CaseFact("c", "案例", "Case", True, passed, Decimal(total) if total else None, "r-1"),
            CaseFact("d", "选做", "Optional", False, None, None),
        ),
        parts=(PartFact("p", "案例", "Case work", 60, 100, Decimal(part_total) if part_total else None, part),),
        levels_held=frozenset(levels),
    )


def test_it_works():
    outcome = evaluate(facts(), RULE)
    assert outcome.ok
    assert outcome.missing == []


@pytest.mark.parametrize(
    ("change", "kind", "have"),
    [
        ({"earned": "9.99"}, "hours.module", "9.99"),
        ({"passed": False}, "cases.case", "80"),
        ({"passed": None, "total": None}, "cases.case", ""),
        ({"part": False, "part_total": "59.99"}, "parts.part", "59.99"),
        ({"part": None, "part_total": None}, "parts.part", ""),
    ],
)
def test_one_thing_missing_fails_the_whole_and_is_named(change, kind, have):
    outcome = evaluate(facts(**change), RULE)
    assert not outcome.ok
    assert (kind, have) in {(node.kind, node.have) for node in outcome.missing}


def test_exactly_enough_is_enough():
    assert evaluate(facts(earned="10.00"), RULE).ok


def test_a_case_that_is_not_required_need_not_be_done():
    assert not any(node.title == "选做" for node in evaluate(facts(), RULE).missing)


@pytest.mark.parametrize("rule", [{}, {"hours": {"modules": {}}}, {"parts": {"each": True}}])
def test_a_rule_over_nothing_awards_nothing(rule):
    nothing = Facts(hours=(), cases=(), parts=())
    try:
        assert not evaluate(nothing, rule).ok
    except ValueError:
        assert rule == {}


def test_hours_named_by_the_rule_and_a_module_nobody_has():
    outcome = evaluate(facts(), {"hours": {"modules": {"a": "5", "b": "1"}}})
    assert [(node.title, node.ok) for node in outcome.tree.children[0].children] == [("甲", True), ("b", False)]


def test_lower_level():
    assert not evaluate(facts(), {"lower_level": "junior"}).ok
    assert evaluate(facts(levels=["junior"]), {"lower_level": "junior"}).ok


@pytest.mark.parametrize("rule", [{"paid": True}, {"hours": {"modules": "syllabus", "waive": 1}}])
def test_conditions_we_do_not_know_are_refused(rule):
    with pytest.raises(ValueError, match="Unknown"):
        evaluate(facts(), rule)


def test_the_tree_is_plain_json_and_explains_itself_in_both_languages():
    tree = evaluate(facts(earned="9"), RULE).tree.as_json()
    line = tree["children"][0]["children"][0]
    assert (line["title"], line["title_en"], line["ok"], line["have"], line["need"]) == ("甲", "A", False, "9", "10")
