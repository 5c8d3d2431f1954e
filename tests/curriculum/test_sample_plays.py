"""The shipped cases played to their ends: every way of every variant, and the sample answers move by move with their sums."""

import pytest

from curriculum import bargaining, engine, tables
from curriculum.caserules import Negotiation
from curriculum.cases import CaseScript
from curriculum.paths import MOST, ways
from curriculum.playthrough import follow
from curriculum.sample.loader import HERE, case_files, new_case, read

CASES = {path.stem: path for path in case_files()}
ANSWERS = {path.stem: read(path) for path in sorted((HERE / "answers").glob("*.yaml"))}
ROOMED = [name for name, path in CASES.items() if any((s.get("negotiation") or {}).get("room") for s in read(path)["stages"])]
TALKED = [name for name, answer in ANSWERS.items() if "talks" in answer]


def script_of(name: str) -> CaseScript:
    return CaseScript.from_content(new_case(read(CASES[name]), None).serializable_data())


def plain(name: str) -> CaseScript:
    """The case as the sample answers were written for: its first variant, or itself."""
    script = script_of(name)
    return script.as_variant(script.variants[0].key) if script.variants else script


def moves(script: CaseScript, answer: dict) -> list[str]:
    """The row of choices of a sample answer, along the stages it really comes through."""
    way: list[str] = []
    while (stage := follow(script, way).stage) is not None:
        if stage.negotiation:
            way += answer["talks"][stage.key]
        else:
            way.append(answer["decisions"][stage.key] if stage.decision else "")
        assert not follow(script, way).astray, f"{stage.key}: {way[-1]}"
    return way


@pytest.mark.django_db
@pytest.mark.parametrize("name", CASES)
def test_every_way_comes_to_an_end(name):
    """No way stands still; where a case has rules, all of its ways are walked, none beyond what the debrief compares."""
    script = script_of(name)
    for variant in [variant.key for variant in script.variants] or [""]:
        found = ways(script.as_variant(variant))
        assert found and not [way.choices for way in found if way.stuck_at]
        if script.variables:
            assert len(found) < MOST, f"{len(found)} ways: the debrief would compare a part of them"


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name in CASES if read(CASES[name]).get("variables")])
def test_every_choice_can_be_taken_and_makes_a_difference(name):
    """Every option is open on some way, and every variable that is shown ends differently on different ways."""
    script = plain(name)
    found = ways(script)
    taken = {choice for way in found for choice in way.choices}
    for stage in script.stages:
        for option in stage.decision.options if stage.decision else ():
            assert (stage.key, option.key) in taken, f"{stage.key}/{option.key} is never open"
    for variable in script.variables:
        assert len({way.variables[variable.key] for way in found}) > 1, f"{variable.key} never changes"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ANSWERS)
def test_a_sample_answer_can_be_played_to_the_end(name):
    script = plain(name)
    play = follow(script, moves(script, ANSWERS[name]))
    assert play.stage is None and not play.astray


@pytest.mark.django_db
@pytest.mark.parametrize("name", TALKED)
def test_the_sums_of_a_sample_answer_are_those_of_the_table(name):
    """`outcomes` of an answer, to one decimal place, as they stood on the table when the deal was made."""
    script, answer = plain(name), ANSWERS[name]
    way = moves(script, answer)
    assert set(answer["outcomes"]) == set(answer["talks"])
    deals = follow(script, way).state.deals
    for key, wanted in answer["outcomes"].items():
        assert key in deals, f"{key}: no deal"
        moments = [follow(script, way[:place]).state for place in range(len(way))]
        last = [state for state in moments if state.stage.key == key][-1]
        talk = script.stage(key).negotiation
        figures = engine.outcomes(last, talk, deals[key])
        said = {outcome.key: figure[3] for outcome, figure in zip(talk.outcomes, figures, strict=True)}
        assert said == {outcome: pytest.approx(amount, abs=0.06) for outcome, amount in wanted.items()}


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name in CASES if any("negotiation" in s for s in read(CASES[name])["stages"])])
def test_a_counterpart_can_be_won_but_not_at_any_price(name):
    """Their own wishes are accepted at once; what costs them most is accepted in no round, however much they trust."""
    script = plain(name)
    for stage in script.stages:
        if not (talk := stage.negotiation):
            continue
        for side in [tables.view_of(talk, key) for key in talk.room.keys] if talk.room else [talk]:
            wishes, worst = ends_of(side)
            assert bargaining.answer(side, [wishes]).accepted
            assert not bargaining.answer(side, [worst] * talk.rounds, patience=0.2).accepted


def ends_of(side: Negotiation) -> tuple[dict, dict]:
    """What somebody wants most, and what costs them most."""
    wishes, worst = {}, {}
    for term in side.terms:
        values = sorted(term.choices, key=lambda choice: choice.value)
        wishes[term.key] = values[-1].key if term.kind == "choice" else term.best
        worst[term.key] = values[0].key if term.kind == "choice" else term.worst
    return wishes, worst


@pytest.mark.django_db
@pytest.mark.parametrize("name", ROOMED)
def test_a_table_has_common_ground(name):
    """The scripts of all seats come to a deal among themselves, and the sample answer's moves to one with them in a room."""
    script = plain(name)
    for stage in script.stages:
        if not (talk := stage.negotiation):
            continue
        terms, deal = tables.by_scripts(talk)
        assert deal and all(tables.takes(tables.view_of(talk, key), terms, talk.rounds) for key in talk.room.keys)
        table = tables.begin(talk)
        for choice in ANSWERS[name]["talks"][stage.key]:
            typed = dict(part.partition("=")[::2] for part in choice.removeprefix("offer:").split(";"))
            tables.happen(table, tables.Move(table.turn, "offer", bargaining.read_offer(talk, typed)))
            while not table.result and table.turn != talk.room.keys[0]:
                tables.happen(table, tables.scripted(talk, table))
        assert table.result == "deal"
