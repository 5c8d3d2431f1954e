"""Around every request: one structured access-log line, and kind pages for steps that came too late or by an address."""

import logging
import random
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import render

from lms.lib.errors import WrongState

access_log = logging.getLogger("lms.access")

Handler = Callable[[HttpRequest], HttpResponse]
QUIET = {"health"}


class RequestLogMiddleware:
    """One line per request: method, route (never the address with its tokens), status, ms, user id, request id.

    No personal data. The request id goes back in `X-Request-ID`, so that a person can quote it.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.id = f"{random.getrandbits(128):032x}"  # nobody's secret, so not worth asking the system for
        started = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        route = (match.view_name or match.route) if match else getattr(request, "page_route", "-")
        if route not in QUIET or response.status_code >= 400:
            fields = {
                "method": request.method,
                "route": route,
                "status": response.status_code,
                "ms": round((time.perf_counter() - started) * 1000, 1),
                "user": _user_id(request),
                "request_id": request.id,
            }
            access_log.info("request", extra=fields)
        response["X-Request-ID"] = request.id
        return response


def _user_id(request: HttpRequest) -> int | None:
    """The id of the person, without a query when no view asked who it is."""
    cached = getattr(request, "_cached_user", None)
    return cached.pk if cached is not None else None


class WrongStateMiddleware:
    """Turns WrongState that no view caught into a page with status 409: what happened, and the way back.

    And gives a page to whoever opens the address of a step that only a form takes, after logging in again in between for
    one: a browser shows an empty answer 405 as if the site were broken. A request that broke off on its way gets 408 and no
    page: nobody is there to read it, and nothing of ours is broken.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or request.method != "GET" or "text/html" not in request.headers.get("Accept", ""):
            return response
        shown = render(request, "405.html", status=405)
        shown["Allow"] = response["Allow"]
        return shown

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, UnreadablePostError):
            return HttpResponse(status=408)
        if not isinstance(exception, WrongState):
            return None
        fresh = ""
        get_url = getattr(exception.obj, "get_absolute_url", None)
        if get_url is not None:
            fresh = get_url()
        context = {"headline": exception.headline, "message": exception.message or str(exception), "fresh_url": fresh}
        return render(request, "409.html", context, status=409)
