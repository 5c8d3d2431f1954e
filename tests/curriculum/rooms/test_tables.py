"""A table with three seats: turns, offers that everybody has to take, lapsing, the end, and what the scripts do."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curriculum import engine, tables
from curriculum.bargaining import read_offer
from curriculum.caserules import read_negotiation
from curriculum.cases import CaseScript
from curriculum.paths import SOMETIME, ways
from curriculum.playthrough import follow
from curriculum.tables import Move, Refused
from tests.curriculum.rooms.table import STAGES, TALK, VARIABLES
from tests.curriculum.test_case_script import content

TALKS = read_negotiation([TALK])
OFFER = {"fee": 100.0, "scope": "sole"}
OTHER = {"fee": 60.0, "scope": "sole"}


def script(**changes) -> CaseScript:
    talk = copy.deepcopy(TALK)
    change = changes.pop("change", None)
    if change:
        change(talk)
    stages = [{"type": "stage", "id": str(n), "value": value | ({"negotiation": [talk]} if value["negotiation"] else {})}
              for n, value in enumerate(STAGES)]  # fmt: skip
    variables = [{"type": "variable", "id": "v", "value": value} for value in VARIABLES]
    return CaseScript.from_content(content(stages=stages, variables=variables, **changes))


def table_after(*moves: tuple) -> tables.Table:
    return tables.play(TALKS, [Move(*move) for move in moves])


def test_everybody_has_to_take_an_offer():
    table = table_after(("school", "offer", OFFER), ("firm", "accept"))
    assert (table.turn, table.result, table.agreed) == ("fund", "", {"school", "firm"})
    assert table_after(("school", "offer", OFFER), ("firm", "accept"), ("fund", "accept")).result == "deal"


def test_a_counter_offer_replaces_what_lies_there_and_who_agreed_to_it():
    table = table_after(("school", "offer", OFFER), ("firm", "accept"), ("fund", "offer", OTHER))
    assert (table.offer, table.by, table.agreed, table.turn) == (OTHER, "fund", {"fund"}, "school")
    done = table_after(
        ("school", "offer", OFFER), ("firm", "accept"), ("fund", "offer", OTHER), ("school", "accept"), ("firm", "accept")
    )
    assert (done.result, done.offer) == ("deal", OTHER)


def test_a_rejection_takes_it_off_and_a_missed_turn_lets_it_lie_until_it_comes_round():
    assert table_after(("school", "offer", OFFER), ("firm", "reject")).offer is None
    lying = table_after(("school", "offer", OFFER), ("firm", "pass"))
    assert lying.offer == OFFER
    back = table_after(("school", "offer", OFFER), ("firm", "pass"), ("fund", "accept"))
    assert (back.offer, back.turn, back.result) == (None, "school", "")


@pytest.mark.parametrize(
    "moves, kind",
    [
        ([("firm", "offer", OFFER)], "not_your_turn"),
        ([("school", "accept")], "no_accept"),
        ([("school", "leave")], "no_leave"),
        ([("school", "offer", OFFER), ("firm", "leave")], "no_leave"),
        ([("school", "offer", OFFER), ("firm", "accept"), ("fund", "accept"), ("school", "offer", OFFER)], "over"),
    ],
)
def test_what_can_not_be_done(moves, kind):
    with pytest.raises(Refused) as refused:
        table_after(*moves)
    assert refused.value.kind == kind


def test_walking_away_ends_it_for_everybody_once_all_had_a_turn():
    first = [("school", "offer", OFFER), ("firm", "reject"), ("fund", "offer", OTHER)]
    assert table_after(*first, ("school", "leave")).result == "failure"


def test_what_lies_on_the_table_after_the_last_round_is_still_answered():
    rounds = [(seat, "offer", OFFER) for _turn in range(3) for seat in ("school", "firm", "fund")]
    table = table_after(*rounds)
    assert (table.result, table.allowed()) == ("", ("accept", "reject", "leave"))
    assert table_after(*rounds, ("school", "accept"), ("firm", "accept")).result == "deal"
    assert table_after(*rounds, ("school", "reject")).result == "failure"
    assert table_after(*rounds, ("school", "accept"), ("firm", "pass")).result == "failure"  # it lapses with nobody to offer


def test_a_seat_sees_by_its_own_weights():
    # school: fee 100 of 0 … 200 is half, weight 3; sole is 0.2, weight 1: (1.5 + 0.2) / 4
    assert tables.worth_to(TALKS, "school", OFFER) == pytest.approx(0.425)
    # firm: fee 100 is half, weight 2; sole is 1, weight 3: (1 + 3) / 5
    assert tables.worth_to(TALKS, "firm", OFFER) == pytest.approx(0.8)
    assert tables.refused_by(tables.view_of(TALKS, "firm"), {"fee": 190, "scope": "sole"}) == ("fee",)
    assert [o.key for o in tables.view_of(TALKS, "school").outcomes] == ["value", "secret"]
    assert [o.key for o in tables.view_of(TALKS, "firm").outcomes] == ["value"]


@given(st.lists(st.sampled_from(["offer", "accept", "reject", "pass", "leave"]), max_size=12), st.integers(0, 200))
def test_scripts_always_have_a_move_and_every_table_ends(kinds, fee):
    table = tables.begin(TALKS)
    for kind in kinds:
        try:
            tables.happen(table, Move(table.turn, kind, {"fee": float(fee), "scope": "plain"} if kind == "offer" else None))
        except Refused:
            continue
    left = 0
    while not table.result:
        move = tables.scripted(TALKS, table)
        assert move == tables.scripted(TALKS, table)
        if move.terms is not None:  # only what can be offered
            assert read_offer(TALKS, {key: str(value) for key, value in move.terms.items()}) == move.terms
        tables.happen(table, move)
        left += 1
        assert left <= 3 * 3 + 3


def test_scripts_find_the_common_ground():
    terms, deal = tables.by_scripts(TALKS)
    assert deal
    for key in TALKS.room.keys:
        assert tables.takes(tables.view_of(TALKS, key), terms, TALKS.rounds)


def test_a_case_with_a_room_is_sound_and_walked_to_its_ends():
    assert script().problems() == []
    assert {way.choices for way in ways(script())} == {(("table", "deal"),), (("table", "failure"),)}


def test_alone_in_a_preview_all_others_answer():
    play = follow(script(), ["offer:fee=200;scope=plain"])
    talked = play.state.rounds[0]
    assert (talked.accepted, talked.refused) == (False, ("fee",))
    assert all(tables.takes(tables.view_of(TALKS, key), talked.counter, 3) for key in ("firm", "fund"))
    assert follow(script(), ["offer:fee=200;scope=plain", "accept", ""]).stage is None
    assert follow(script(), ["offer:fee=60;scope=sole"]).stage.key == "table"  # the fund asks for more
    assert follow(script(), ["offer:fee=60;scope=sole"] * 2).stage.key == "end"


@pytest.mark.parametrize(("result", "budget"), [("deal", 110), ("failure", 9)])
def test_a_room_is_one_event_of_a_run(result, budget):
    case = script()
    state = engine.begin(case, at=SOMETIME)
    data = {"result": result, "terms": OFFER if result == "deal" else {}, "seat": "firm", "moves": []}
    engine.happen(case, state, engine.Event("room", "table", data, SOMETIME))
    assert (state.stage.key, state.variables["budget"]) == ("end", budget)
    assert state.deals == ({"table": OFFER} if result == "deal" else {})


def seats(talk):
    return talk["room"][0]["seats"]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda talk: seats(talk).__delitem__(slice(1, 3)), "room_seats"),
        (lambda talk: seats(talk).extend(copy.deepcopy(seats(talk))), "room_seats"),
        (lambda talk: seats(talk)[0].update(brief="<p> </p>"), "seat_without_brief"),
        (lambda talk: seats(talk)[0].update(profile=""), "seat_without_profile"),
        (lambda talk: seats(talk)[0].update(key="firm"), "seat_twice"),
        (lambda talk: seats(talk)[0]["terms"].pop(), "seat_without_term"),
        (lambda talk: seats(talk)[0]["terms"][0].update(term="nothing"), "seat_term_wrong"),
        (lambda talk: seats(talk)[0]["terms"][1]["values"].pop(), "seat_choices"),
        (lambda talk: seats(talk)[0]["terms"][0].update(best=0), "seat_range"),
        (lambda talk: seats(talk)[0].update(reserve=90), "negotiation_threshold"),
        (lambda talk: seats(talk)[0]["outcomes"][0].update(amount="nothing * 2"), "expression_unknown_name"),
        (lambda talk: talk["room"][0].update(minutes=0), "room_minutes"),
    ],
)
def test_what_is_checked_before_review(change, kind):
    found = [problem for problem in script(change=change).problems() if f":{kind}|" in problem]
    assert found and found[0].startswith("rule:table:")


def test_no_variants_at_one_table():
    variant = {"type": "variant", "id": "1", "value": {"key": "a", "title": "甲", "values": [{"name": "x", "value": "1"}]}}
    assert "rule:table:room_with_variants|" in script(variants=[variant]).problems()
