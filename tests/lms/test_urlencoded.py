"""Forms are read exactly as Python reads them."""

import random
from urllib.parse import parse_qsl as pythons
from urllib.parse import quote, unquote, urlencode

import pytest
from django.core.exceptions import TooManyFieldsSent
from django.http import QueryDict
from django.http import request as djangos

from lms.lib import urlencoded

ODD = [
    "", "&", "&&a=1&", "=", "=x", "a", "a=", "a=b=c", "a=1&a=2", "a+b=c+d", "a%20b=c%2Bd", "%", "%%", "%4", "%4%41", "%%41",
    "%zz=%ZZ", "%e6%8a%80=%E6%8A%80", "技术=经理人", "技%E6%9C%AF=经%e7%90%86人%", "x=%E6%8A", "x=%E6%8Aa%80", "x=%FF%FE%00",
    "x=%C0%80", "x=%ED%A0%80", "a=%0D%0A&b=%00", "a;b=1;c=2", "a=%26&b=%3D", "\x00=\x7f", "é=%C3%A9", "x=%F0%9F%98%80",
]  # fmt: skip


@pytest.mark.parametrize("query", ODD)
@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "latin-1"])
def test_odd_ones(query, encoding):
    for keep in (True, False):
        assert urlencoded.parse_qsl(query, keep, encoding=encoding) == pythons(query, keep, encoding=encoding)
    assert urlencoded.unquoted(query, encoding) == unquote(query, encoding)


def test_any_others():
    lot, signs = random.Random(7), "%%%%0123456789abcdefABCDEFgz&&==++;/ 技é\U0001f600\ufffd\x00"
    for _one in range(4000):
        query = "".join(lot.choice(signs) for _sign in range(lot.randrange(60)))
        encoding = lot.choice(["utf-8", "gbk", "latin-1"])
        assert urlencoded.parse_qsl(query, True, encoding=encoding) == pythons(query, True, encoding=encoding), query
    for _one in range(300):
        data = bytes(lot.randrange(256) for _byte in range(lot.randrange(40)))
        query = f"a={quote(data)}&b=%41{quote(data, safe='')}"
        assert urlencoded.parse_qsl(query, True, encoding="utf-8") == pythons(query, True, encoding="utf-8")


def test_what_was_written_is_read():
    pairs = [(f"f.需求.{number}", "一段写得清楚的话，含 50 % 与 a+b=c。\r\n" * 40) for number in range(30)]
    assert urlencoded.parse_qsl(urlencode(pairs), True) == pairs


def test_so_many_fields_and_no_more():
    assert len(urlencoded.parse_qsl("a=1&a=2", True, max_num_fields=2)) == 2
    with pytest.raises(ValueError, match="Max number of fields exceeded"):
        urlencoded.parse_qsl("a=1&a=2&", True, max_num_fields=2)


def test_bytes_are_left_to_python():
    assert urlencoded.parse_qsl(b"a=%41", True) == pythons(b"a=%41", True)


def test_requests_are_read_by_it(settings, rf):
    """If Django names it otherwise one day, pages are right and slower, and this says so."""
    assert djangos.parse_qsl is urlencoded.parse_qsl
    assert QueryDict("技=%E6%9C%AF&b=1&b=2").getlist("b") == ["1", "2"]
    request = rf.post("/", "f.a=%E6%8A%80+%E6%9C%AF&f.b=", content_type="application/x-www-form-urlencoded")
    assert request.POST.dict() == {"f.a": "技 术", "f.b": ""}
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 1
    with pytest.raises(TooManyFieldsSent):
        QueryDict("a=1&b=2")
