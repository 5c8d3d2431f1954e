"""What a credential states of the standard and of the person, on plain values."""

from .conftest import FACTS, SITE, STANDARD, make_unsigned


def results(credential: dict) -> dict[str, dict]:
    """{name of what it is a result of: the result}: every result names one that is described."""
    subject = credential["credentialSubject"]
    described = {one["id"]: one for one in subject["achievement"]["resultDescription"]}
    return {described[one["resultDescription"]]["name"]: one for one in subject["result"]}


def test_topics_of_the_standard_by_their_identifiers():
    first, *topics = make_unsigned()["credentialSubject"]["achievement"]["alignment"]
    assert first["targetUrl"] == f"{SITE}/syllabus/outline-2020/junior/" and "targetType" not in first
    assert [(one["targetType"], one["targetCode"], one["targetUrl"]) for one in topics] == [
        ("CFItem", topic.code, topic.uri) for topic in STANDARD.topics
    ]


def test_a_competence_names_its_place_in_the_standard_where_it_has_one():
    described = make_unsigned()["credentialSubject"]["achievement"]["resultDescription"]
    found = {one["id"].rpartition("-")[2]: one.get("alignment") for one in described if one["resultType"] != "Status"}
    assert found["ip"] is None
    assert [one["targetUrl"] for one in found["discover"]] == [STANDARD.competences["discover"].uri]


def test_parts_that_were_passed_and_no_points():
    found = results(make_unsigned())
    part = "案例作业 / Case work（通过线 60 分 / pass mark 60 of 100）"
    assert [name for name, one in found.items() if one.get("status") == "Completed"] == [part]
    assert set(found[part]) == {"type", "resultDescription", "status"}
    assert found["挖掘 / Discovery"]["achievedLevel"].endswith("#competence-discover-good")


def test_nothing_passed_and_no_competence_leaves_results_out():
    subject = make_unsigned(facts=FACTS | {"parts": [], "competences": []})["credentialSubject"]
    assert "result" not in subject and "resultDescription" not in subject["achievement"]


def test_how_each_case_was_marked():
    cases = make_unsigned()["evidence"][1]["narrative"].split("; ")
    assert cases[0].startswith("需求翻译 / Translating a demand（独立匿名评分，再经裁定 / ")
    assert cases[0].endswith("Krippendorff α = 0.87 (n = 34)）")
    assert cases[1] == "旧案例 / An old case"  # issued before this was recorded


def test_too_few_scripts_for_a_figure():
    case = FACTS["cases"][0] | {"marking": {"method": "independent", "scripts": 3, "alpha": None}}
    said = make_unsigned(facts=FACTS | {"cases": [case]})["evidence"][1]["narrative"]
    assert "too few scripts marked twice to state agreement (n = 3)" in said and "α" not in said


def test_who_trained_and_assessed_for_the_issuer():
    credential = make_unsigned()
    address = f"{SITE}/issuers/{FACTS['base']['uuid']}/"
    assert credential["credentialSubject"]["source"] == {
        "id": address, "type": ["Profile"], "name": "示例基地 / Sample Base", "url": address,
    }  # fmt: skip
    assert credential["issuer"]["id"] != address


def test_the_criteria_are_those_of_the_rule():
    assert make_unsigned()["credentialSubject"]["achievement"]["criteria"] == {"narrative": STANDARD.criteria}
