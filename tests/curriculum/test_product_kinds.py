"""The library of kinds of work products, and how an author takes one into a case."""

import pytest
from django.core.exceptions import ValidationError

from curriculum import productkinds
from curriculum.cases import CaseScript
from curriculum.deliverable_blocks import DeliverableBlock
from curriculum.deliverables import Deliverable, Field, read_deliverable
from curriculum.tree import ensure_home
from tests.factories.curriculum import kind_of_product, make_case, make_syllabus

WANTED = {
    "demand-specification", "challenge-call", "invention-disclosure", "trl-evaluation", "patent-landscape", "fto-memo",
    "due-diligence", "valuation-workbook", "term-sheet", "contract-classification", "poc-plan", "scale-up-roadmap",
    "matching-matrix", "business-plan", "project-review",
}  # fmt: skip
every_kind = pytest.mark.parametrize("key", sorted(WANTED))


def test_the_library_has_the_fifteen_kinds():
    assert set(productkinds.library()) == WANTED
    positions = [kind.data["position"] for kind in productkinds.library().values()]
    assert positions == sorted(set(positions))


@every_kind
def test_a_kind_can_be_filled_in_and_speaks_both_languages(key):
    kind = productkinds.get(key)
    deliverable = kind.deliverable()
    assert deliverable.problems() == []
    assert kind.purpose and kind.purpose_en and deliverable.instructions and deliverable.instructions_en
    for field in deliverable.fields:
        assert field.label and field.label_en and bool(field.help) == bool(field.help_en), field.key
        for thing in (*field.columns, *field.choices, *(c for column in field.columns for c in column.choices)):
            assert thing.label and thing.label_en, (field.key, thing.key)
    assert any(field.kind == "table" for field in deliverable.fields)
    assert (kind.source == "") == (kind.source_url == "")


def block_value(**given):
    block = DeliverableBlock()
    empty = {"title": "", "title_en": "", "instructions": "", "attachment": "optional", "fields": []}
    return block, block.to_python(empty | given)


def test_what_the_author_left_empty_comes_from_the_kind():
    block, value = block_value(kind="term-sheet")
    clean = block.clean(value)
    kept = read_deliverable(block.get_prep_value(clean))
    template = productkinds.get("term-sheet").deliverable()
    assert kept == template


def test_what_the_author_wrote_stays():
    field = {"key": "only", "label": "唯一", "kind": "text", "required": True, "max_length": 50}
    block, value = block_value(kind="term-sheet", title="自己的标题", fields=[field])
    kept = read_deliverable(block.get_prep_value(block.clean(value)))
    assert kept.title == "自己的标题" and kept.title_en == ""
    assert [f.key for f in kept.fields] == ["only"] and kept.kind == "term-sheet"


def test_without_a_kind_a_title_is_needed_and_a_team_has_a_size():
    block, value = block_value()
    with pytest.raises(ValidationError):
        block.clean(value)
    block, value = block_value(kind="term-sheet", team_least=3, team_most=2)
    with pytest.raises(ValidationError):
        block.clean(value)


def test_a_case_keeps_its_own_copy(base, author):
    ensure_home()
    syllabus = make_syllabus()
    case = make_case(base, [], list(syllabus.competences.all()), author=author, deliverable=kind_of_product("poc-plan"))
    script = CaseScript.from_content(case.latest_revision.content)
    assert script.deliverable == productkinds.get("poc-plan").deliverable()
    assert not [p for p in script.problems() if "field" in p or "column" in p or "choice" in p]


def test_revisions_from_before_are_read_as_they_were():
    old = {
        "title": "成果", "title_en": "", "instructions": "<p>写。</p>", "attachment": "none",
        "fields": [{"type": "item", "id": "x", "value": {"key": "a", "label": "甲", "kind": "table", "required": True,
                    "columns": [{"key": "c", "label": "列"}]}}],
    }  # fmt: skip
    found = read_deliverable(old)
    assert found.kind == "" and not found.is_team_work and found.ai_shown == "beside"
    assert found.fields[0].columns[0].kind == "text" and not found.fields[0].columns[0].total


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"fields": ()}, "no_fields"),
        ({"team_least": 2, "team_most": 6}, "team_size"),
        ({"fields": (Field("a", "甲", "", "choice", True),)}, "no_choices:a"),
    ],
)
def test_what_nobody_could_fill_in_is_refused(changes, problem):
    fine = {"fields": (Field("a", "甲", "", "text", True),)}
    assert Deliverable("成果", "", "", "none", **fine).problems() == []
    assert problem in Deliverable("成果", "", "", "none", **(fine | changes)).problems()


def test_a_file_of_the_sample_takes_the_fields_of_its_kind():
    bare = productkinds.filled_value({"kind": "poc-plan"})
    assert read_deliverable(bare) == productkinds.get("poc-plan").deliverable()
    given = {"kind": "poc-plan", "title": "自己的", "instructions": "<p>自己的。</p>", "attachment": "none"}
    own = productkinds.filled_value(given)
    kept = read_deliverable(own)
    assert kept.title_en == "" and kept.instructions_en == "" and kept.attachment == "none"
