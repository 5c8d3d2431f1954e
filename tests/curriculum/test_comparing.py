"""Revisions of our pages compared: fields, blocks and what ids stand for have names, in the language of the page."""

from django.template.loader import render_to_string
from django.utils import translation

from curriculum.comparing import compare
from curriculum.models import LessonPage, Topic
from tests.factories.curriculum import LESSON_BODY, make_lesson, stream


def revised(page, **changes):
    for name, value in changes.items():
        setattr(page, name, value)
    return page.save_revision()


def test_it_works(course):
    lesson = LessonPage.objects.child_of(course).first()
    before = lesson.latest_revision.content
    blocks = [*LESSON_BODY]
    blocks[1] = ("text", "<p>技术经理人在实验室和市场之间做翻译。</p>")
    lesson.topics.set(Topic.objects.filter(code__in=["A1", "A2"]))
    after = revised(lesson, body=stream(LessonPage, "body", blocks), minutes=60).content
    with translation.override("en"):
        found = compare("lesson", before, after)
        html = render_to_string("curriculum/_content_diff.html", {"comparison": found})
    assert [(line.label, line.state) for line in found.lines] == [
        ("Nominal minutes", "changed"), ("Lesson › 2 · Text", "changed"), ("Topics", "changed"),
    ]  # fmt: skip
    assert found.same > 5
    assert "<del" in html and "企业" in html and "市场" in html
    assert "A2 Results and intellectual property" in html


def test_inside_blocks_the_labels_are_the_editors(course):
    lesson = LessonPage.objects.child_of(course).first()
    before = lesson.latest_revision.content
    blocks = [*LESSON_BODY]
    check = blocks[3][1]
    options = [check["options"][0], check["options"][1] | {"feedback": "不对。"}]
    blocks[3] = ("self_check", check | {"options": options})
    after = revised(lesson, body=stream(LessonPage, "body", blocks)).content
    with translation.override("en"):
        (line,) = compare("lesson", before, after).lines
    assert line.label == "Lesson › 4 · Self-check question"
    assert [text.label for text in line.texts] == ["Answers › 2 › Feedback"]


def test_a_case_placed_in_a_course_is_called_by_its_title(course):
    before = course.latest_revision.content
    draft = course.get_latest_revision_as_object()
    placement = draft.case_placements.get()
    placement.required = False
    draft.case_placements = [placement]
    after = draft.save_revision().content
    with translation.override("en"):
        (line,) = compare("course", before, after).lines
    assert [(text.label, text.state) for text in line.texts] == [("1 › Required", "changed")]
    after["case_placements"] = []
    (line,) = compare("course", before, after).lines
    assert placement.case.title in [piece.text for text in line.texts for piece in text.pieces]


def test_what_is_gone_is_said_so(course):
    content = course.get_children().first().latest_revision.content
    with translation.override("en"):
        (line,) = compare("lesson", content, content | {"topics": [999999]}).lines
    now = "".join(piece.text for text in line.texts for piece in text.pieces if piece.state != "removed")
    assert now == "no longer there (999999)"


def test_no_difference_is_said_in_a_sentence(course):
    content = course.latest_revision.content
    found = compare("course", content, content)
    assert not found
    with translation.override("en"):
        assert "No difference in content." in render_to_string("curriculum/_content_diff.html", {"comparison": found})


def test_queries_do_not_grow_with_the_pages_length(course, django_assert_max_num_queries):
    first = course.get_children().first()
    lesson = make_lesson(course, "很长", list(Topic.objects.all()), body=LESSON_BODY * 10)
    with django_assert_max_num_queries(7):
        compare("lesson", first.latest_revision.content, lesson.latest_revision.content)
