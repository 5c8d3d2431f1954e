"""Who may enter a level, on plain values: alternatives, conditions, what is unknown."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curriculum.ladder import DEGREES, Condition, Facts, describe, evaluate, unmet

JUNIOR = Condition("level", level="junior", level_title="初级技术经纪人", level_title_en="Junior technology broker")
BACHELOR_5 = Condition("experience", degree="bachelor", years=Decimal(5))
MASTER_2 = Condition("experience", degree="master", years=Decimal(2))
INTERMEDIATE = [[JUNIOR], [BACHELOR_5], [MASTER_2]]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(levels=frozenset({"junior"})), True),
        (Facts(levels=frozenset()), None),
        (Facts("bachelor", Decimal(5), frozenset()), True),
        (Facts("bachelor", Decimal("4.5"), frozenset()), False),
        (Facts("master", Decimal(2), frozenset()), True),
        (Facts("doctor", Decimal(2), frozenset()), True),  # a doctorate is more than a master's degree
        (Facts("college", Decimal(30), frozenset()), False),
        (Facts("college", None, frozenset()), False),  # the degree alone settles both ways
        (Facts(None, Decimal(30), frozenset()), None),
        (Facts("school", Decimal(0), None), None),  # certificates were not looked up
    ],
)
def test_any_way_is_enough(facts, expected):
    assert evaluate(INTERMEDIATE, facts).ok is expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts("master", Decimal(3), frozenset({"junior"})), True),
        (Facts("master", Decimal(3), frozenset()), False),
        (Facts(None, Decimal(3), frozenset({"junior"})), None),
        (Facts(None, Decimal(1), frozenset({"junior"})), False),  # one unmet condition settles it
    ],
)
def test_all_conditions_of_a_way_are_needed(facts, expected):
    way = [JUNIOR, Condition("degree", degree="bachelor"), Condition("experience", years=Decimal(2))]
    tree = evaluate([way], facts)
    assert tree.ok is expected
    assert len(tree.children[0].children) == 3


def test_a_level_without_conditions_lets_everybody_in():
    assert evaluate([], Facts()).ok is True
    assert evaluate([[Condition("none")]], Facts()).ok is True
    assert unmet(evaluate([[Condition("none")]], Facts())) == []


def test_each_leaf_says_why_in_both_languages():
    tree = evaluate(INTERMEDIATE, Facts("bachelor", Decimal(3), frozenset()))
    leaves = unmet(tree)
    assert [leaf.kind for leaf in leaves] == ["level", "experience", "experience"]
    assert "初级技术经纪人" in leaves[0].title and "Junior technology broker" in leaves[0].title_en
    assert "3 年" in leaves[1].reason and "Stated years: 3." in leaves[1].reason_en
    assert all(leaf.title and leaf.title_en and leaf.reason and leaf.reason_en for leaf in leaves)


def test_the_tree_can_be_kept_as_json():
    kept = evaluate(INTERMEDIATE, Facts("master", Decimal(2), frozenset())).as_json()
    assert kept["ok"] is True
    assert [child["ok"] for child in kept["children"]] == [False, False, True]


def test_one_unverified_condition_marks_the_whole():
    assert evaluate([[Condition("none", verified=True)]], Facts()).verified is True
    assert evaluate([[Condition("none", verified=True)], [JUNIOR]], Facts()).verified is False


conditions = st.one_of(
    st.just(Condition("none")),
    st.sampled_from(["junior", "intermediate"]).map(lambda code: Condition("level", level=code)),
    st.sampled_from(list(DEGREES)).map(lambda degree: Condition("degree", degree=degree)),
    st.builds(
        lambda degree, years: Condition("experience", degree=degree, years=Decimal(years)),
        st.sampled_from(["", *DEGREES]), st.integers(1, 10),
    ),
)  # fmt: skip
ways = st.lists(st.lists(conditions, min_size=1, max_size=3), max_size=4)
degrees, years = st.sampled_from(list(DEGREES)), st.integers(0, 12).map(Decimal)
levels = st.frozensets(st.sampled_from(["junior", "intermediate"]))


@given(ways, degrees, years, levels)
def test_known_facts_give_a_known_answer_that_the_plain_rule_gives_too(alternatives, degree, worked, held):
    order = list(DEGREES)

    def met(c: Condition) -> bool:
        if c.kind == "level":
            return c.level in held
        enough = not c.degree or order.index(degree) >= order.index(c.degree)
        return enough and (c.years is None or worked >= c.years)

    expected = not alternatives or any(all(met(c) for c in way) for way in alternatives)
    assert evaluate(alternatives, Facts(degree, worked, held)).ok is expected


@given(ways, st.none() | degrees, st.none() | years, st.none() | levels, degrees, years, levels)
def test_what_was_decided_with_gaps_stays_decided_when_they_are_filled(alternatives, d, y, held, d2, y2, held2):
    before = evaluate(alternatives, Facts(d, y, held)).ok
    after = evaluate(alternatives, Facts(d or d2, y if y is not None else y2, held if held is not None else held2)).ok
    assert before is None or before is after


def test_every_kind_has_words():
    with pytest.raises(ValueError):
        describe(Condition("rank"))
    assert describe(Condition("experience", years=Decimal("2.0"))) == (
        "从事技术转移工作满 2 年", "2 years of work in technology transfer",
    )  # fmt: skip
