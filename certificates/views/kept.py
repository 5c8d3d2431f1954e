"""Answers by link kept whole, for visitors without a cookie: whoever scans the code of a certificate gets what the visitor before
got, but for the time and the offer of a receipt, without the way through sessions, languages and templates.

Nothing is told that the register does not say at this moment: each request is counted, asks for the row's version and is
written down, and the version is part of the name by which an answer is kept. A row that changed has no answer yet. What hangs
on other rows too (the successor of a corrected certificate) is not kept.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localdate, now

from lms.lib.compiled import Compiled

from ..lookups import note
from ..models import Certificate, Lookup
from ..receipts import offer
from .answers import LINK, Asked
from .drawn import DrawnAnswer

PREFIX = "/v/"
KEPT = 512  # answers of some 10 KB, in each process
_answers: dict["Name", "Answer"] = {}


class Name(NamedTuple):
    """What an answer depends on."""

    version: tuple
    day: date
    scheme: str
    host: str
    path: str
    wanted: str  # languages, as the browser says
    chosen: str  # the language that the visitor chose


@dataclass(frozen=True)
class Answer:
    """headers, drawn: the page. certificate_id: whose answer it is."""

    headers: dict[str, tuple[str, str]]
    drawn: DrawnAnswer
    certificate_id: int

    def tell(self, at: datetime) -> HttpResponse:
        """Write down that somebody asked, and answer."""
        note(way=Lookup.Way.LINK, at=at, certificate_id=self.certificate_id)
        text = self.drawn.text(at, offer(self.drawn.verdict, Lookup.Way.LINK, at=at))
        response = HttpResponse()
        response.content = text
        response.headers._store = dict(self.headers)  # as it was written: nothing of it needs to be looked at again
        response.headers["Content-Length"] = str(len(text))
        return response


class KeptAnswerMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = token_of_visitor(request)
        if not token:
            return self.get_response(request)
        at, within = now(), LINK.allows(request)
        try:
            found = _versions.raw(token) if within else []
            name = Name(
                found[0], localdate(at), request.scheme, request.get_host(), request.path,
                request.META.get("HTTP_ACCEPT_LANGUAGE", ""), request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""),
            ) if found else None  # fmt: skip
        except (DatabaseError, SuspiciousOperation):  # the long way says what there is to say, of a request that was counted
            request.asked = Asked(within, known=True)
            return self.get_response(request)
        if name and (kept := _answers.get(name)):
            request.page_route = "verify_link"
            return kept.tell(at)
        request.asked = Asked(within, known=name is not None)
        response = self.get_response(request)
        if name and (drawn := _worth_keeping(response)):
            if len(_answers) >= KEPT:
                _answers.clear()
            _answers[name] = Answer(dict(response.headers._store), drawn, certificate_id=name.version[0])
        return response


_versions = Compiled(lambda token: Certificate.objects.prepared().filter(token=token).versions())


def token_of_visitor(request: HttpRequest) -> str:
    """The token that is asked for, when nothing else of the request could change the answer; or ""."""
    path = request.path_info
    if request.method != "GET" or not path.startswith(PREFIX) or not path.endswith("/") or request.META.get("QUERY_STRING"):
        return ""
    if request.COOKIES and set(request.COOKIES) != {settings.LANGUAGE_COOKIE_NAME}:
        return ""
    token = path[len(PREFIX) : -1]
    return token if token.isascii() and token.isalnum() else ""


def _worth_keeping(response: HttpResponse) -> DrawnAnswer | None:
    drawn: DrawnAnswer | None = getattr(response, "drawn", None)
    if drawn is None or response.status_code != 200 or response.cookies or drawn.verdict.state == Certificate.State.CORRECTED:
        return None
    return drawn
