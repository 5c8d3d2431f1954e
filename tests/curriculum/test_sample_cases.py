"""The shipped cases played in every way there is, and the sample work products held against their cases."""

import pytest

from curriculum.sample.loader import HERE, case_files, lesson_files, read

LEVELS = ("junior", "intermediate", "senior")
CASES = {path.stem: read(path) for path in case_files()}
ANSWERS = {path.stem: read(path) for path in sorted((HERE / "answers").glob("*.yaml"))}
SYLLABUS = {level["code"]: level for level in read(HERE / "syllabus-2020.yaml")["levels"]}

every_case = pytest.mark.parametrize("name", CASES)
every_answer = pytest.mark.parametrize("name", ANSWERS)


def followers(stage: dict) -> set[str]:
    """The keys of the stages that may follow, whatever the conditions; "" is the stage below."""
    if "negotiation" in stage:
        return {stage["negotiation"].get(way) or "" for way in ("next_deal", "next_failure")}
    options = stage.get("decision", {}).get("options", [{}])
    return {way.get("next") or "" for option in options for way in (option, *option.get("routes", []))}


def earned(stages: list[dict]) -> set[str]:
    """The exhibits that only a decision or a piece of news brings: whoever does not ask never sees them."""
    options = [option for stage in stages for option in stage.get("decision", {}).get("options", [])]
    news = [inject for stage in stages for inject in stage.get("injects", [])]
    brought = {key for thing in (*options, *news) for key in thing.get("releases", [])}
    return brought - {key for stage in stages for key in stage.get("exhibits", [])}


def routes(stages: list[dict]) -> set[tuple[str, ...]]:
    """Every sequence of stages that some choice of options leads through."""
    keys = [stage["key"] for stage in stages]
    found = set()

    def walk(place: int, so_far: tuple[str, ...]) -> None:
        stage = stages[place]
        assert stage["key"] not in so_far, f"a circle at {stage['key']}"
        so_far += (stage["key"],)
        for following in followers(stage):
            place_next = keys.index(following) if following else place + 1
            if place_next < len(stages):
                walk(place_next, so_far)
            else:
                found.add(so_far)

    walk(0, ())
    return found


def nothing_cut(node, where: str) -> None:
    """`{title: one, two}` is a title “one” and a key “two” without a value: a comma that wanted quotation marks."""
    if isinstance(node, dict):
        for key, child in node.items():
            assert child is not None, f"{where}: “{key}” has no value; is a comma missing its quotation marks?"
            nothing_cut(child, where)
    elif isinstance(node, list):
        for child in node:
            nothing_cut(child, where)


@every_case
def test_every_way_through_reaches_the_end_and_shows_every_exhibit(name):
    stages = CASES[name]["stages"]
    ways = routes(stages)
    assert {key for way in ways for key in way} == {stage["key"] for stage in stages}, "a stage nobody reaches"
    exhibits = {exhibit["key"] for exhibit in CASES[name]["exhibits"]} - earned(stages)
    for way in ways:
        assert way[-1] == stages[-1]["key"], f"{way} ends early"
        shown = {key for stage in stages if stage["key"] in way for key in stage.get("exhibits", [])}
        assert shown == exhibits, f"{way} never shows {exhibits - shown}"


@every_case
def test_a_choice_teaches(name):
    """At least three options to a decision, each with its own consequence and none that gives itself away by length."""
    for stage in CASES[name]["stages"]:
        options = stage.get("decision", {}).get("options", [])
        if options:
            assert len(options) >= 3
            assert len({option["consequence"] for option in options}) == len(options)
            assert all(len(option["consequence"]) >= 80 for option in options), stage["key"]


@pytest.mark.parametrize("level", LEVELS)
def test_no_text_was_cut_at_a_comma(level):
    for name, data in {**CASES, **ANSWERS}.items():
        nothing_cut(data, name)
    for path in lesson_files(level):
        nothing_cut(read(path), path.name)


@every_answer
def test_an_answer_walks_its_case(name):
    stages = CASES[name]["stages"]
    chosen = ANSWERS[name]["decisions"]
    assert set(chosen) == {stage["key"] for stage in stages if "decision" in stage}
    for stage in stages:
        if "decision" in stage:
            assert chosen[stage["key"]] in {option["key"] for option in stage["decision"]["options"]}


@every_answer
def test_an_answer_fills_the_form(name):
    given = ANSWERS[name]["fields"]
    fields = CASES[name]["deliverable"]["fields"]
    assert not set(given) - {field["key"] for field in fields}
    for field in fields:
        value = given.get(field["key"])
        if value is None:
            assert not field["required"], field["key"]
        elif field["kind"] == "table":
            columns = {column["key"] for column in field["columns"]}
            assert len(value) >= field.get("min_rows", 1), field["key"]
            assert all(set(row) == columns for row in value), field["key"]
            assert all(isinstance(cell, str) and cell for row in value for cell in row.values()), field["key"]
        else:
            assert isinstance(value, str) and 0 < len(value) <= field.get("max_length", 4000), field["key"]
            if field["kind"] == "number":
                float(value)


@every_answer
def test_the_marks_of_an_answer_are_bands_of_its_rubric(name):
    bands = {c["key"]: {band["points"] for band in c["bands"]} for c in CASES[name]["rubric"]["criteria"]}
    for which in ("first", "second"):
        scores = ANSWERS[name]["marks"][which]["scores"]
        assert set(scores) == set(bands)
        assert all(score["points"] in bands[key] and score["comment"] for key, score in scores.items())


@pytest.mark.parametrize("level", LEVELS)
def test_the_cases_of_a_level_assess_what_its_required_topics_are_there_for(level):
    topics = [topic for module in SYLLABUS[level]["modules"] for topic in module["topics"]]
    codes = {topic["code"] for topic in topics}
    wanted = {code for topic in topics if topic["required"] for code in topic["competences"]}
    assessed = {
        criterion["competence"]
        for case in CASES.values()
        if codes & set(case["topics"])
        for criterion in case["rubric"]["criteria"]
    }
    assert not wanted - assessed
