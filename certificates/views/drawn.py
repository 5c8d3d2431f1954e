"""Answers by link to visitors, drawn once: two readers of the same verdict get the same page, but for the time and the offer of a
receipt. The register is asked for every request all the same, so a page says what is true now, or another page is drawn.

Pieces of pages are kept by `lms.lib.drawn`; this is for a whole page, drawn with its request, whose bytes are cut once where the
time and the offer go: what is told many times a second is joined and not searched through.
"""

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localtime, make_aware

from ..verification import Verdict
from .answers import page

TIME = make_aware(datetime(2222, 2, 22, 22, 22, 22))  # stands in what is kept where the time of the answer belongs
OFFER = "the-offer-of-a-receipt"
KEPT = 256  # pages of some 10 KB, in each process
_pages: dict[tuple[str, ...], str] = {}


@dataclass(frozen=True)
class DrawnAnswer:
    """The page of a verdict, with what stands for the time and the offer."""

    html: str
    verdict: Verdict

    def text(self, at: datetime, offered: str) -> bytes:
        now = {STANDS_FOR_TIME: _written(at).encode(), STANDS_FOR_OFFER: offered.encode()}
        return b"".join(now.get(part, part) for part in self._parts)

    @cached_property
    def _parts(self) -> list[bytes]:
        return re.split(b"(" + STANDS_FOR_TIME + b"|" + STANDS_FOR_OFFER + b")", self.html.encode())


def drawn_answer(request: HttpRequest, verdict: Verdict, offered: str) -> HttpResponse:
    """Return the page of an answer by link. What is personal to the reader, and a miss, is drawn anew.

    offered: what the page carries to ask for its receipt.
    """
    if not verdict.known or request.user.is_authenticated or len(get_messages(request)):
        return page(request, verdict=verdict, by_link=True, receipt=offered)
    drawn = DrawnAnswer(_drawn(request, replace(verdict, checked_at=TIME)), verdict)
    response = HttpResponse(drawn.text(verdict.checked_at, offered))
    response.drawn = drawn
    return response


def _drawn(request: HttpRequest, verdict: Verdict) -> str:
    said = json.dumps(vars(verdict), default=str)  # in the order of the fields
    key = (request.get_full_path(), request.get_host(), request.scheme, request.LANGUAGE_CODE, said)
    html = _pages.get(key)
    if html is None:
        if len(_pages) >= KEPT:
            _pages.clear()
        _pages[key] = html = page(request, verdict=verdict, by_link=True, receipt=OFFER).content.decode()
    return html


def _written(at: datetime) -> str:
    """The time as the template writes it."""
    return f"{localtime(at):%Y-%m-%d %H:%M:%S}"


STANDS_FOR_TIME, STANDS_FOR_OFFER = _written(TIME).encode(), OFFER.encode()
