"""Word files and texts made to do harm, and any bytes at all: refused or reduced, never a traceback, nothing active."""

import json
import re
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curriculum.manuscripts.notes import Refused
from curriculum.manuscripts.reading import kind_of, read
from curriculum.models import LessonPage
from tests.curriculum.manuscripts.files import W, changed, part, png, word, zipped

GOOD = word("# 甲\n\n正文[链接](https://example.org/)。")
TYPES = "[Content_Types].xml"
RELS = "word/_rels/document.xml.rels"
TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def take(data: bytes) -> dict:
    return read(data, kind="docx", title="题", split=True).as_json()


def general(data: bytes) -> str:
    return "\n".join(note["text"] for note in take(data)["general"])


def related(kind: str, target: str, *, external: bool = True) -> bytes:
    mode = ' TargetMode="External"' if external else ""
    line = f'<Relationship Id="x1" Type="{TYPE}/{kind}" Target="{target}"{mode}/></Relationships>'
    return changed(GOOD, {RELS: part(GOOD, RELS).replace("</Relationships>", line)})


@pytest.mark.parametrize("data", [
    changed(GOOD, {"word/vbaProject.bin": b"\xd0\xcf\x11\xe0"}),
    changed(GOOD, {TYPES: part(GOOD, TYPES).replace("document.main", "document.macroEnabled.main")}),
])  # fmt: skip
def test_macros_refuse_the_file(data):
    with pytest.raises(Refused, match="宏"):
        take(data)


@pytest.mark.parametrize(("kind", "target"), [
    ("attachedTemplate", "http://evil.example/t.dotm"), ("image", "file:///etc/passwd"), ("oleObject", "http://evil.example/x"),
    ("frame", "https://evil.example/f"), ("subDocument", "\\\\evil\\share\\a.docx"), ("hyperlink", "javascript:alert(1)"),
])  # fmt: skip
def test_nothing_outside_the_file_is_fetched(kind, target):
    said = general(related(kind, target))
    assert kind in said and target in said


def test_an_external_image_in_the_text_is_dropped():
    drawing = (
        '<w:p><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
        '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData>'
        '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:blipFill><a:blip r:link="x1"/>'
        "</pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
    )
    data = related("image", "file:///etc/hostname")
    text = part(data, "word/document.xml").replace("<w:sectPr", drawing + "<w:sectPr")
    try:
        found = take(changed(data, {"word/document.xml": text}))
    except Refused:
        return
    assert found["pictures"] == {}


def test_embedded_files_are_dropped_and_named():
    extra = {"word/embeddings/oleObject1.bin": b"MZ", "word/activeX/a.xml": "<a/>", "word/afchunk.htm": "<p>"}
    said = general(changed(GOOD, extra))
    assert "嵌在文中的文件：“oleObject1.bin”" in said and "ActiveX" in said and "afchunk.htm" in said


@pytest.mark.parametrize("name", ["word/document.xml", "word/styles.xml", RELS, "[Content_Types].xml"])
def test_entities_refuse_the_file(name):
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
    text = re.sub(r"<\?xml[^>]*\?>\s*", "", part(GOOD, name))
    with pytest.raises(Refused, match="恶意"):
        take(changed(GOOD, {name: bomb + text}))


def test_bombs_are_refused():
    with pytest.raises(Refused):
        take(changed(GOOD, {"word/media/a.png": b"\x00" * 30_000_000}))
    with pytest.raises(Refused):
        take(changed(GOOD, {"../../evil.xml": "x"}))
    deep = "<w:tbl><w:tr><w:tc>" * 3000 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 3000
    try:
        take(changed(GOOD, {"word/document.xml": f'<w:document xmlns:w="{W}"><w:body>{deep}</w:body></w:document>'}))
    except Refused:
        pass  # either way is fine; a traceback is not


def test_a_picture_too_large_to_draw_is_left_out():
    size = struct.pack(">II", 60000, 60000)
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + size + b"\x08\x02\x00\x00\x00" + b"\x00" * 4
    data = word("# 甲\n\n文\n\n![图](a.png)", png())
    name = next(n for n in _names(data) if n.startswith("word/media/"))
    found = take(changed(data, {name: head}))
    assert found["pictures"] == {} and "不能收入" in found["general"][0]["text"]


def _names(data: bytes) -> list[str]:
    import io
    import zipfile

    return zipfile.ZipFile(io.BytesIO(data)).namelist()


def test_formulas_changes_and_comments_are_named():
    maths = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    formula = f'<m:oMath xmlns:m="{maths}"><m:r><m:t>E=mc</m:t></m:r></m:oMath>'
    more = f"<w:p>{formula}<w:ins><w:r><w:t>新</w:t></w:r></w:ins></w:p><w:sectPr"
    text = part(GOOD, "word/document.xml").replace("<w:sectPr", more)
    said = general(changed(GOOD, {"word/document.xml": text, "word/comments.xml": "<x/>"}))
    assert "E=mc" in said and "修订痕迹" in said and "批注" in said


@pytest.mark.parametrize("name", ["a.doc", "a.docm", "a.exe", "a", "a.docx.html"])
def test_other_files_are_refused_by_name(name):
    with pytest.raises(Refused):
        kind_of(name)


# --- Anything at all ------------------------------------------------------------------------------------------------

ACTIVE = re.compile(
    r"<\s*(?:script|iframe|object|embed|svg|img|style|link|meta|form|input|button|video)|<[^>]*\son\w+\s*=|javascript:", re.I
)


def harmless(reading: dict) -> None:
    """No block that draws HTML holds anything but what lessons are made of, and each can be drawn."""
    block = LessonPage.body.field.stream_block
    for lesson in reading["lessons"]:
        for line in lesson["body"]:
            if line["type"] in ("text", "table"):
                html = re.sub(r'href="(?:https?://|mailto:)[^"]*"', "", line["value"], flags=re.I)
                tags = "".join(re.findall(r"<[^>]*>", html))
                assert not ACTIVE.search(tags), tags
                assert set(re.findall(r"</?([a-z0-9]+)", tags)) <= {
                    "p", "b", "i", "a", "ul", "ol", "li", "blockquote", "h3", "h4", "br", "table", "tr", "th", "td", "caption",
                }  # fmt: skip
            if line["type"] != "figure":
                drawn = block.to_python([line])[0].render()
                assert "<script" not in drawn.lower() and "javascript:" not in " ".join(re.findall(r"<[^>]*>", drawn)).lower()
    json.dumps(reading)


PIECES = st.sampled_from([
    "# ", "## ", "### 自测\n", "## 关键术语\n\n", "## 思考题\n\n", "\n\n", "\n", "- ", "1. ", "(a) ", "（b）", " ✓", "——", "：",
    "> ", "| a | b |\n|-|-|\n", "|", "`", "```\n", "[^1]", "[^1]: ", "[x](", "javascript:alert(1)", ")",
    "https://a.example/\"onmouseover=x", "![x](data:image/png;base64,AAAA)",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    "<table><tr><td onclick=x>", "</td></tr></table>", "<br>", "<sup>2</sup>",
    "&lt;script&gt;", "&#106;avascript:", "---\n", "作者：", "专题：",
    "解析：", "\u202e", "\x00", "😀", "\ud7ff", "<!--", "<![CDATA[", "\\", "*", "**", "~~",
])  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=60).map("".join)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=TEXTS, split=st.booleans())
def test_any_markdown_is_read_or_refused(text, split):
    try:
        reading = read(text.encode("utf-8", "surrogatepass"), kind="md", title="题", split=split)
    except Refused:
        return
    harmless(reading.as_json())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    data=st.binary(max_size=200), kind=st.sampled_from(["md", "docx", "zip"]),
    head=st.sampled_from([b"", b"PK\x03\x04", b"\xff\xfe"]),
)  # fmt: skip
def test_any_bytes_are_read_or_refused(data, kind, head):
    try:
        harmless(read(head + data, kind=kind, title="题", split=True).as_json())
    except Refused:
        pass


TAGS = [
    "w:p", "w:r", "w:t", "w:tbl", "w:tr", "w:tc", "w:pPr", "w:numPr", "w:ilvl", "w:numId", "w:hyperlink", "w:pStyle",
    "w:br", "w:footnoteReference", "w:drawing", "w:sdt", "w:object", "w:fldChar", "w:instrText", "w:b", "w:gridSpan", "w:vMerge",
    "w:tcPr",
]  # fmt: skip
VALUES = st.sampled_from(["Heading1", "Heading2", "Quote", "Caption", "0", "1", "-1", "99999999999", "x", "r10", ""])
XML = st.recursive(
    st.builds(lambda t: t.replace("&", "").replace("<", ""), st.text(alphabet="自测（a）✓——：(b) <script>\"'x", max_size=8)),
    lambda inner: st.builds(
        lambda tag, value, key, children: f'<{tag} {key}="{value}">{"".join(children)}</{tag}>',
        st.sampled_from(TAGS), VALUES, st.sampled_from(["w:val", "w:id", "r:id", "w:fldCharType"]), st.lists(inner, max_size=5),
    ),
    max_leaves=40,
)  # fmt: skip


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(inside=st.lists(XML, max_size=6).map("".join))
def test_any_word_text_is_read_or_refused(inside):
    body = f"<w:body><w:p><w:r><w:t>文</w:t></w:r></w:p>{inside}</w:body>"
    document = f'<w:document xmlns:w="{W}" xmlns:r="{TYPE}">{body}</w:document>'
    try:
        harmless(take(changed(GOOD, {"word/document.xml": document})))
    except Refused:
        pass


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.integers(0, len(GOOD) - 1), new=st.binary(min_size=1, max_size=4))
def test_a_damaged_word_file_is_read_or_refused(place, new):
    try:
        harmless(take(GOOD[:place] + new + GOOD[place + len(new) :]))
    except Refused:
        pass


def test_a_zip_needs_one_text():
    for files in ({"a.png": png()}, {"a.md": "文", "b.md": "文"}):
        with pytest.raises(Refused):
            read(zipped(files), kind="zip", title="", split=True)
