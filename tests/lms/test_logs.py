"""Logs: one JSON object a line, without personal data."""

import json
import logging
import sys

import pytest

from lms.logs import formatter


def line(message: str, *args, exc_info=None, **extra) -> dict:
    record = logging.getLogger("lms.test").makeRecord("lms.test", 30, "f", 1, message, args, exc_info, extra=extra)
    text = formatter().format(record)
    assert "\n" not in text
    return json.loads(text)


def test_it_works():
    found = line("request", route="verify", status=200, ms=3.2)
    assert found["event"] == "request"
    assert (found["route"], found["status"], found["level"], found["logger"]) == ("verify", 200, "warning", "lms.test")
    assert found["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("mail to chen.sample+1@people.example failed", "mail to [e-mail] failed"),
        ("phone 13800000000", "phone [number]"),
        ("id 11010119900307000X", "id [number]"),
        ("job 1234567890 took 12 ms", "job 1234567890 took 12 ms"),
        ("submission 3f2504e0-4f89-11d3-9a0c-030512345678", "submission 3f2504e0-4f89-11d3-9a0c-030512345678"),
    ],
)
def test_personal_data_is_cut_out(text, kept):
    assert line(text)["event"] == kept
    assert line("note", detail=text)["detail"] == kept


def test_exceptions_lose_what_they_quote():
    try:
        raise ValueError("duplicate key (email)=(chen@people.example)")
    except ValueError:
        found = line("failed", exc_info=sys.exc_info())
    assert "ValueError" in found["exception"]
    assert "people.example" not in found["exception"]


def test_the_request_and_its_path_stay_out():
    found = line("Internal Server Error: %s", "/v/secrettoken/", request="<WSGIRequest: GET '/v/secrettoken/'>")
    assert found["event"] == "Internal Server Error"
    assert "secrettoken" not in str(found)
