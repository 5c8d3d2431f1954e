"""The comparison of two contents: words, blocks, moves; joined pieces always give back both texts."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curriculum.content_diff import ADDED, REMOVED, SAME, changed, diff, diff_words, plain_text


def joined(pieces, *states) -> str:
    return "".join(piece.text for piece in pieces if piece.state in states)


def shown(pieces) -> str:
    marks = {SAME: "%s", ADDED: "+%s+", REMOVED: "-%s-"}
    return "".join(marks[piece.state] % piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("技术经理人先核对权属", "技术经理人先核对价格", "技术经理人先核对-权属-+价格+"),
        ("check the price first", "check the title first", "check the -price-+title+ first"),
        ("专利法2020年修正", "专利法2008年修正", "专利法-2020-+2008+年修正"),
        ("", "新的", "+新的+"),
        ("旧的", "", "-旧的-"),
        ("一样", "一样", "一样"),
        ("一\n二\n三", "一\n二之二\n三", "一\n+二之+二\n三"),
    ],
)
def test_words(before, after, expected):
    assert shown(diff_words(before, after)) == expected


texts = st.text(alphabet=st.sampled_from("技术转移 \nabc1,。𬭎<>"), max_size=60)


@given(texts, texts)
@settings(max_examples=200, deadline=None)
def test_pieces_give_back_both_texts(before, after):
    pieces = diff_words(before, after)
    assert joined(pieces, SAME, REMOVED) == before
    assert joined(pieces, SAME, ADDED) == after
    assert all(one.state != other.state for one, other in pairwise(pieces))


def test_a_very_long_paragraph_is_replaced_whole():
    pieces = diff_words("甲" * 5000, "乙" * 5000)
    assert [(piece.state, len(piece.text)) for piece in pieces] == [(REMOVED, 5000), (ADDED, 5000)]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>一</p><p>二</p>", "一\n二"),
        ("<ul><li>甲</li><li>乙</li></ul>", "• 甲\n• 乙"),
        ('<p>见<a href="https://a.example/">原文</a></p>', "见原文 (https://a.example/)"),
        ("<table><tr><td>1</td><td>2</td></tr></table>", "1 | 2 |"),
        ("a < b 且 c > d", "a < b 且 c > d"),
        ("<p>&lt;p&gt; &amp; 文</p>", "<p> & 文"),
        ("  留白  ", "留白"),
    ],
)
def test_plain_text(html, text):
    assert plain_text(html) == text


def block(kind, value, key):
    return {"type": kind, "value": value, "id": key}


def body(*blocks) -> dict:
    return {"body": json.dumps(list(blocks))}


A, B, C = block("text", "<p>第一段</p>", "a"), block("text", "<p>第二段</p>", "b"), block("heading", "标题", "c")


def states(before, after):
    return [(c.kind, c.number, c.state, c.moved) for c in diff(before, after)]


def test_equal_contents_differ_in_nothing():
    assert changed(diff(body(A, B, C), body(A, B, C))) == []


def test_a_block_added_and_one_removed_stand_in_their_places():
    assert states(body(A, B), body(A, C)) == [
        ("text", 1, "same", False), ("heading", 2, "added", False), ("text", 2, "removed", False),
    ]  # fmt: skip
    assert states(body(A, B), body(B)) == [("text", 1, "removed", False), ("text", 1, "same", False)]


def test_one_block_moved_is_one_move():
    assert states(body(A, B, C), body(C, A, B)) == [
        ("heading", 1, "moved", True), ("text", 2, "same", False), ("text", 3, "same", False),
    ]  # fmt: skip


def test_a_moved_block_may_be_changed_too():
    new = block("heading", "新标题", "c")
    assert states(body(A, B, C), body(new, A, B))[0] == ("heading", 1, "changed", True)


def test_blocks_with_other_ids_are_matched_by_text_and_likeness():
    copy = body(
        block("text", "<p>第一段</p>", "x"), block("text", "<p>第二段，改过</p>", "y"), block("heading", "标题", "z")
    )
    assert states(body(A, B, C), copy) == [
        ("text", 1, "same", False), ("text", 2, "changed", False), ("heading", 3, "same", False),
    ]  # fmt: skip


def test_only_bold_is_markup():
    bold = block("text", "<p><b>第一段</b></p>", "a")
    (change,) = diff(body(A), body(bold))
    assert change.state == "markup"
    assert shown(change.leaves[0].pieces) == "第一段"


def stage(key, title, *options):
    listed = [{"type": "item", "id": f"id-{key}-{k}", "value": {"key": k, "text": t}} for k, t in options]
    return block("stage", {"key": key, "title": title, "options": listed}, f"s-{key}")


def test_what_changes_inside_a_block_is_named_by_its_path():
    before = {"stages": json.dumps([stage("visit", "走访", ("a", "问用户"), ("b", "问价格"))])}
    after = {"stages": json.dumps([stage("visit", "走访企业", ("b", "问价格"), ("a", "问使用者"), ("c", "不问"))])}
    (change,) = diff(before, after)
    found = {leaf.path: (leaf.state, shown(leaf.pieces)) for leaf in change.changed_leaves}
    assert found == {
        ("title",): ("changed", "走访+企业+"),
        ("options", "2", "text"): ("changed", "问-用户-+使用者+"),
        ("options", "3", "key"): ("added", "+c+"),
        ("options", "3", "text"): ("added", "+不问+"),
    }


def test_plain_fields_and_what_is_skipped():
    before = {"title": "旧题", "minutes": 45, "slug": "a", "pk": 1, "legally_valid_on": None}
    after = {"title": "新题", "minutes": 45, "slug": "b", "pk": 2, "legally_valid_on": "2026-01-01"}
    found = [(c.field, c.state) for c in diff(before, after, skip=["slug"])]
    assert found == [("title", "changed"), ("minutes", "same"), ("legally_valid_on", "added")]


def test_a_field_that_only_one_side_has():
    assert [(c.field, c.state) for c in diff({"old": "x"}, {"new": "y"})] == [("new", "added"), ("old", "removed")]


def test_ids_are_shown_as_the_caller_says():
    names = {1: "甲", 2: "乙"}

    def show(name, value):
        return "\n".join(names[pk] for pk in value) if name == "topics" else None

    (change,) = diff({"topics": [1]}, {"topics": [1, 2]}, show=show)
    assert shown(change.leaves[0].pieces).replace("\n", "/") == "甲+/乙+"


def test_true_and_false_are_signs():
    (change,) = diff({"required": True}, {"required": False})
    assert shown(change.leaves[0].pieces) == "-✓-+✗+"


simple = st.recursive(
    st.none() | st.booleans() | st.integers(0, 5) | st.text("ab<>[{p技", max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "value", "id", "key", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
contents = st.dictionaries(st.sampled_from(["title", "body", "topics", "stages"]), simple, max_size=4)


@given(contents)
@settings(max_examples=150, deadline=None)
def test_a_content_never_differs_from_itself(content):
    assert changed(diff(content, content)) == []


@given(contents, contents)
@settings(max_examples=150, deadline=None)
def test_any_two_contents_can_be_compared_both_ways(before, after):
    there, back = diff(before, after), diff(after, before)
    assert bool(changed(there)) == bool(changed(back))
