"""Parts of a file for players (RFC 9110, section 14): the answers a browser counts on."""

import io

import pytest
from django.test import RequestFactory

from lms.lib.ranges import part_of, serve_range

DATA = bytes(range(100))


@pytest.mark.parametrize(
    ("header", "part"),
    [("bytes=0-", (0, 99)), ("bytes=10-19", (10, 19)), ("bytes=90-500", (90, 99)), ("bytes=-5", (95, 99)),
     ("bytes=-500", (0, 99)), ("", None), ("bytes=0-1,5-6", None), ("lines=1-2", None), ("bytes=-", None)],
)  # fmt: skip
def test_which_part(header, part):
    assert part_of(header, 100) == part


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=50-40", "bytes=-0"])
def test_a_part_that_is_not_there(header):
    with pytest.raises(ValueError):
        part_of(header, 100)


def ask(method: str = "get", stored=None, **headers):
    request = getattr(RequestFactory(), method)("/", headers=headers)
    return serve_range(request, stored or io.BytesIO(DATA), size=100, media_type="video/mp4", etag="a")


def test_the_whole_and_that_parts_can_be_had():
    response = ask()
    assert response.status_code == 200 and b"".join(response) == DATA
    assert response["Accept-Ranges"] == "bytes" and response["Content-Length"] == "100"


def test_one_part():
    response = ask(range="bytes=10-19")
    assert response.status_code == 206 and b"".join(response) == DATA[10:20]
    assert response["Content-Range"] == "bytes 10-19/100" and response["Content-Length"] == "10"


def test_a_changed_file_comes_whole():
    assert ask(**{"range": "bytes=10-19", "if-range": '"b"'}).status_code == 200
    assert ask(**{"range": "bytes=10-19", "if-range": '"a"'}).status_code == 206


def test_what_the_reader_has_is_not_sent_again():
    assert ask(**{"if-none-match": '"a"'}).status_code == 304


def test_outside_the_file():
    response = ask(range="bytes=200-")
    assert response.status_code == 416 and response["Content-Range"] == "bytes */100"


def test_head_sends_no_bytes():
    response = ask("head", range="bytes=10-19")
    assert response.status_code == 206 and response["Content-Length"] == "10" and response.content == b""


def test_of_a_remote_store_only_the_part_is_asked_for():
    asked = []

    class Body:
        def iter_chunks(self, size):
            yield DATA[10:20]

    class Remote(io.BytesIO):  # as django-storages opens a file of S3
        class obj:
            @staticmethod
            def get(Range):
                asked.append(Range)
                return {"Body": Body()}

    response = ask(range="bytes=10-19", stored=Remote())
    assert b"".join(response) == DATA[10:20] and asked == ["bytes=10-19"]
