"""Which film an address stands for, and what a chapter's time means."""

import pytest

from curriculum.films import clock, elsewhere, kind_of, seconds
from tests.curriculum.media_files import EXAMPLES, MP4, WEBM


@pytest.mark.parametrize(
    ("address", "player"),
    [
        ("https://www.bilibili.com/video/BV1xx411c7mD/", "https://player.bilibili.com/player.html?bvid=BV1xx411c7mD&autoplay=0"),
        ("https://www.bilibili.com/video/BV1xx411c7mD?p=3&spm=1",
         "https://player.bilibili.com/player.html?bvid=BV1xx411c7mD&page=3&autoplay=0"),
        ("https://v.qq.com/x/page/a0012abcdef.html", "https://v.qq.com/txp/iframe/player.html?vid=a0012abcdef"),
        ("https://v.qq.com/x/cover/mzc0020/a0012abcdef.html", "https://v.qq.com/txp/iframe/player.html?vid=a0012abcdef"),
        ("https://youtu.be/AbCdEfGhIjK?si=track", "https://www.youtube-nocookie.com/embed/AbCdEfGhIjK?rel=0"),
        ("https://www.youtube.com/watch?v=AbCdEfGhIjK&list=x", "https://www.youtube-nocookie.com/embed/AbCdEfGhIjK?rel=0"),
    ],
)  # fmt: skip
def test_a_page_becomes_its_player_and_nothing_else_of_the_address_goes_along(address, player):
    assert elsewhere(address).player == player and elsewhere(address).kind == "frame"


@pytest.mark.parametrize(
    "address",
    [
        "", "http://www.bilibili.com/video/BV1xx411c7mD", "https://www.bilibili.com/video/../x", "javascript:alert(1)",
        "https://www.bilibili.com.evil.example/video/BV1xx411c7mD", "https://user@www.bilibili.com/video/BV1xx411c7mD",
        "https://www.bilibili.com:8443/video/BV1xx411c7mD", "https://www.youtube.com/watch?v=short", "https://[bad",
        "https://films.example/lesson.mp4", "https://v.qq.com/x/page/%22onload.html", "https://www.bilibili.com:x/",
    ],
)  # fmt: skip
def test_every_other_address_is_none(address):
    assert elsewhere(address) is None


def test_the_operator_says_which_hosts(settings):
    settings.VIDEO_HOSTS = ["films.example"]
    found = elsewhere("https://films.example/a/lesson.mp4?x=1#t=3")
    assert (found.kind, found.player, found.site) == ("file", "https://films.example/a/lesson.mp4?x=1", "films.example")
    assert elsewhere("https://films.example/page.html") is None
    assert elsewhere("https://www.bilibili.com/video/BV1xx411c7mD") is None


@pytest.mark.parametrize(("time", "found"), [("1:05", 65), ("0:00", 0), ("1:02:03", 3723), ("75", None), ("1:60", None),
                                             ("", None), ("-1:00", None), ("1:5", None)])  # fmt: skip
def test_times(time, found):
    assert seconds(time) == found


def test_clock():
    assert [clock(moment) for moment in (0, 65.9, 3723)] == ["0:00", "1:05", "1:02:03"]


def test_kinds_by_content():
    assert (kind_of(MP4[:64]), kind_of(WEBM[:64]), kind_of(b"MZ" + b"\x00" * 62), kind_of(b"")) == ("mp4", "webm", "", "")
    assert kind_of((EXAMPLES / "levels.mp4").read_bytes()[:64]) == "mp4"
