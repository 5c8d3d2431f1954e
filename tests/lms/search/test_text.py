"""Tokens, queries and passages: plain text in, plain values out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.lib.search.index import tsvector
from lms.lib.search.text import MAX_SEGMENTS, MAX_TERMS, hits, marked, parse, passage, plain, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("技术需求", ["技术", "术需", "需求", "求"]),
        ("需", ["需"]),
        ("技术,需求", ["技术", "术", "需求", "求"]),
        ("GB/T 34670", ["gb", "t", "34670"]),
        ("技术  需求", ["技术", "术需", "需求", "求"]),
        ("技术\n需求", ["技术", "术", "需求", "求"]),
        ("5G技术", ["5g", "技术", "术"]),
        ("ＰＣＴ申请", ["pct", "申请", "请"]),  # full-width letters
        ("𬭎业", ["𬭎业", "业"]),  # outside the basic plane
        ("", []),
        ("，。!?", []),
    ],
)
def test_tokens(text, expected):
    assert tokens(text) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("技术需求", [(("技术", "术需", "需求"), False)]),
        ("需", [(("需",), True)]),
        ("Patent 许可", [(("patent",), True), (("许可",), False)]),
        ('"Patent pool"', [(("patent", "pool"), False)]),
        ("“技术 需求”", [(("技术", "术需", "需求"), False)]),
        ("《专利法》", [(("专利", "利法"), False)]),
        ("技术5G", [(("技术", "术", "5g"), True)]),
        ('"never closed', [(("never", "closed"), False)]),
        ("需求 需求", [(("需求",), False)]),
        ("   ", []),
        ("%_'; DROP TABLE --", [(("drop",), True), (("table",), True)]),
        ("a* AND NOT (b OR c)", [((word,), True) for word in ("a", "and", "not", "b", "or", "c")]),
    ],
)
def test_queries(typed, expected):
    assert [(term.tokens, term.prefix) for term in parse(typed).terms] == expected


@given(st.text(max_size=3000))
def test_no_query_is_too_much(typed):
    query = parse(typed)
    assert len(query.terms) <= MAX_TERMS
    for term in query.terms:
        assert term.tokens and all(token and not set(token) & set("\"'*():|&!<>\\ \x00") for token in term.tokens)
    assert len(query.loosened()) <= MAX_SEGMENTS


@given(st.text(max_size=200), st.text(max_size=30))
def test_passages_say_what_the_text_says(text, typed):
    query = parse(typed)
    assert "".join(piece for piece, _hit in marked(text, query)) == text
    said = "".join(piece for piece, _hit in passage(text, query)).replace("…", "")
    assert said in " ".join(text.split()).replace("…", "") or "…" in text


@given(st.text(alphabet="技术需求转移ab1 ,。", min_size=1, max_size=40), st.integers(0, 39), st.integers(1, 12))
def test_whatever_stands_in_a_text_is_marked_in_it(text, start, length):
    """Property behind the highlighting: a word of the text that is looked for is found in it."""
    typed = text[start : start + length]
    query = parse(f'"{typed}"')
    for term in query.terms:
        if term.segments[0][1] and term.segments[-1][1]:  # begins and ends with Chinese: no word can be cut in two
            assert hits(text, query), (text, typed)


def test_hits_cross_width_and_case():
    assert [t for t, hit in marked("ＰＣＴ Application 与 pct", parse("pct")) if hit] == ["ＰＣＴ", "pct"]
    assert [t for t, hit in marked("technology Technologies tech", parse("tech")) if hit] == [
        "technology", "Technologies", "tech",
    ]  # fmt: skip
    assert [t for t, hit in marked("retech tech", parse('"tech"')) if hit] == ["tech"]


def test_a_passage_is_where_most_of_the_words_are():
    text = "需求在前。" + "无关" * 100 + "需求与专利在一起。" + "无关" * 100
    pieces = passage(text, parse("需求 专利"))
    assert pieces[0] == ("…", False) and pieces[-1] == ("…", False)
    assert [t for t, hit in pieces if hit] == ["需求", "专利"]
    assert len("".join(t for t, _hit in pieces)) < 130


def test_a_passage_without_a_hit_is_the_beginning():
    assert passage("甲" * 300, parse("乙"))[0][0].endswith("甲…")
    assert passage("", parse("乙")) == []


def test_a_passage_keeps_to_one_language():
    """A code such as J-PR-2 is of neither, and stays with the text before it."""
    text = "判断技术合同的类型\nJ-PR-2\n政策法规\nClassify a contract by its subject\nPolicy and regulation"
    said = lambda typed, english: "".join(piece for piece, _hit in passage(text, parse(typed), english=english))  # noqa: E731
    assert said("技术合同", True) == said("技术合同", False) == "判断技术合同的类型 J-PR-2 政策法规"
    assert said("contract", False) == "Classify a contract by its subject Policy and regulation"
    assert said("nothing", True).startswith("Classify") and said("nothing", False).startswith("判断")


def test_plain_text_of_html():
    assert plain("<p>技<b>术</b>转移</p><p>a &amp; b</p><ul><li>一</li><li>二</li></ul>") == "技术转移\na & b\n一\n二"
    assert plain("<script>x</script>1 < 2") == "x\n1 < 2"


def test_a_tsvector_keeps_title_and_text_apart():
    assert tsvector(["技术"], ["技术", "5g"]) == "'技术':1A,4 '5g':5"
