"""Forms on public pages that are kept for everyone: no token for visitors, the usual check for who is signed in."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.views.decorators.csrf import csrf_exempt


def csrf_for_members(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Check the token of signed-in people only. A visitor's form acts in nobody's name: there is nothing to forge."""
    check = CsrfViewMiddleware(view)

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.user.is_authenticated:
            check.process_request(request)
            if refusal := check.process_view(request, view, args, kwargs):
                return refusal
        return view(request, *args, **kwargs)

    return csrf_exempt(guarded)
