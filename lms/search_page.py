"""The search page: what this person may find, narrowed down by kind, level, module, base and syllabus version."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie

from lms.lib.language import is_english
from lms.lib.ratelimit import allow, client_key
from lms.lib.search.find import KIND, search
from lms.lib.search.registry import FACETS
from lms.lib.search.text import MAX_QUERY

PER_MINUTE = 60


@require_safe
@vary_on_cookie
@cache_control(private=True, no_cache=True)
def search_page(request: HttpRequest) -> HttpResponse:
    """Anyone; signed in, one's own courses and drafts too. Two queries for the results, one for the words of each
    filter, and those that say who is asking."""
    typed = request.GET.get("q", "").replace("\x00", "")[:MAX_QUERY]
    if typed.strip() and not allow(client_key(request, "search"), limit=PER_MINUTE, seconds=60):
        return render(request, "429.html", status=429)
    filters = {name: request.GET.get(name, "")[:80] for name in (KIND, *FACETS)}
    results = search(request.user, typed, filters=filters, page=request.GET.get("page"), english=is_english())
    chosen = {name: value for name, value in filters.items() if value}
    for facet in results.facets:
        for choice in facet.choices:
            choice.url = _with(request, **{facet.name: "" if choice.chosen else choice.value})
    context = {"q": typed, "results": results, "page": results.page, "chosen": chosen, "max_query": MAX_QUERY}
    context["without_filters"] = _with(request, **dict.fromkeys(filters, ""))
    return render(request, "lms/search.html", context)


def _with(request: HttpRequest, **changes: str) -> str:
    """This search with other filters, from its first page."""
    kept = {name: request.GET.get(name, "") for name in ("q", KIND, *FACETS)} | changes
    return "?" + urlencode({name: value for name, value in kept.items() if value})
