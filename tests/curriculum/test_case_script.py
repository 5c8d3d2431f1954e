"""A case script read from a revision: what it holds, where choices lead, and each problem that keeps it from playing."""

import copy

import pytest

from curriculum.cases import CaseScript
from tests.factories.curriculum import DELIVERABLE, EXHIBITS, RUBRIC, STAGES


def content(**changes):
    def blocks(pairs):
        return [{"type": kind, "value": copy.deepcopy(value), "id": str(i)} for i, (kind, value) in enumerate(pairs)]

    values = {
        "title": "案例", "title_en": "Case", "role": "<p>角色</p>", "brief": "<p>简介<script>x</script></p>",
        "debrief": "<p>讲评</p>", "minutes": 90, "disagreement_limit": 15,
        "exhibits": blocks(EXHIBITS), "stages": blocks(STAGES),
        "deliverable": blocks([("deliverable", DELIVERABLE)]), "rubric": blocks([("criterion", c) for c in RUBRIC]),
    }  # fmt: skip
    return values | changes


def test_it_reads_everything():
    script = CaseScript.from_content(content())
    assert script.problems() == []
    assert "script" not in script.brief
    assert [stage.key for stage in script.stages] == ["visit", "draft"]
    assert [field.kind for field in script.deliverable.fields] == ["longtext", "number", "table"]
    assert [column.key for column in script.deliverable.fields[2].columns] == ["name", "target"]
    assert [band.points for band in script.rubric[0].bands] == [0, 30, 60]


def test_it_reads_what_wagtail_stored(course):
    placement = course.case_placements.get()
    script = CaseScript.from_content(placement.case.specific.latest_revision.content)
    assert script.problems() == []
    assert script.stages[0].exhibits == ("memo",)
    assert script.stages[0].decision.option("price").next == "draft"


def test_choices_lead_on():
    script = CaseScript.from_content(content())
    first = script.first_stage
    assert script.next_stage(first, "users").key == "draft"
    assert script.next_stage(script.stage("draft")) is None
    for wrong in ("", "nothing"):
        with pytest.raises(ValueError):
            script.next_stage(first, wrong)
    assert [exhibit.key for exhibit in script.visible_exhibits(["visit"])] == ["memo"]
    assert [exhibit.key for exhibit in script.visible_exhibits(["visit", "draft"])] == ["memo", "data"]


def _stages(change):
    found = content()["stages"]
    change(found)
    return {"stages": found}


def _set_next(key):
    def change(stages):
        stages[0]["value"]["decision"][0]["options"][1]["next"] = key

    return change


def _deliverable(change):
    found = content()["deliverable"]
    change(found[0]["value"]["fields"])
    return {"deliverable": found}


def _rubric(change):
    found = content()["rubric"]
    change(found)
    return {"rubric": found}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"stages": []}, "no_stages"),
        (_stages(lambda s: s[1]["value"].update(key="visit")), "key_twice"),
        (_stages(lambda s: s[1]["value"].update(exhibits=["nothing"])), "unknown_exhibit:draft:nothing"),
        (_stages(_set_next("nowhere")), "unknown_stage:visit:nowhere"),
        (_stages(_set_next("visit")), "loop:visit"),
        (
            _stages(lambda s: s.append({"type": "stage", "id": "9", "value": {
                "key": "after", "title": "", "narrative": "", "exhibits": [], "decision": []}})
                or s[0]["value"]["decision"][0]["options"].__setitem__(0, {
                    "key": "users", "text": "", "consequence": "", "next": "after"})
                or _set_next("after")(s)),
            "unreachable:draft",
        ),
        (_stages(lambda s: s[0]["value"].update(decision=[])), "no_decision"),
        ({"deliverable": []}, "no_deliverable"),
        ({"rubric": []}, "no_rubric"),
        ({"debrief": '<p data-block-key="x1"></p>'}, "no_debrief"),
        (_stages(lambda s: s[0]["value"]["decision"][0]["options"][1].update(key="users")), "option_twice:visit"),
        (_deliverable(lambda f: f[1].update(key="problem")), "field_twice:problem"),
        (_deliverable(lambda f: f[2].update(columns=[])), "no_columns:indicators"),
        (_deliverable(lambda f: f[2]["columns"][1].update(key="name")), "column_twice:indicators"),
        (_rubric(lambda c: c[1]["value"].update(key="need")), "criterion_twice:need"),
    ],
)  # fmt: skip
def test_each_problem_is_found(changes, problem):
    assert problem in CaseScript.from_content(content(**changes)).problems()
