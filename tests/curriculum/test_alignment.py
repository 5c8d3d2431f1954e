"""Each kind of gap of a course against its level, and the words for it. No database."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import translation

from curriculum.alignment import ItemSpec, ModuleSpec, PartSpec, TopicSpec, gaps
from curriculum.wording import CASE_PROBLEMS, RULE_PROBLEMS, case_problem, gap_text

MODULES = [ModuleSpec("general", "公共知识", "General knowledge", Decimal(2))]
TOPICS = [
    TopicSpec("A1", "职业概览", "The profession", True, Decimal(1), "general"),
    TopicSpec("A2", "选修内容", "An elective", False, Decimal(1), "general"),
]
LESSON = ItemSpec("lesson", "第一课", 90, frozenset({"A1"}), "1")
CASE = ItemSpec("case", "案例", 45, frozenset(), "2", rubric_competences=frozenset({"trade"}), title_en="The case")
PART = PartSpec("cases", 100, ("2",), title="实战案例", title_en="Case work")


def find(topics=TOPICS, items=(LESSON, CASE), parts=(PART,)):
    titles = {"trade": ("交易", "Transaction"), "law": ("法律", "Law")}
    return gaps(MODULES, topics, items, parts, minutes_per_hour=45, competence_titles=titles)


def with_law(topic):
    return replace(topic, competences=frozenset({"law", "trade"}))


def test_a_whole_course_has_none():
    assert find() == []


@pytest.mark.parametrize(
    ("changes", "kind", "blocking", "word"),
    [
        ({"items": [ItemSpec("lesson", "空课", 90, frozenset({"A2"})), CASE]}, "topic", True, "A1"),
        ({"items": [LESSON, replace(CASE, rubric_competences=frozenset())]}, "no_competence", True, "competence"),
        ({"items": [LESSON, replace(CASE, rubric_competences=frozenset({"trade", "magic"}))]},
         "competence_unknown", True, "magic"),
        ({"topics": [with_law(TOPICS[0]), TOPICS[1]]}, "competence", True, "Law"),
        ({"parts": []}, "no_parts", True, "part"),
        ({"parts": [replace(PART, weight=60)]}, "weights", True, "60%"),
        ({"parts": [replace(PART, weight=60), replace(PART, weight=40, cases=("3",))],
          "items": [LESSON, CASE, replace(CASE, key="3")]}, "part_twice", True, "cases"),
        ({"parts": [replace(PART, weight=60), PartSpec("t", 40, (), "theory", "理论", "Theory")]},
         "part_empty", True, "Theory"),
        ({"parts": [replace(PART, cases=("2", "9"))]}, "part_unplaced", True, "Case work"),
        ({"items": [LESSON, CASE, CASE]}, "case_twice", True, "The case"),
        ({"parts": [replace(PART, weight=60), replace(PART, key="b", weight=40)]}, "case_in_two_parts", True, "The case"),
        ({"parts": [replace(PART, cases=("3",))], "items": [LESSON, CASE, replace(CASE, key="3")]},
         "case_without_part", True, "The case"),
        ({"items": [LESSON, replace(CASE, problems=("unreachable:end",))]}, "case_problem", True, "end"),
        ({"items": [LESSON, replace(CASE, unfinished=("Rubric › 1",))]}, "unfinished", True, "Rubric › 1"),
        ({"items": [ItemSpec("lesson", "短课", 45, frozenset({"A1"})), CASE]}, "hours", False, "1 / 2"),
    ],
)  # fmt: skip
def test_each_gap_is_found_and_named(changes, kind, blocking, word):
    found = find(**changes)
    assert [gap.kind for gap in found] == [kind]
    assert found[0].blocking is blocking
    with translation.override("en"):
        assert word in gap_text(found[0])
    with translation.override("zh-hans"):
        assert gap_text(found[0])


def test_an_elective_topic_asks_for_no_competence():
    assert find(topics=[TOPICS[0], with_law(TOPICS[1])]) == []


def test_an_optional_case_needs_no_part():
    case = ItemSpec("case", "选做", 45, frozenset(), "3", required=False)
    assert find(items=[LESSON, CASE, case]) == []


def test_a_lesson_over_two_topics_gives_each_its_half():
    modules = [*MODULES, ModuleSpec("skills", "实务技能", "Practical skills", Decimal(1))]
    topics = [*TOPICS, TopicSpec("B1", "技能", "Skill", True, Decimal(1), "skills")]
    both = ItemSpec("lesson", "两个专题", 90, frozenset({"A1", "B1"}))
    found = gaps(modules, topics, [both, CASE], [PART], minutes_per_hour=45)
    assert [(gap.kind, gap.detail) for gap in found] == [("hours", "1 / 2")]


@pytest.mark.parametrize("kind", sorted(RULE_PROBLEMS))
def test_every_problem_of_a_rule_has_words(kind):
    text = case_problem(f"rule:visit:{kind}|fee:2")
    assert "visit" in text and "%(" not in text


@pytest.mark.parametrize("problem", sorted(set(CASE_PROBLEMS) - {"rule"}))
def test_every_problem_of_a_case_has_words(problem):
    assert case_problem(":".join([problem, *["x", "y"][: CASE_PROBLEMS[problem].__code__.co_argcount]]))
    text = CASE_PROBLEMS[problem](*["x", "y"][: CASE_PROBLEMS[problem].__code__.co_argcount])
    assert text and "%(" not in text


def test_what_an_author_typed_may_hold_colons():
    assert "a:b:c" in case_problem("unknown_stage:visit:a:b:c")
