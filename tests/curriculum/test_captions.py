"""Captions are read as WebVTT (https://www.w3.org/TR/webvtt1/), and a wrong line is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curriculum.captions import Cue, Unreadable, read
from tests.curriculum.media_files import VTT


def test_it_works():
    assert read(VTT) == [Cue(0, 2.5, "先看证据"), Cue(2.5, 4, "再说级别 & 等级")]


def test_notes_styles_names_and_settings_are_no_words():
    data = (
        "\ufeffWEBVTT - 标题\r\nKind: captions\r\n\r\nNOTE 说明\r\n还是说明\r\n\r\nSTYLE\r\n::cue { color: red }\r\n\r\n"
        "一号\r\n01:02:03.004 --> 01:02:05.000 align:start\r\n<v 教师>第一行</v>\r\n第二行\r\n"
    )
    assert read(data.encode()) == [Cue(3723.004, 3725, "第一行\n第二行")]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("1\n00:00:01,000 --> 00:00:02,000\nSRT\n", 1, "header"),
        ("WEBVTT\n\n00:01.000 --> 00:02,000\n字\n", 3, "time"),
        ("WEBVTT\n\n00:61.000 --> 00:62.000\n字\n", 3, "time"),
        ("WEBVTT\n\n只有字\n", 4, "time"),
        ("WEBVTT\n\n00:02.000 --> 00:01.000\n字\n", 3, "order"),
        ("WEBVTT\n\n00:02.000 --> 00:03.000\n字\n\n00:01.000 --> 00:04.000\n字\n", 6, "order"),
        ("WEBVTT\n\n00:02.000 --> 00:03.000\n<b></b>\n", 3, "text"),
        ("WEBVTT\n\nNOTE 没有字幕\n", 4, "nothing"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_named(text, line, what):
    with pytest.raises(Unreadable) as refused:
        read(text.encode())
    assert (refused.value.line, refused.value.what) == (line, what)


def test_bytes_that_are_no_utf8():
    with pytest.raises(Unreadable) as refused:
        read("WEBVTT\n\n00:01.000 --> 00:02.000\n字幕\n".encode("gb18030"))
    assert (refused.value.line, refused.value.what) == (4, "encoding")


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: f"WEBVTT\n\n00:01.000 --> 00:02.000\n{text}".encode()))
def test_whatever_comes_it_is_read_or_refused(data):
    try:
        assert all(cue.end > cue.start and "<b>" not in cue.text for cue in read(data))
    except Unreadable as refused:
        assert refused.line >= 1


def test_captions_made_to_keep_us_busy_are_read_in_one_pass():
    many = "<a" * 150_000  # to the end from every place: minutes
    assert read(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{many}\n".encode())[0].text == many
