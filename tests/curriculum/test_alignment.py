"""Each kind of gap of a course against its level, and the words for it. No database."""

from decimal import Decimal

import pytest
from django.utils import translation

from curriculum.alignment import ItemSpec, ModuleSpec, PartSpec, TopicSpec, gaps
from curriculum.wording import CASE_PROBLEMS, gap_text

MODULES = [ModuleSpec("general", "公共知识", "General knowledge", Decimal(2))]
TOPICS = [
    TopicSpec("A1", "职业概览", "The profession", True, Decimal(1), "general"),
    TopicSpec("A2", "选修内容", "An elective", False, Decimal(1), "general"),
]
LESSON = ItemSpec("lesson", "第一课", 90, frozenset({"A1"}), "1")
CASE = ItemSpec("case", "案例", 45, frozenset(), "2", rubric_competences=frozenset({"trade"}))
PART = PartSpec("cases", 100, frozenset({"2"}))


def find(topics=TOPICS, items=(LESSON, CASE), parts=(PART,)):
    return gaps(MODULES, topics, items, parts, minutes_per_hour=45, competence_titles={"trade": ("交易", "Transaction")})


def test_a_whole_course_has_none():
    assert find() == []


@pytest.mark.parametrize(
    ("changes", "kind", "blocking", "word"),
    [
        ({"items": [ItemSpec("lesson", "空课", 90, frozenset({"A2"})), CASE]}, "topic", True, "A1"),
        ({"items": [LESSON], "parts": [PartSpec("t", 100, frozenset(), "theory")]}, "competence", True, "competence"),
        (
            {"items": [LESSON, ItemSpec("case", "案例", 45, frozenset(), "2", rubric_competences=frozenset({"magic"}))]},
            "competence", True, "magic",
        ),
        ({"parts": []}, "no_parts", True, "part"),
        ({"parts": [PartSpec("cases", 60, frozenset({"2"}))]}, "weights", True, "60%"),
        ({"parts": [PartSpec("cases", 100, frozenset())]}, "case_without_part", True, "案例"),
        (
            {"items": [LESSON, ItemSpec("case", "案例", 45, frozenset(), "2", rubric_competences=frozenset({"trade"}),
                                        problems=("unreachable:end",))]},
            "case_problem", True, "end",
        ),
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


def test_an_optional_case_needs_no_part():
    case = ItemSpec("case", "选做", 45, frozenset(), "3", required=False)
    assert find(items=[LESSON, CASE, case]) == []


def test_a_lesson_over_two_topics_gives_each_its_half():
    modules = [*MODULES, ModuleSpec("skills", "实务技能", "Practical skills", Decimal(1))]
    topics = [*TOPICS, TopicSpec("B1", "技能", "Skill", True, Decimal(1), "skills")]
    both = ItemSpec("lesson", "两个专题", 90, frozenset({"A1", "B1"}))
    found = gaps(modules, topics, [both, CASE], [PART], minutes_per_hour=45)
    assert [(gap.kind, gap.detail) for gap in found] == [("hours", "1 / 2")]


@pytest.mark.parametrize("problem", sorted(CASE_PROBLEMS))
def test_every_problem_of_a_case_has_words(problem):
    text = CASE_PROBLEMS[problem](*["x", "y"][: CASE_PROBLEMS[problem].__code__.co_argcount])
    assert text and "%(" not in text
