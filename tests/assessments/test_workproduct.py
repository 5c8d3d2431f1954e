"""What was typed into a work product: tidied, checked, read from a form and drawn again."""

import pytest

from assessments import productform
from assessments.workproduct import MAX_DRAFT, MAX_ROWS, Problem, number, problems, tidy
from curriculum.cases import Column, Deliverable, Field

TABLE = Field("rows", "表", "Rows", "table", True, columns=(Column("a", "甲", "A"), Column("b", "乙", "B")), min_rows=2)
TEXT = Field("text", "文", "Text", "longtext", True, max_length=10)
NUMBER = Field("sum", "数", "Sum", "number", False)
ASKED = Deliverable("成果", "Product", "", "required", (TEXT, NUMBER, TABLE))
FULL = {"text": "十个字以内", "sum": "12", "rows": [{"a": "1", "b": "2"}, {"a": "3", "b": ""}]}


def test_a_complete_product_has_no_problems():
    assert problems(ASKED, FULL, files=1) == []


@pytest.mark.parametrize(
    ("changes", "files", "found"),
    [
        ({"text": "  "}, 1, Problem("text", "required")),
        ({"text": "字" * 11}, 1, Problem("text", "too_long", 10)),
        ({"sum": "十二"}, 1, Problem("sum", "not_a_number")),
        ({"rows": [{"a": "1", "b": ""}]}, 1, Problem("rows", "too_few_rows", 2)),
        ({"rows": [{"a": "1", "b": ""}] * (MAX_ROWS + 1)}, 1, Problem("rows", "too_many_rows", MAX_ROWS)),
        ({"rows": [{"a": "字" * 601, "b": ""}] * 2}, 1, Problem("rows", "too_long", 600)),
        ({}, 0, Problem("files", "file_required")),
    ],
)
def test_what_keeps_it_from_being_handed_in(changes, files, found):
    assert problems(ASKED, {**FULL, **changes}, files=files) == [found]
    assert productform.sentence(found)


def test_a_draft_may_be_unfinished_and_longer_than_its_field_but_not_endless():
    assert problems(ASKED, {"text": "字" * 500, "sum": "x"}, files=0, final=False) == []
    assert problems(ASKED, {"text": "字" * (MAX_DRAFT + 1)}, files=0, final=False)[0].kind == "too_long"


def test_only_what_is_asked_for_is_kept():
    typed = {"text": "a\r\nb", "other": "x", "rows": [{"a": "1", "z": "9"}, {"a": " ", "b": ""}, "nonsense"], "sum": 5}
    assert tidy(ASKED, typed) == {"text": "a\nb", "sum": "", "rows": [{"a": "1", "b": ""}]}
    assert tidy(ASKED, ["nonsense"]) == {"text": "", "sum": "", "rows": []}


@pytest.mark.parametrize(("typed", "value"), [("１２．５", "12.5"), ("1,200", "1200"), ("-3", "-3"), ("x", None), ("NaN", None)])
def test_numbers_are_understood_as_people_type_them(typed, value):
    assert (str(number(typed)) if number(typed) is not None else None) == value


def test_a_form_is_read_back_as_it_was_drawn():
    drawn = productform.draw(ASKED, FULL)
    post = {field.name: field.value for field in drawn if field.kind != "table"}
    post |= {cell.name: cell.value for field in drawn for row in field.rows for cell in row.cells}
    assert tidy(ASKED, productform.read(ASKED, post)) == FULL


def test_rows_come_in_the_order_of_their_numbers_and_nonsense_is_left_out():
    post = {"f.rows.10.a": "last", "f.rows.2.a": "first", "f.rows.x.a": "no", "f.rows.99999.a": "no", "f.text": "t"}
    assert productform.read(ASKED, post)["rows"] == [{"a": "first"}, {"a": "last"}]


@pytest.mark.parametrize(("which", "left"), [("rows.0", 1), ("rows.1", 1), ("rows.7", 2), ("text.0", 2), ("", 2), ("rows.x", 2)])
def test_one_row_can_be_taken_out(which, left):
    assert len(productform.without_row(FULL, which)["rows"]) == left


def test_a_table_shows_the_fewest_rows_and_one_more_when_asked():
    def rows(**more):
        return len(next(f for f in productform.draw(ASKED, {}, **more) if f.key == "rows").rows)

    assert rows() == 2
    assert rows(more_rows="rows") == 2  # room there is already
    assert len(next(f for f in productform.draw(ASKED, FULL, more_rows="rows") if f.key == "rows").rows) == 3
