"""The answer behind the QR code: its own signature first, then the register; and what can be said without the register."""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ..credential.compact import Compact
from ..models import Lookup
from ..published import DATABASE_AWAY, ask
from ..qr import QrVerdict, read_qr, read_withdrawn, with_list
from ..receipts import offer
from ..verification import Verdict, verify_by_compact, verify_by_withdrawn_code
from .answers import LINK, limited, organisation_of, page
from .drawn import drawn_answer


class ClosedSession(SessionStore):
    """A session for a page that must not ask the database: empty, and never written or taken away."""

    def is_empty(self) -> bool:
        return False  # or the middleware would take the person's cookie away


def leave_database_alone(request: HttpRequest) -> None:
    """From here on nothing that draws the page asks who is looking. The person stays signed in; the page doesn't know it."""
    request.user = AnonymousUser()
    request.session = ClosedSession()
    request._messages = CookieStorage(request)


@never_cache
@require_safe
@limited(LINK)
def verify_qr(request: HttpRequest, payload: str) -> HttpResponse:
    """The payload is signed, so it is judged first; the register then gives the state, when it answers."""
    found = read_qr(payload, at=now())
    if found.problem == "unknown_key":
        return _by_withdrawn_key(request, payload, found)
    if found.compact is None:
        return _without_register(request, found)
    try:
        verdict = ask(lambda: _verdict(request, found.compact, found.checked_at))
        return drawn_answer(request, verdict, offer(verdict, Lookup.Way.LINK) if verdict.known else "")
    except DATABASE_AWAY:
        return _without_register(request, with_list(found))


def _verdict(request: HttpRequest, compact: Compact, at: datetime) -> Verdict:
    return verify_by_compact(compact, at=at, organisation=organisation_of(request))


def _by_withdrawn_key(request: HttpRequest, payload: str, found: QrVerdict) -> HttpResponse:
    """A paper from before a key was withdrawn still gets the register's answer, with a word about its code."""
    try:
        if withdrawn := read_withdrawn(payload):
            compact, key = withdrawn
            organisation = organisation_of(request)
            verdict = verify_by_withdrawn_code(compact, key, at=found.checked_at, organisation=organisation)
            if verdict.known:
                return page(request, verdict=verdict, by_link=True, withdrawn_as_of=key.withdrawn_as_of)
    except DATABASE_AWAY:
        pass
    return _without_register(request, found)


def _without_register(request: HttpRequest, found: QrVerdict) -> HttpResponse:
    """With status 200 even while the database is away: something in front of us might put a page of its own in place of 503."""
    leave_database_alone(request)
    return render(request, "certificates/qr.html", {"found": found, "compact": found.compact})
