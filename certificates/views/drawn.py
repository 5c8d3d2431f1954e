"""Answers by link to visitors, drawn once: two readers of the same verdict get the same page, but for the time and the offer of a
receipt. The register is asked for every request all the same, so a page says what is true now, or another page is drawn.
"""

import json
from dataclasses import replace
from datetime import datetime

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localtime, make_aware

from ..verification import Verdict
from .answers import page

TIME = make_aware(datetime(2222, 2, 22, 22, 22, 22))  # stands in what is kept where the time of the answer belongs
OFFER = "the-offer-of-a-receipt"
KEPT = 256  # pages of some 10 KB, in each process
_pages: dict[tuple[str, ...], str] = {}


def drawn_answer(request: HttpRequest, verdict: Verdict, offered: str) -> HttpResponse:
    """Return the page of an answer by link. What is personal to the reader, and a miss, is drawn anew.

    offered: what the page carries to ask for its receipt; "" for none.
    """
    if not verdict.known or request.user.is_authenticated or len(get_messages(request)):
        return page(request, verdict=verdict, by_link=True, receipt=offered)
    html = _drawn(request, replace(verdict, checked_at=TIME))
    for kept, now in ((_written(TIME), _written(verdict.checked_at)), (OFFER, offered)):
        html = html.replace(kept, now)
    return HttpResponse(html)


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
