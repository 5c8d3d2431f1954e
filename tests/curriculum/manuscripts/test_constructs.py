"""Each construct of a manuscript, from Markdown and from Word: what block it becomes, and what is said about the rest."""

import pytest

from curriculum.manuscripts.lessons import minutes_for, topics_named
from curriculum.manuscripts.notes import Refused
from curriculum.manuscripts.reading import read
from curriculum.sample.manuscripts import sample
from tests.curriculum.manuscripts.files import png, word, zipped

TOPICS = [
    ("A1", "职业概览", "The profession"), ("A2", "成果与知识产权", "Results and intellectual property"), ("A10", "谈判", "Talks"),
]  # fmt: skip


def lessons(text: str, *, split: bool = True, kind: str = "md", picture: bytes | None = None) -> list[dict]:
    data = text.encode() if kind == "md" else word(text, picture)
    return read(data, kind=kind, title="无题", split=split).as_json()["lessons"]


def body(text: str, kind: str = "md") -> list[tuple]:
    return [(block["type"], block["value"]) for block in lessons(text, kind=kind)[0]["body"]]


def said(text: str, kind: str = "md") -> str:
    reading = read(text.encode() if kind == "md" else word(text), kind=kind, title="无题", split=True).as_json()
    return "\n".join(note["text"] for lesson in reading["lessons"] for note in lesson["notes"]) + "\n".join(
        note["text"] for note in reading["general"]
    )


both = pytest.mark.parametrize("kind", ["md", "docx"])


@both
def test_headings_make_lessons_sections_and_headings_inside(kind):
    found = lessons("# 甲\n\n## 一\n\n正文\n\n### 小\n\n#### 更小\n\n# 乙\n\n尾", kind=kind)
    assert [lesson["title"] for lesson in found] == ["甲", "乙"]
    assert [(b["type"], b["value"]) for b in found[0]["body"]] == [
        ("heading", "一"), ("text", "<p>正文</p><h3>小</h3><h4>更小</h4>")
    ]  # fmt: skip


@both
def test_without_splitting_the_first_heading_is_the_title(kind):
    (lesson,) = lessons("# 甲\n\n正文\n\n# 乙\n\n尾", split=False, kind=kind)
    assert lesson["title"] == "甲"
    assert [b["value"] for b in lesson["body"]] == ["<p>正文</p>", "乙", "<p>尾</p>"]


@both
def test_text_lists_quotes_and_links(kind):
    text = "# 甲\n\n**粗**和*斜*，见[来源](https://example.org/a?b=1&c=2)。\n\n1. 一\n2. 二\n   - 内\n\n> 引文"
    assert body(text, kind) == [("text", (
        '<p><b>粗</b>和<i>斜</i>，见<a href="https://example.org/a?b=1&amp;c=2">来源</a>。</p>'
        "<ol><li>一</li><li>二<ul><li>内</li></ul></li></ol><blockquote>引文</blockquote>"
    ))]  # fmt: skip


@both
def test_a_table_keeps_its_heading_row(kind):
    head = '<tr><th scope="col">项</th><th scope="col">值</th></tr>'
    assert body("# 甲\n\n| 项 | 值 |\n| - | - |\n| 误差 | **±6** ℃ |", kind) == [
        ("table", f"<table>{head}<tr><td>误差</td><td><b>±6</b> ℃</td></tr></table>")
    ]


@both
def test_footnotes_stand_at_the_end_of_their_lesson(kind):
    found = lessons("# 甲\n\n甲文[^x]。\n\n# 乙\n\n乙文[^y]。\n\n[^y]: 乙注，*斜*。\n[^x]: 甲注。", kind=kind)
    assert found[0]["body"][0]["value"] == "<p>甲文[1]。</p>"
    assert [b["value"] for b in found[0]["body"][1:]] == ["注释", "<p>[1] 甲注。</p>"]
    assert [b["value"] for b in found[1]["body"][1:]] == ["注释", "<p>[2] 乙注，<i>斜</i>。</p>"]


@both
def test_key_terms(kind):
    text = "# 甲\n\n## 关键术语\n\n- 技术成熟度（technology readiness）：离应用多远。\n- 权属：归谁所有。\n\n## 下一节\n\n文"
    assert body(text, kind)[:2] == [
        ("key_term", {"term": "技术成熟度", "term_en": "technology readiness", "definition": "离应用多远。"}),
        ("key_term", {"term": "权属", "term_en": "", "definition": "归谁所有。"}),
    ]


@both
def test_questions_for_discussion(kind):
    text = "# 甲\n\n## 三、思考题\n\n1. 甲问？\n2. 乙问？\n\n## 下一节\n\n思考题：丙问？"
    assert body(text, kind) == [
        ("discussion", {"key": "d1", "prompt": "甲问？"}), ("discussion", {"key": "d2", "prompt": "乙问？"}),
        ("heading", "下一节"), ("discussion", {"key": "d3", "prompt": "丙问？"}),
    ]  # fmt: skip


CHECKS = {
    "letters": "先查什么？\n\n(a) 权属 ✓ —— 先弄清是谁的。\n(b) 价格 —— 还太早。",
    "full width": "先查什么？\n\n（A）权属 √ —— 先弄清是谁的。\n\n（B）价格 —— 还太早。",
    "a list": "1. 先查什么？\n   - 权属 ✓ —— 先弄清是谁的。\n   - 价格 —— 还太早。",
    "a list below": "先查什么？\n\n- 权属 ✓ —— 先弄清是谁的。\n- 价格 —— 还太早。",
    "brackets": "1、先查什么？\n\nA. [x] 权属 // 先弄清是谁的。\nB. [ ] 价格 // 还太早。",
}


@both
@pytest.mark.parametrize("text", CHECKS.values(), ids=CHECKS.keys())
def test_self_checks(kind, text):
    ((name, check),) = body(f"# 甲\n\n## 自测\n\n{text}", kind)
    assert name == "self_check"
    assert (check["key"], check["question"]) == ("q1", "先查什么？")
    assert check["options"] == [
        {"key": "a", "text": "权属", "correct": True, "feedback": "先弄清是谁的。"},
        {"key": "b", "text": "价格", "correct": False, "feedback": "还太早。"},
    ]


@both
def test_several_self_checks_share_an_explanation(kind):
    text = "# 甲\n\n## Self-check\n\n1. Q one?\n   (a) yes ✓\n   (b) no\n   Why: because.\n"
    text += "2. Q two?\n   (a) so\n   (b) other ✓ -- right"
    first, second = [value for _kind, value in body(text, kind)]
    assert [option["feedback"] for option in first["options"]] == ["because.", "because."]
    assert second["question"] == "Q two?" and [o["correct"] for o in second["options"]] == [False, True]
    assert "解析（a）" in said(text, kind)  # the answer without feedback is named


@both
def test_self_checks_that_are_none(kind):
    text = "# 甲\n\n## 自测\n\n先查什么？\n\n(a) 权属"
    assert body(text, kind) == [("text", "<p>先查什么？</p><p>权属</p>")]
    assert "选项不足两个" in said(text, kind)
    assert "没有标出正确选项" in said("# 甲\n\n## 自测\n\n问？\n\n(a) 一 —— 因\n(b) 二 —— 因", kind)


@both
def test_facts_at_the_top(kind):
    text = (
        "作者：编写组\n\n# 甲\n\n专题：A1、成果与知识产权\n时长：1.5 小时\n"
        "英文标题：One\n来源：某书 https://example.org/x\n法规核对日期：2026年3月1日\n\n文：这不是标签。"
    )
    (lesson,) = lessons(text, kind=kind)
    assert lesson["topics"] == ["A1", "成果与知识产权"]
    assert (lesson["minutes"], lesson["estimated"]) == (90, False)
    assert lesson["facts"] == {
        "author": "编写组", "title_en": "One", "source": "某书 https://example.org/x", "source_url": "https://example.org/x",
        "legally_valid_on": "2026-03-01",
    }  # fmt: skip
    assert [b["value"] for b in lesson["body"]] == ["<p>文：这不是标签。</p>"]


def test_facts_between_dashes_count_for_all_lessons():
    first, second = lessons("---\n作者：编写组\n许可：自用\n---\n\n# 甲\n\n文\n\n# 乙\n\n作者：另一人\n\n文")
    assert first["facts"] == {"author": "编写组", "licence": "自用"}
    assert second["facts"] == {"author": "另一人", "licence": "自用"}


def test_facts_that_can_not_be_read_are_named():
    text = "# 甲\n\n时长：很久\n法规核对日期：去年\n\n文"
    assert "不是分钟数" in said(text) and "不是日期" in said(text)


def test_topics_by_label_code_heading_and_text():
    def named(text):
        return topics_named(lessons(text)[0], TOPICS)

    assert named("# 甲\n\n专题：a2、没有的\n\nA1") == (["A2"], ["没有的"])
    assert named("# 甲\n\n见 A10。") == (["A10"], [])  # and not A1
    assert named("# 谈判\n\n也讲职业概览。") == (["A10"], [])
    assert named("# 甲\n\n也讲职业概览。") == (["A1"], [])
    assert named("# 甲\n\n别的") == ([], [])


def test_minutes_are_estimated_by_the_stated_speed():
    assert minutes_for([{"type": "text", "value": "<p>" + "字" * 2000 + "</p>"}]) == 10
    assert minutes_for([{"type": "text", "value": "<p>" + "字" * 2001 + "</p>"}]) == 15
    assert minutes_for([{"type": "text", "value": "word " * 1200}]) == 10
    assert minutes_for([{"type": "discussion", "value": {"key": "d1", "prompt": "？"}}]) == 10
    assert minutes_for([]) == 5


def test_lines_of_chinese_join_without_a_gap():
    assert body("# 甲\n\n第一行\n第二行\nand\nmore") == [("text", "<p>第一行第二行 and more</p>")]


def test_superscripts_become_characters():
    assert body("# 甲\n\nm<sup>2</sup>，CO<sub>2</sub>") == [("text", "<p>m²，CO₂</p>")]


@pytest.mark.parametrize(("text", "word_"), [
    ("```\ncode\n```", "代码块"), ("一`二`", "等宽字"), ("~~旧~~", "删除线"), ("文\n\n---\n\n文", "分隔线"),
    ("##### 五\n\n文", "5 级标题"),
    ("<div onclick=x>块</div>\n\n文", "未收入 HTML"), ("文<span>字</span>", "未收入 HTML"),
    ("[文](javascript:alert(1))[文](lesson2.md)", "lesson2.md"),
    ("![图](https://example.org/a.png)文", "别的网站"), ("![图](a.png)文", "没有随书稿上传"), ("> - 列\n\n文", "引文里"),
    ("文\n\n[^x]: 没有人引用", "没有被引用"), ("## 关键术语\n\n不像术语", "没有认出术语"),
])  # fmt: skip
def test_what_can_not_be_kept_is_named(text, word_):
    assert word_ in said(f"# 甲\n\n{text}")


def test_notes_name_the_line_they_are_about():
    text = "# 甲\n\n文\n\n再一行\n这里有`码`\n\n# 乙\n\n---\n\n文"
    first, second = lessons(text)
    assert [(n["place"]) for n in first["notes"]] == [6]
    assert [(n["place"]) for n in second["notes"]] == [10]


@both
def test_pictures_with_words_and_caption(kind):
    text = "# 甲\n\n![红块](a.png)\n\n图 1 一块红色"
    data = zipped({"书/稿.md": text, "书/a.png": png()}) if kind == "md" else word(text, png())
    reading = read(data, kind="zip" if kind == "md" else "docx", title="", split=True).as_json()
    ((key, kept),) = reading["pictures"].items()
    assert (kept["suffix"], kept["width"], kept["height"]) == (".png", 40, 30)
    figure = {"image": key, "alt": "红块", "caption": "图 1 一块红色"}
    assert reading["lessons"][0]["body"] == [{"type": "figure", "value": figure}]


def test_a_picture_inside_text_comes_behind_it():
    data = zipped({"a.md": "# 甲\n\n见![红块](pics/a.png \"题\")此图。", "pics/a.png": png(), "b.txt": "x"})
    reading = read(data, kind="zip", title="", split=True).as_json()
    assert [b["type"] for b in reading["lessons"][0]["body"]] == ["text", "figure"]
    assert [note["text"] for note in reading["general"]] == ["未收入不收的文件：“b.txt”。"]


def test_no_picture_but_what_it_says():
    data = zipped({"a.md": "# 甲\n\n文 ![图](a.png)", "a.png": b"<svg onload=alert(1)>"})
    reading = read(data, kind="zip", title="", split=True).as_json()
    assert not reading["pictures"] and "不能收入" in reading["lessons"][0]["notes"][0]["text"]


def test_old_encodings():
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        assert read("# 题目\n\n正文".encode(encoding), kind="md", title="", split=True).lessons[0].title == "题目"


@pytest.mark.parametrize("data", [b"", b"   \n", b"# \n\n", b"\x00\x01\x02", b"<script>alert(1)</script>"])
def test_nothing_to_teach_is_refused(data):
    with pytest.raises(Refused):
        read(data, kind="md", title="", split=True)


def test_too_many_lessons_are_refused_but_can_be_one():
    text = "".join(f"# 第{n}课\n\n文\n\n" for n in range(31)).encode()
    with pytest.raises(Refused, match="最多 30 课"):
        read(text, kind="md", title="", split=True)
    assert len(read(text, kind="md", title="", split=False).lessons) == 1


def test_the_sample_says_the_same_in_word_and_markdown():
    in_word = read(sample("docx"), kind="docx", title="", split=True).as_json()
    in_markdown = read(sample("zip"), kind="zip", title="", split=True).as_json()
    for ours, theirs in zip(in_word["lessons"], in_markdown["lessons"], strict=True):
        assert ours["notes"] == theirs["notes"] == []
        assert {k: ours[k] for k in ("title", "facts", "topics", "minutes", "body")} == {
            k: theirs[k] for k in ("title", "facts", "topics", "minutes", "body")
        }
    kinds = {block["type"] for lesson in in_word["lessons"] for block in lesson["body"]}
    assert kinds == {"heading", "text", "table", "figure", "key_term", "discussion", "self_check"}
