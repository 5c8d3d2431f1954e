"""What all the ways of verification share: the page, the JSON, who asks, and how often one may."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from accounts.models import Organisation, Role
from lms.lib.puzzle import held_up
from lms.lib.ratelimit import Limit

from ..credential.carriers import MAX_FILE
from ..forms import VerifyForm
from ..verification import Verdict

# For each client address: a person checks a few certificates, a guesser thousands; a file costs some hundredths of a second.
WINDOW_SECONDS = 600
NUMBER = Limit("verify-number", 20, WINDOW_SECONDS)
LINK = Limit("verify-link", 60, WINDOW_SECONDS, here=True)  # nobody guesses a token: this is against haste
FILE = Limit("verify-file", 20, WINDOW_SECONDS)
SOLVED = Limit("verify-solved", 100, WINDOW_SECONDS)  # beyond the first ones, each with a solved puzzle


def organisation_of(request: HttpRequest) -> Organisation | None:
    """The employer in whose name a logged-in person looks, when there is exactly one. Nothing for anonymous visitors."""
    if not request.user.is_authenticated:
        return None
    employers = [m.organisation for m in request.user.active_memberships if m.role == Role.EMPLOYER]
    return employers[0] if len(employers) == 1 else None


def page(request: HttpRequest, status: int = 200, **context) -> HttpResponse:
    context = {"form": VerifyForm(), "max_file_kb": MAX_FILE // 1024, **context}
    return render(request, "certificates/verify.html", context, status=status)


def verdict_json(verdict: Verdict) -> JsonResponse:
    return open_json(verdict.as_json(), status=200 if verdict.known else 404)


def open_json(data: dict, *, status: int = 200) -> JsonResponse:
    """JSON that a page of any site may read."""
    response = JsonResponse(data, status=status, json_dumps_params={"ensure_ascii": False})
    response["Access-Control-Allow-Origin"] = "*"
    return response


View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Asked:
    """What was asked before the request came to its view (kept.py). within: the limit of one client. known: the token."""

    within: bool
    known: bool


def too_many(request: HttpRequest, *, json: bool = False, **context) -> HttpResponse:
    return open_json({"error": "too_many_requests"}, status=429) if json else page(request, 429, too_many=True, **context)


def gate(request: HttpRequest, limit: Limit, **context) -> HttpResponse | None:
    """None when the request may go on: within the limit, or with a solved puzzle (lms/lib/puzzle.py). Otherwise the page
    that sets the next one, drawn with this context: nothing was looked up for it, so a hit and a miss get the same."""
    puzzle, refused = held_up(request, limit, SOLVED)
    if puzzle:
        return page(request, 429, puzzle=puzzle, **context)
    return too_many(request, **context) if refused else None


def limited(limit: Limit, *, json: bool = False) -> Callable[[View], View]:
    """Count each request of a view, and refuse what is too much before anything is done."""

    def decorate(view: View) -> View:
        @wraps(view)
        def counted(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            asked: Asked | None = getattr(request, "asked", None)
            within = limit.allows(request) if asked is None else asked.within
            return view(request, *args, **kwargs) if within else too_many(request, json=json)

        return counted

    return decorate
