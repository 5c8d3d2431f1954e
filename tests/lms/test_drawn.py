"""Pieces of pages kept for what they show, and addresses looked up once."""

from uuid import uuid4

import pytest
from django.urls import NoReverseMatch, reverse
from django.utils import translation

from lms.lib.addresses import address
from lms.lib.drawn import Drawn


@pytest.fixture
def templates(settings, tmp_path):
    """A folder of templates of this test's own, and one in it that counts how often it is drawn."""
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]
    piece = '{% load i18n %}<a href="{{ url }}">{{ title }} {{ count.more }}</a> {% translate "met" %}'
    (tmp_path / "piece.html").write_text(piece)


class Counter:
    """Says how often it was drawn; equal to every other, as what is shown of it does not count."""

    drawn = 0

    def more(self) -> int:
        self.drawn += 1
        return self.drawn

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Counter)

    def __hash__(self) -> int:
        return 1


def test_what_shows_the_same_is_drawn_once(templates):
    piece, count = Drawn("piece.html"), Counter()
    assert "题目 1" in piece("/a/", title="题目", count=count)
    assert piece("/a/", title="题目", count=count) == piece("/a/", title="题目", count=count)
    assert count.drawn == 1
    assert "别的 2" in piece("/a/", title="别的", count=count)


def test_each_language_has_its_own(templates):
    piece, count = Drawn("piece.html"), Counter()
    with translation.override("zh-hans"):
        assert "已满足" in piece("/a/", title="题目", count=count)
    with translation.override("en"):
        assert "met" in piece("/a/", title="题目", count=count)


def test_addresses_are_put_in_afterwards_and_escaped(templates):
    piece, count = Drawn("piece.html"), Counter()
    assert 'href="/a/1/"' in piece("/a/1/", title="题目", count=count)
    other = piece('/a/2/?x="1"&y', title="题目", count=count)
    assert 'href="/a/2/?x=&quot;1&quot;&amp;y"' in other and "/a/1/" not in other
    assert count.drawn == 1


def test_values_are_escaped(templates):
    assert "&lt;b&gt;" in Drawn("piece.html")(title="<b>", count=Counter())


def test_when_there_is_no_more_room_it_begins_anew(templates):
    piece, count = Drawn("piece.html", most=2), Counter()
    for title in ("一", "二", "三", "三", "一"):
        piece(title=title, count=count)
    assert count.drawn == 4  # 三 the second time was there


def test_addresses_are_those_of_reverse():
    one, two = uuid4(), uuid4()
    for name, arguments in (("enrolment_detail", [one]), ("lesson", [one, two]), ("lesson", [two, one]), ("learn", [])):
        assert address(name, *arguments) == reverse(name, args=arguments)
    with pytest.raises(NoReverseMatch):
        address("lesson", one)
