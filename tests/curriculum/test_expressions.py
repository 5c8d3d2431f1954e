"""The language of conditions and amounts in cases: what it means, what it refuses, and that it always ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curriculum.expressions import ExpressionError, calls_in, evaluate, names_in, parse

NAMES = {"budget": 12.0, "trust": 60.0, "zero": 0.0}
FUNCTIONS = {"chose": lambda stage, option: (stage, option) == ("visit", "users"), "visited": lambda stage: stage == "visit"}


def value(text: str):
    return evaluate(parse(text), NAMES, FUNCTIONS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 2 - 3", 5),  # from the left
        ("12 / 4 / 3", 1),
        ("-budget + 2", -10),
        ("- -2", 2),
        ("budget / zero", 0),
        ("budget >= 12", True),
        ("budget = 12 and trust != 60", False),
        ("budget < 1 or trust > 59.5", True),
        ("not budget > 100", True),
        ("not (budget > 1 and trust > 1)", False),
        ("1 or 0 and 0", True),  # and binds closer
        ("not 0 and 0", False),  # not binds closer still
        ('chose("visit", "users")', True),
        ("chose('visit', 'price')", False),
        ('visited("visit") and budget > 10', True),
        ("min(budget, 5) + max(1, 2)", 7),
    ],
)
def test_what_it_means(text, expected):
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "unfinished"),
        ("budget >", "unfinished"),
        ("(1 + 2", "unfinished"),
        ("1 2", "unexpected"),
        ("1 < 2 < 3", "unexpected"),
        ("budget ; 1", "sign"),
        ('"text"', "unexpected"),
        ("budget.__class__", "sign"),
        ("and", "unexpected"),
        ("1" * 500, "too_long"),
        ("(" * 60 + "1" + ")" * 60, "too_deep"),
    ],
)
def test_what_cannot_be_read(text, kind):
    with pytest.raises(ExpressionError) as found:
        parse(text)
    assert found.value.kind == kind


@pytest.mark.parametrize(
    ("text", "kind"), [("fee + 1", "unknown_name"), ("open('x')", "unknown_function"), ("chose('visit')", "arguments")]
)
def test_what_cannot_be_asked(text, kind):
    with pytest.raises(ExpressionError) as found:
        value(text)
    assert found.value.kind == kind


def test_what_it_asks_for():
    node = parse("fee * 2 > min(budget, -trust) and not chose('a', 'b')")
    assert names_in(node) == {"fee", "budget", "trust"}
    assert [(call.name, call.arguments[:1]) for call in calls_in(node) if call.name == "chose"] == [("chose", ("a",))]


@given(st.text(alphabet="abudget 0123456789.()<>=!+-*/,'\"andornt", max_size=60))
def test_whatever_is_typed_is_read_or_refused(text):
    try:
        node = parse(text)
    except ExpressionError:
        return
    try:
        assert isinstance(evaluate(node, NAMES, FUNCTIONS), float | int | bool)
    except ExpressionError as error:
        assert error.kind in ("unknown_name", "unknown_function", "arguments")
