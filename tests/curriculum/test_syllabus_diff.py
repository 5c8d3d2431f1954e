"""Two versions side by side: a moved or renamed topic is not one that went and one that came; hours are exact."""

from copy import deepcopy
from decimal import Decimal

import pytest

from curriculum.syllabus_diff import compare, topics_of


def topic(code, *, lineage="", **changes):
    row = {"code": code, "title": f"专题{code}", "title_en": f"Topic {code}", "required": True, "hours": "2",
           "outcomes": ["说明"], "outcomes_en": ["Explain"], "competences": ["discover"], "lineage": lineage or code}  # fmt: skip
    return row | changes


def module(code, *topics, hours="4"):
    return {"code": code, "title": code, "title_en": code, "hours": hours, "hours_source": "", "hours_verified": False,
            "topics": list(topics)}  # fmt: skip


@pytest.fixture
def old():
    competence = {"code": "discover", "title": "挖掘", "title_en": "Discovery", "kind": "stage", "description": ""}
    return {
        "version": "2020", "title": "大纲", "minutes_per_hour": 45, "verified": False, "competences": [competence],
        "levels": [
            {"code": "junior", "title": "初级", "title_en": "Junior", "modules": [
                module("general", topic("A1"), topic("A2"), topic("A3")), module("skills", topic("B1"))]},
            {"code": "senior", "title": "高级", "title_en": "Senior", "modules": [module("skills", topic("S1"))]},
        ],
    }  # fmt: skip


@pytest.fixture
def new(old):
    return deepcopy(old)


def rows(content, level=0, place=0):
    return content["levels"][level]["modules"][place]["topics"]


def test_the_same_is_nothing(old, new):
    rows(new)[0]["hours"] = "2.00"
    diff = compare(old, new)
    assert diff.is_empty
    assert diff.counts() == {}
    assert [(total.before, total.after, total.topics_after) for total in diff.totals] == [(8, 8, 4), (4, 4, 1)]


@pytest.mark.parametrize(
    ("change", "aspects"),
    [
        (lambda t: t.update(title="新名"), ("renamed",)),
        (lambda t: t.update(code="Z9"), ("recoded",)),
        (lambda t: t.update(title="新名", code="Z9", hours="3"), ("renamed", "recoded", "hours")),
        (lambda t: t.update(required=False), ("requirement",)),
        (lambda t: t.update(outcomes=["说明", "比较"]), ("outcomes",)),
        (lambda t: t.update(competences=[]), ("competences",)),
        (lambda t: t.update(title_en="Other"), ("english",)),
        (lambda t: t.update(hours_verified=True), ("source",)),
    ],
)
def test_each_aspect(old, new, change, aspects):
    change(rows(new)[1])
    (found,) = compare(old, new).changed_topics
    assert found.state == "changed"
    assert found.aspects == aspects
    assert (found.before.code, found.before.title) == ("A2", "专题A2")


def test_a_topic_moves_to_another_module_and_another_level(old, new):
    rows(new, 0, 1).append(rows(new).pop(0))
    rows(new, 1, 0).append(rows(new).pop(0))
    diff = compare(old, new)
    assert [(c.before.code, c.before.module, c.after.level, c.after.module) for c in diff.having("moved")] == [
        ("A1", "general", "junior", "skills"), ("A2", "general", "senior", "skills"),
    ]  # fmt: skip
    assert not diff.having("added") and not diff.having("removed") and not diff.reordered


def test_a_topic_that_moves_and_is_renamed_is_one_topic_only_by_its_lineage(old, new):
    moved = rows(new).pop(0) | {"code": "Z1", "title": "全新"}
    rows(new, 0, 1).append(moved)
    assert compare(old, new).counts() == {"moved": 1, "renamed": 1, "recoded": 1}
    moved["lineage"] = "another"
    assert compare(old, new).counts() == {"added": 1, "removed": 1}


def test_versions_from_files_without_lineage_match_by_code_and_then_by_title(old, new):
    for content in (old, new):
        for row in [*rows(content), *rows(content, 0, 1), *rows(content, 1, 0)]:
            row["lineage"] = ""
    rows(new)[0]["title"] = "新名"
    rows(new)[1]["code"] = "Z2"
    assert compare(old, new).counts() == {"renamed": 1, "recoded": 1}


def test_what_two_topics_share_matches_neither(old, new):
    rows(old)[1]["lineage"] = rows(old)[2]["lineage"] = ""
    rows(new)[1] |= {"lineage": "", "code": "N1", "title": "同名"}
    rows(new)[2] |= {"lineage": "", "code": "N2", "title": "同名"}
    assert compare(old, new).counts() == {"added": 2, "removed": 2}


def test_hours_are_exact(old, new):
    rows(old)[0]["hours"], rows(new)[0]["hours"] = "0.1", "0.3"
    new["levels"][0]["modules"][0]["hours"] = "4.01"
    diff = compare(old, new)
    assert diff.having("hours")[0].hours_delta == Decimal("0.2")
    totals = diff.totals[0]
    assert (totals.before, totals.after, totals.delta) == (Decimal(8), Decimal("8.01"), Decimal("0.01"))
    assert (totals.modules[0].topics_before, totals.modules[0].topics_after) == (Decimal("4.1"), Decimal("4.3"))
    (row,) = diff.rows
    assert (row.kind, row.key, row.fields) == ("module", "junior/general", {"hours": (Decimal(4), Decimal("4.01"))})


def test_modules_levels_and_competences_come_and_go(old, new):
    new["levels"][0]["modules"].append(module("capability", topic("C1")))
    new["levels"].pop()
    new["competences"][0]["title"] = "发现"
    new["minutes_per_hour"] = 50
    diff = compare(old, new)
    assert [(row.kind, row.key, row.state) for row in diff.rows] == [
        ("version", "", "changed"), ("competence", "discover", "changed"), ("level", "senior", "removed"),
        ("module", "junior/capability", "added"), ("module", "senior/skills", "removed"),
    ]  # fmt: skip
    assert diff.rows[0].fields == {"minutes_per_hour": (45, 50)}
    assert [(total.code, total.before, total.after) for total in diff.totals] == [("junior", 8, 12), ("senior", 4, None)]
    assert [c.topic.code for c in diff.topics] == ["A1", "A2", "A3", "B1", "C1", "S1"]


def test_what_went_stands_at_the_end_of_its_module(old, new):
    rows(new).pop(0)
    rows(new).append(topic("A4"))
    assert [(c.topic.code, c.state) for c in compare(old, new).topics][:4] == [
        ("A2", "same"), ("A3", "same"), ("A4", "added"), ("A1", "removed"),
    ]  # fmt: skip


def test_another_order(old, new):
    rows(new).reverse()
    diff = compare(old, new)
    assert diff.reordered == ("junior/general",)
    assert not diff.changed_topics and not diff.is_empty


def test_outcomes_and_competences_that_came_and_went(old, new):
    rows(new)[0] |= {"outcomes": ["比较"], "competences": ["trade"]}
    (change,) = compare(old, new).changed_topics
    assert (change.outcomes_added, change.outcomes_removed) == (("比较",), ("说明",))
    assert (change.competences_added, change.competences_removed) == (("trade",), ("discover",))


def test_one_level_sees_what_came_to_it_and_what_left_it(old, new):
    rows(new, 1, 0).append(rows(new).pop(0))
    rows(new, 0, 1)[0]["hours"] = "9"
    diff = compare(old, new)
    assert [c.topic.code for c in diff.for_level("senior").changed_topics] == ["A1"]
    assert [c.topic.code for c in diff.for_level("junior").changed_topics] == ["B1", "A1"]


def test_from_nothing_and_to_nothing(old):
    assert compare({}, old).counts() == {"added": len(list(topics_of(old)))}
    assert compare(old, {}).counts() == {"removed": len(list(topics_of(old)))}
