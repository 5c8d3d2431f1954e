"""Every way through a case: which there are, with what they end, and where one stands still."""

import copy

import pytest

from curriculum.cases import CaseScript
from curriculum.paths import compare, ways
from tests.curriculum.test_case_script import content
from tests.curriculum.test_engine import STAGES, effect, page, stream


def script(stages, variant="large") -> CaseScript:
    return CaseScript.from_content(page() | {"stages": stream(stages)}).as_variant(variant)


def test_every_way_with_its_end():
    found = ways(script(STAGES))
    assert [way.choices for way in found] == [
        (("visit", "users"), ("talk", "deal")),
        (("visit", "users"), ("talk", "failure")),
        (("visit", "price"),),
        (("visit", "test"), ("talk", "deal")),
        (("visit", "test"), ("talk", "failure")),
    ]
    assert [way.visited[-1] for way in found] == ["end"] * 5
    assert found[0].variables == {"budget": 126, "trust": 70}  # 30 - 4 + the middle ground of 100
    assert found[1].variables["trust"] == 60


def test_a_choice_closed_by_the_variant_is_no_way():
    assert len(ways(script(STAGES, "small"))) == 3  # the test costs more than there is


def test_a_case_without_rules_has_its_options():
    assert [way.choices for way in ways(CaseScript.from_content(content()))] == [(("visit", "users"),), (("visit", "price"),)]


def test_where_one_stands_still_and_what_nobody_reaches():
    stages = copy.deepcopy(STAGES)
    stages[2]["decision"] = [{"question": "?", "options": [
        {"key": "a", "text": "a", "consequence": "<p>a</p>", "next": "", "condition": "budget > 999"},
        {"key": "b", "text": "b", "consequence": "<p>b</p>", "next": "", "condition": ""},
    ]}]  # fmt: skip
    assert script(stages).problems() == []
    stages[0]["decision"][0]["options"][2]["condition"] = ""
    stages[2]["decision"][0]["options"][1]["routes"] = [{"condition": "budget > 0", "next": "end"}]
    stages.insert(3, {"key": "far", "title": "远", "narrative": "<p>远。</p>", "exhibits": [], "decision": []})
    assert "rule:far:never_reached|" in script(stages).problems()


def test_too_many_ways_are_not_all_walked():
    options = [{"key": k, "text": k, "consequence": "<p>x</p>", "next": ""} for k in "abcd"]
    decision = [{"question": "?", "options": options}]
    stages = [
        {"key": f"s{n}", "title": "x", "narrative": "<p>x</p>", "exhibits": [], "decision": decision}
        for n in range(12)
    ]
    whole = CaseScript.from_content(content() | {"stages": stream(stages)})
    assert len(ways(whole, most=50)) == 50
    assert whole.problems() == []


def test_ones_own_end_beside_the_others():
    whole = script(STAGES)
    lines = {line.key: line for line in compare(whole, {"budget": 26, "trust": 60}, ways(whole))}
    assert (lines["budget"].least, lines["budget"].most) == (1, 126)
    assert lines["budget"].better == 3
    assert lines["trust"].all == 5


@pytest.mark.parametrize("amount", ["-100", "budget * -1"])
def test_a_variable_that_runs_out_closes_choices(amount):
    stages = copy.deepcopy(STAGES)
    stages[0]["decision"][0]["options"][0]["effects"] = [effect("budget", amount)]
    assert ways(script(stages))[0].variables["budget"] == 100
