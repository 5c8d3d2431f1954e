"""What of a page is translated, and what a page is with translations laid over it."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curriculum import xliff
from curriculum.segments import MISSING, OLD, TRANSLATED, mostly_chinese, normal, overlay, segments_of
from curriculum.translation_checks import problems


def block(kind, value, key="b1"):
    return {"type": kind, "value": value, "id": key}


LESSON = {
    "title": "需求", "title_en": "Demands", "summary": "一句话。", "summary_en": "",
    "body": json.dumps([
        block("heading", "先听", "h1"),
        block("text", '<p data-block-key="x1">看<a linktype="page" id="4">这里</a>。</p>', "t1"),
        block("heading", "TRL 4", "h2"),
        block("self_check", {"key": "q1", "question": "对吗？", "options": [
            {"key": "a", "text": "对", "correct": True, "feedback": "是的"},
            {"key": "b", "text": "错", "correct": False, "feedback": "不是"}]}, "s1"),
    ], ensure_ascii=False),
}  # fmt: skip
CASE = {
    "title": "谈判", "title_en": "Talks", "role": "<p>您是经理人。</p>", "brief": "", "debrief": "<p>收尾</p>",
    "stages": json.dumps([block("stage", {
        "key": "visit", "title": "走访", "narrative": "<p>到了 {{ firm }}。</p>", "exhibits": ["memo"],
        "decision": [{"type": "item", "id": "x", "value": {"question": "问谁？", "options": [
            {"key": "users", "text": "用户", "consequence": "<p>好</p>", "condition": "trust > 1", "next": ""}]}}],
    })], ensure_ascii=False),
    "rubric": json.dumps([block("criterion", {"key": "depth", "title": "深度", "title_en": "Depth", "competence": "trade",
        "bands": [{"points": 0, "label": "无", "label_en": "", "descriptor": "没有"},
                  {"points": 10, "label": "好", "label_en": "good", "descriptor": "深入"}]})], ensure_ascii=False),
    "variants": json.dumps([block("variant", {"key": "a", "title": "甲", "values": [
        {"name": "firm", "value": "甲公司"}, {"name": "price", "value": "120"}]})], ensure_ascii=False),
}  # fmt: skip


def test_segments_of_a_lesson_by_names_that_stay():
    found = {segment.key: segment.source for segment in segments_of("lesson", LESSON)}
    assert found == {
        "summary": "一句话。", "body/h1": "先听", "body/t1": '<p>看<a linktype="page" id="4">这里</a>。</p>',
        "body/q1/question": "对吗？", "body/q1/options/a/text": "对", "body/q1/options/a/feedback": "是的",
        "body/q1/options/b/text": "错", "body/q1/options/b/feedback": "不是",
    }  # fmt: skip


def test_segments_of_a_case():
    found = {segment.key: segment.source for segment in segments_of("case", CASE)}
    assert found["stages/visit/decision/0/options/users/text"] == "用户"
    assert found["rubric/depth/bands/0/descriptor"] == "没有" and found["rubric/depth/bands/0/label"] == "无"
    assert found["variants/a/values/firm/value"] == "甲公司"
    assert list(found)[-1] == "debrief"
    for key in ("title", "rubric/depth/title", "rubric/depth/bands/10/label", "variants/a/values/price/value"):
        assert key not in found


def test_an_overlay_changes_words_and_nothing_else():
    def find(key, source):
        return (TRANSLATED, f"EN {key}")

    done = overlay("case", CASE, find, whole_units=False, old=False)
    stage = json.loads(done.content["stages"])[0]["value"]
    option = stage["decision"][0]["value"]["options"][0]
    assert option == {"key": "users", "text": "EN stages/visit/decision/0/options/users/text",
                      "consequence": "EN stages/visit/decision/0/options/users/consequence", "condition": "trust > 1",
                      "next": ""}  # fmt: skip
    assert stage["exhibits"] == ["memo"] and stage["key"] == "visit"
    band = json.loads(done.content["rubric"])[0]["value"]["bands"][0]
    assert band == {"points": 0, "label": "无", "label_en": "EN rubric/depth/bands/0/label",
                    "descriptor": "EN rubric/depth/bands/0/descriptor"}  # fmt: skip
    assert "用户" in CASE["stages"]  # the content given is left alone


def test_a_block_of_a_lesson_is_translated_wholly_or_not_at_all():
    def find(key, source):
        return (MISSING, "") if key.endswith("b/feedback") else (OLD, "before") if key == "body/h1" else (TRANSLATED, "EN")

    done = overlay("lesson", LESSON, find, whole_units=True, old=True)
    assert done.states["body/q1"] == MISSING and done.states["body/h1"] == OLD and done.states["body/t1"] == TRANSLATED
    blocks = {b["id"]: b["value"] for b in json.loads(done.content["body"])}
    assert blocks["s1"]["question"] == "对吗？" and blocks["h1"] == "before" and blocks["t1"] == "EN"
    assert done.counts == {TRANSLATED: 6, OLD: 1, MISSING: 1}
    assert done.content["summary_en"] == "EN" and done.content["summary"] == "一句话。"


@pytest.mark.parametrize(
    ("text", "chinese"),
    [("先听", True), ("<p>Listen (听)</p>", False), ("TRL 4", False), ("", False), ("甲公司 A", True)],
)
def test_which_text_is_chinese_to_a_reader(text, chinese):
    assert mostly_chinese(text) is chinese


LINK = '<p>看<a href="https://example.org/">这里</a>与<b>那里</b>。</p><ul><li>一</li></ul>'


@pytest.mark.parametrize(
    ("kind", "source", "target", "found"),
    [
        ("rich", LINK, '<p>See <a href="https://example.org/">here</a>.</p><ul><li>One</li></ul>', []),
        ("rich", LINK, '<p>See here.</p><ul><li>One</li></ul>', ["tag_missing|a href=https://example.org/"]),
        ("rich", LINK, '<p>See <a href="https://evil.example/">here</a>.</p><ul><li>One</li></ul>',
         ["tag_missing|a href=https://example.org/", "tag_new|a href=https://evil.example/"]),
        ("rich", LINK, '<p>See <a href="https://example.org/">here</a>.<ul><li>One</li></ul>', ["unclosed|p"]),
        ("rich", "<p>一</p>", "<p>One</p><script>alert(1)</script>", ["unknown_tag|script"]),
        ("html", "<table><tr><td>一</td></tr></table>", "<table><tr><td>One</td></tr><tr><td>2</td></tr></table>",
         ["tag_new|tr", "tag_new|td"]),
        ("long", "到 {{ firm }}。", "To {{ firm }}.", []),
        ("long", "到 {{ firm }}。", "To {{ farm }}.", ["placeholder_missing|firm", "placeholder_new|farm"]),
        ("plain", "标题", "Two\nlines", ["lines|"]),
        ("plain", "标题", "标题", ["chinese|"]),
        ("plain", "标题", " ", ["empty|"]),
        ("plain", "标题", "x" * 256, ["too_long|255"]),
    ],
)  # fmt: skip
def test_what_keeps_a_translation_from_being_approved(kind, source, target, found):
    assert problems(kind, source, target) == found


@pytest.mark.parametrize("many", ["<" * 300_000, "<a" * 150_000, " " * 300_000 + "x"])
def test_texts_made_to_keep_us_busy_are_read_in_one_pass(many):
    """With an expression that looks to the end from every place, each of these would take minutes."""
    assert not mostly_chinese(many)
    assert len(normal("rich", f"<p>{many}</p>")) <= len(many) + 7
    assert problems("rich", "<p>字</p>", many) == ["too_long|20000"]


@given(st.text("a \n\t\r\u3000<字"))
def test_markup_is_compared_line_by_line(text):
    assert normal("rich", text) == re.sub(r"\s*\n\s*", "\n", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


@given(st.text())
def test_whatever_is_translated_comes_back_from_a_file(text):
    """XML has no place for some characters and another end of line: the segments have neither."""
    source = normal("text", "字" + text)
    (brought,) = xliff.read(xliff.write([xliff.Unit(7, "课", "title", source, source, "draft")]))
    assert (brought.source, brought.target) == (source, source)
