"""Whole public pages kept ready for visitors, each with the names of what it shows (tags), so that a change takes away
exactly the pages that show what has changed.

    tag(request, "page:12", "children:12")          # the view, while it draws: this page may be kept, and shows these
    invalidate("page:12")                           # whoever changes page 12, inside the transaction

A page is kept only for a visitor: GET, no session, no message waiting, nothing personal in it, known query fields only.

Races: a page that began to be drawn before a change must not be kept after it. Each invalidation renews `generation`
first and the tags after it; a page reads `generation` before it is drawn, the versions of its tags when it is done, and
`generation` again: when that differs, the page is not kept. If the change comes later than that, the versions that are
kept with the page are old ones, and it is not served. Whatever happens, a page is gone after `LMS_PAGE_CACHE_SECONDS`.
"""

import hashlib
import logging
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import caches
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import parse_etags
from django.utils.timezone import localtime, now

logger = logging.getLogger(__name__)

# Query fields that public pages know. A page asked for with any other is drawn anew and not kept.
FIELDS = {"level", "base", "page", "letter"}
MAX_QUERY = 120
MAX_BYTES = 512 * 1024
GENERATION = "generation"
TAG_SECONDS = 7 * 24 * 60 * 60  # of versions: a forgotten one makes its pages drawn again, nothing worse


def store():
    return caches["pages"]


class PageState:
    """What becomes of one request's page. tags: what it shows; until: when it says something else by itself."""

    def __init__(self, key: str, generation: str) -> None:
        self.key = key
        self.generation = generation
        self.tags: set[str] = set()
        self.until: datetime | None = None


_left_out: set[str] = set()


def leave_out(*prefixes: str) -> None:
    """Say which addresses are for whoever has them: no page of theirs is kept, and no search engine is to list one."""
    _left_out.update(prefixes)


def tag(request: HttpRequest, *names: str, until: datetime | None = None) -> None:
    """Say that this public page may be kept, and what it shows. until: the moment at which it says something else even
    if nothing is saved (an enrolment window that closes). Without effect for requests whose pages are not kept."""
    state: PageState | None = getattr(request, "page_state", None)
    if state is None or getattr(request, "is_preview", False):
        return
    state.tags.update(names)
    if until is not None and (state.until is None or until < state.until):
        state.until = until


def invalidate(*names: str) -> None:
    """Let no page be served any more that shows one of these. Takes effect when the caller's transaction commits; the
    names of one transaction are renewed together."""
    if not names:
        return
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        _renew(names)
        return
    waiting: _Waiting | None = None
    for savepoints, hook, *_rest in connection.run_on_commit:
        # one hook of the same savepoints gathers everything; a savepoint that is rolled back takes its own along
        if isinstance(hook, _Waiting) and not hook.done and savepoints == set(connection.savepoint_ids):
            waiting = hook
    if waiting is None:
        waiting = _Waiting()
        transaction.on_commit(waiting)
    waiting.names.update(names)


class _Waiting:
    """The names that one transaction has changed; called when it commits."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.done = False

    def __call__(self) -> None:
        self.done = True
        _renew(self.names)


def _renew(names: Iterable[str]) -> None:
    """The generation first, then the tags: see the module's word on races."""
    try:
        store().set(GENERATION, secrets.token_hex(8), TAG_SECONDS)
        store().set_many({f"tag:{name}": secrets.token_hex(8) for name in names}, TAG_SECONDS)
    except Exception:
        logger.exception("page cache out of reach: pages may be old for up to %s s", settings.PAGE_CACHE_SECONDS)


def _versions(names: Iterable[str]) -> dict[str, str]:
    """Return the present version of each tag, giving one to those that have none."""
    keys = [f"tag:{name}" for name in names]
    found = store().get_many(keys)
    for key in keys:
        if key not in found:
            store().add(key, secrets.token_hex(8), TAG_SECONDS)
            found[key] = store().get(key)
    return found


def _generation() -> str:
    found = store().get(GENERATION)
    if found is None:
        store().add(GENERATION, secrets.token_hex(8), TAG_SECONDS)
        found = store().get(GENERATION)
    return found


def key_of(request: HttpRequest) -> str | None:
    """Return the key of this visitor's page, or None where pages are not kept."""
    if not settings.PAGE_CACHE_SECONDS or request.method not in ("GET", "HEAD"):
        return None
    if request.path.startswith(tuple(_left_out)):
        return None
    if settings.SESSION_COOKIE_NAME in request.COOKIES or "messages" in request.COOKIES:
        return None
    if "Authorization" in request.headers or "HX-Request" in request.headers:
        return None
    query = request.META.get("QUERY_STRING", "")
    if query and (len(query) > MAX_QUERY or any(n not in FIELDS or len(v) > 1 for n, v in request.GET.lists())):
        return None
    fields = sorted((name, value) for name, value in request.GET.items() if value)
    parts = [_release(), request.scheme, request.get_host(), request.path, request.LANGUAGE_CODE, fields]
    return "page:" + hashlib.sha256(repr(parts).encode()).hexdigest()


@cache
def _release() -> str:
    """What every page depends on and only a new release changes: the names of the static files."""
    return f"{getattr(staticfiles_storage, 'manifest_hash', '')} {settings.BASE_URL} {settings.SAMPLE_SITE}"


class PageCacheMiddleware:
    """Serves what is kept, keeps what may be kept, and says of everything personal that it is private."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        state = None
        try:
            key = key_of(request)
            if key is not None:
                found = store().get_many([key, GENERATION])  # together: with Redis, one way there and back
                kept = found.get(key)
                if kept is not None and kept["versions"] == store().get_many(kept["versions"]):
                    request.page_route = kept["route"]
                    return _answer(request, kept)
                state = PageState(key, found.get(GENERATION) or _generation())
        except Exception:
            logger.warning("page cache out of reach", exc_info=True)
        request.page_state = state
        response = self.get_response(request)
        if request.path.startswith(tuple(_left_out)):
            response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
        if state is not None and state.tags:
            if _is_public(request, response):
                return _keep(request, response, state)
        elif getattr(request, "_cached_user", None) is not None and request.user.is_authenticated:
            if not response.has_header("Cache-Control"):
                patch_cache_control(response, private=True, no_cache=True)
            patch_vary_headers(response, ["Cookie"])
        return response


def _is_public(request: HttpRequest, response: HttpResponse) -> bool:
    """A whole, plain page that sets no cookie and holds no token of this visitor's."""
    if response.status_code != 200 or response.streaming or response.cookies or request.method != "GET":
        return False
    if request.META.get("CSRF_COOKIE_NEEDS_UPDATE") or (getattr(request, "session", None) and request.session.modified):
        return False
    if response.has_header("Cache-Control") or response.get("Content-Encoding"):
        return False
    if hasattr(response, "render") and not response.is_rendered:
        response.render()
    return len(response.content) <= MAX_BYTES and b"csrfmiddlewaretoken" not in response.content


def _keep(request: HttpRequest, response: HttpResponse, state: PageState) -> HttpResponse:
    kept: dict[str, Any] = {
        "content": response.content,
        "type": response["Content-Type"],
        "etag": f'"{hashlib.sha256(response.content).hexdigest()[:32]}"',
        "tags": sorted(state.tags),
        "route": match.view_name or match.route if (match := request.resolver_match) else "-",
    }
    try:
        kept["versions"] = _versions(kept["tags"])
        seconds = _seconds(state.until)
        if seconds > 0 and _generation() == state.generation:
            store().set(state.key, kept, seconds)
    except Exception:
        logger.warning("page cache out of reach", exc_info=True)
    return _answer(request, kept)


def _seconds(until: datetime | None) -> int:
    """How long a page may be kept: not beyond its own end, nor beyond midnight, when accreditations and syllabus
    versions begin and end."""
    at = now()
    midnight = localtime(at).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    ends = [settings.PAGE_CACHE_SECONDS, int((midnight - at).total_seconds())]
    if until is not None:
        ends.append(int((until - at).total_seconds()))
    return min(ends)


def _answer(request: HttpRequest, kept: dict[str, Any]) -> HttpResponse:
    """The page with its validators. An edge cache may keep it for `LMS_EDGE_CACHE_SECONDS`; a browser asks again each
    time and mostly hears 304."""
    if kept["etag"] in parse_etags(request.headers.get("If-None-Match", "")):
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(kept["content"], content_type=kept["type"])
    response["ETag"] = kept["etag"]
    response["Cache-Control"] = f"public, max-age=0, s-maxage={settings.EDGE_CACHE_SECONDS}, must-revalidate"
    response["Surrogate-Key"] = " ".join(kept["tags"])
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response
