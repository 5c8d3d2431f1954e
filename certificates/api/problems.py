"""Errors of the API as problem details (RFC 9457), in the language the caller accepts."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy as _

TYPE = "application/problem+json"
# code: (status, title). The code is stable, the title is for people.
CODES = {
    "invalid": (422, _("The request is not as it should be.")),
    "no_key": (401, _("An API key is missing, unknown, withdrawn or has run out.")),
    "scope": (403, _("This key is not allowed to do that.")),
    "too_large": (413, _("The file is larger than a certificate can be.")),
    "minute_quota": (429, _("Too many calls in this minute.")),
    "day_quota": (429, _("The quota of this key for today is used up.")),
    "number_quota": (429, _("This number was asked for too often today.")),
    "too_many": (429, _("Too many calls from your network.")),
    "not_found": (404, _("There is nothing here.")),
}


class Problem(Exception):
    """code: one of CODES; retry_after: seconds; more: further members of the answer."""

    def __init__(self, code: str, detail: str = "", *, retry_after: int = 0, **more: Any) -> None:
        super().__init__(code)
        self.code, self.detail, self.retry_after, self.more = code, detail, retry_after, more


def answer(request: HttpRequest, problem: Problem) -> JsonResponse:
    """Return the problem as it goes out. Its type is a URN: there is no page to be fetched for it."""
    status, title = CODES[problem.code]
    body = {"type": f"urn:problem:{problem.code}", "title": str(title), "status": status, "code": problem.code}
    if problem.detail:
        body["detail"] = problem.detail
    response = JsonResponse(
        body | problem.more, status=status, content_type=TYPE, json_dumps_params={"ensure_ascii": False}
    )
    if problem.retry_after:
        response["Retry-After"] = str(problem.retry_after)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response
