"""A case with state, event by event: variables, conditions, ways, news, negotiation, pauses."""

from datetime import UTC, datetime, timedelta

import pytest

from curriculum import engine
from curriculum.cases import CaseScript
from curriculum.engine import Event, Refused
from tests.curriculum.test_case_script import content

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)


def later(minutes: float) -> datetime:
    return AT + timedelta(minutes=minutes)


def effect(variable: str, amount: str, how: str = "add") -> dict:
    return {"variable": variable, "amount": amount, "how": how}


VARIABLES = [
    {"key": "budget", "title": "预算", "title_en": "Budget", "unit": "万元", "start": "{{money}}", "least": "0", "shown": True},
    {"key": "trust", "title": "信任", "title_en": "Trust", "unit": "", "start": "50", "least": "0", "most": "100", "shown": True},
]
COUNTERPARTS = [
    {"key": "firm", "name": "示例热能", "kind": "enterprise", "profile": "<p>想要独占。</p>", "brief": "<p>底线 100。</p>"}
]
VARIANTS = [
    {"key": "small", "title": "小预算", "values": [{"name": "money", "value": "10"}]},
    {"key": "large", "title": "大预算", "values": [{"name": "money", "value": "30"}]},
]
STAGES = [
    {
        "key": "visit", "title": "走访", "narrative": "<p>预算 {{money}} 万元。</p>", "exhibits": ["memo"],
        "decision": [{"question": "先问什么?", "options": [
            {"key": "users", "text": "问用户", "consequence": "<p>得到来信。</p>", "next": "",
             "effects": [effect("budget", "-4"), effect("trust", "min(20, budget)")], "releases": ["data"]},
            {"key": "price", "text": "问预算", "consequence": "<p>不愿说。</p>", "next": "",
             "effects": [effect("trust", "-90")], "routes": [{"condition": "trust < 10", "next": "end"}]},
            {"key": "test", "text": "做测试", "consequence": "<p>贵。</p>", "next": "", "condition": "budget >= 20",
             "effects": [effect("budget", "1", "set")]},
        ]}],
        "injects": [
            {"key": "call", "title": "来电", "text": "<p>总经理来电。</p>", "after": 10, "condition": "budget > 5",
             "effects": [effect("trust", "5")], "releases": []},
            {"key": "never", "title": "不会发生", "text": "<p>。</p>", "after": 0, "condition": "budget > 1000",
             "effects": [], "releases": []},
        ],
    },
    {
        "key": "talk", "title": "谈判", "narrative": "<p>谈。</p>", "exhibits": [], "decision": [],
        "negotiation": [{
            "counterpart": "firm", "rounds": 3, "opening": 80, "reserve": 50,
            "terms": [{"key": "fee", "label": "入门费", "kind": "number", "unit": "万元", "weight": 1, "least": 0, "most": 200,
                       "step": 5, "best": 0, "worst": 200}],
            "outcomes": [{"key": "value", "title": "现值", "unit": "万元", "amount": "fee + annuity(10, 10, 2)"}],
            "on_deal": [effect("budget", "fee")], "on_failure": [effect("trust", "-10")],
            "deal_text": "<p>成交。</p>", "failure_text": "<p>破裂。</p>", "next_failure": "end",
        }],
    },
    {"key": "after", "title": "履约", "narrative": "<p>履约。</p>", "exhibits": [], "decision": []},
    {"key": "end", "title": "收尾", "narrative": "<p>收尾。</p>", "exhibits": [], "decision": []},
]  # fmt: skip


def stream(values):
    return [{"type": "x", "value": value, "id": str(place)} for place, value in enumerate(values)]


def page(**changes):
    own = {"variables": stream(VARIABLES), "counterparts": stream(COUNTERPARTS), "variants": stream(VARIANTS)}
    return content(**own, stages=stream(STAGES), **changes)


@pytest.fixture
def script() -> CaseScript:
    whole = CaseScript.from_content(page())
    assert whole.problems() == []
    return whole.as_variant("large")


@pytest.fixture
def state(script):
    return engine.begin(script, at=AT)


def decide(script, state, option, minutes=1.0):
    engine.happen(script, state, Event("decide", state.stage.key, {"option": option}, later(minutes)))


def offer(script, state, fee):
    said = engine.reply(state, {"fee": fee})
    answer = {"accepted": said.accepted, "counter": said.counter, "refused": said.refused, "over": said.over}
    engine.happen(script, state, Event("offer", "talk", {"offer": {"fee": fee}, "answer": answer}, later(2)))
    return said


def test_a_variant_fills_numbers_and_texts(script, state):
    assert state.variables == {"budget": 30, "trust": 50}
    assert "预算 30 万元" in script.first_stage.narrative
    small = engine.begin(CaseScript.from_content(page()).as_variant("small"), at=AT)
    assert small.variables["budget"] == 10


def test_effects_follow_one_another_and_stay_within_limits(script, state):
    decide(script, state, "users")
    assert state.variables == {"budget": 26, "trust": 70}  # min(20, 26)
    assert {exhibit.key for exhibit in engine.visible(script, state)} == {"memo", "data"}


def test_a_way_that_depends_on_a_variable(script, state):
    decide(script, state, "price")
    assert state.variables["trust"] == 0  # not below
    assert state.stage.key == "end"


def test_a_choice_that_is_closed_cannot_be_taken(script, state):
    assert [option.key for option in engine.open_options(state)] == ["users", "price", "test"]
    state.variables["budget"] = 5
    assert [option.key for option in engine.open_options(state)] == ["users", "price"]
    with pytest.raises(Refused) as refused:
        decide(script, state, "test")
    assert refused.value.kind == "no_such_choice"
    state.variables["budget"] = 20
    decide(script, state, "test")
    assert state.variables["budget"] == 1  # set, not added


def test_news_breaks_in_when_its_time_has_come(script, state):
    assert engine.due_news(state, at=later(9.9)) == []
    assert engine.seconds_to_news(state, at=later(9)) == 60
    assert [inject.key for inject in engine.due_news(state, at=later(10))] == ["call"]
    engine.happen(script, state, Event("inject", "visit", {"key": "call"}, later(10)))
    assert state.variables["trust"] == 55
    assert engine.due_news(state, at=later(99)) == []
    with pytest.raises(Refused):
        engine.happen(script, state, Event("inject", "visit", {"key": "call"}, later(11)))


def test_the_clock_stands_still_in_a_pause(script, state):
    engine.happen(script, state, Event("pause", "visit", {}, later(4)))
    assert engine.due_news(state, at=later(60)) == []
    assert engine.seconds_to_news(state, at=later(60)) is None
    with pytest.raises(Refused) as refused:
        decide(script, state, "users")
    assert refused.value.kind == "paused"
    engine.happen(script, state, Event("resume", "visit", {}, later(64)))
    assert engine.due_news(state, at=later(69)) == []
    assert engine.due_news(state, at=later(70))


def test_a_negotiation_to_a_deal(script, state):
    decide(script, state, "users")
    assert engine.outcomes(state, state.stage.negotiation, {"fee": 100})[0][3] == pytest.approx(117.36, abs=0.01)
    said = offer(script, state, 150)
    assert (said.accepted, state.stage.key) == (False, "talk")
    assert said.counter["fee"] < 150
    engine.happen(script, state, Event("accept", "talk", {}, later(3)))
    assert state.deals["talk"] == {"fee": said.counter["fee"]}
    assert state.variables["budget"] == 26 + said.counter["fee"]
    assert state.stage.key == "after"
    assert engine.holds('deal("talk") and agreed("talk", "fee") > 0', state)


def test_trust_makes_them_patient(script, state):
    decide(script, state, "users")
    state.variables["trust"] = 100
    patient = engine.reply(state, {"fee": 75})
    state.variables["trust"] = 0
    assert patient.asked < engine.reply(state, {"fee": 75}).asked
    assert engine.reply(state, {"fee": 75}).worth == patient.worth


def test_a_negotiation_that_fails(script, state):
    decide(script, state, "users")
    with pytest.raises(Refused):  # nobody leaves before having offered anything
        engine.happen(script, state, Event("leave", "talk", {}, later(2)))
    for _round in range(3):
        said = offer(script, state, 200)
    assert said.over
    with pytest.raises(Refused) as refused:
        offer(script, state, 200)
    assert refused.value.kind == "no_more_rounds"
    engine.happen(script, state, Event("leave", "talk", {}, later(5)))
    assert (state.stage.key, state.variables["trust"], state.failed) == ("end", 60, {"talk"})


def test_the_state_is_the_events(script):
    """Whatever was done event by event comes out the same when all events are read again."""
    events = [
        Event("inject", "visit", {"key": "call"}, later(10)),
        Event("decide", "visit", {"option": "users"}, later(12)),
        Event("offer", "talk", {"offer": {"fee": 20}, "answer": {"accepted": True}}, later(14)),
        Event("decide", "after", {}, later(15)),
        Event("decide", "end", {}, later(16)),
    ]
    step = engine.begin(script, at=AT)
    for event in events:
        engine.happen(script, step, event)
    whole = engine.replay(script, events, started_at=AT)
    assert whole == step
    assert whole.stage is None
    assert whole.visited == ["visit", "talk", "after", "end"]
    with pytest.raises(Refused):
        engine.happen(script, whole, Event("decide", "end", {}, later(17)))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda s: s[0]["decision"][0]["options"][0]["effects"][0].update(variable="nothing"), "unknown_variable|nothing"),
        (lambda s: s[0]["decision"][0]["options"][0]["effects"][0].update(amount="1 +"), "expression_unfinished"),
        (lambda s: s[0]["decision"][0]["options"][0].update(releases=["nothing"]), "unknown_release|nothing"),
        (
            lambda s: s[0]["decision"][0]["options"][1]["routes"][0].update(condition="visited('nowhere')"),
            "expression_unknown_place",
        ),
        (lambda s: s[0]["injects"][0].update(condition="chose('visit')"), "expression_arguments|chose"),
        (lambda s: s[1]["negotiation"][0].update(counterpart="nobody"), "unknown_counterpart|nobody"),
        (lambda s: s[1]["negotiation"][0].update(reserve=90), "negotiation_threshold"),
        (lambda s: s[1]["negotiation"][0]["terms"][0].update(most=0), "term_without_range|fee"),
        (lambda s: s[1]["negotiation"][0]["outcomes"][0].update(amount="royalty"), "expression_unknown_name|royalty"),
        (lambda s: s[0].update(narrative="<p>{{other}}</p>"), "placeholder_empty|other"),
    ],
)
def test_what_the_author_is_told(change, problem):
    import copy

    from curriculum.wording import case_problem

    stages = copy.deepcopy(STAGES)
    change(stages)
    found = CaseScript.from_content(page() | {"stages": stream(stages)}).problems()
    assert any(problem in line for line in found), found
    assert all(case_problem(line) for line in found)
