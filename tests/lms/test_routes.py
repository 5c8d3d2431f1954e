"""Addresses by their first part: the same ones as before, found with fewer tries."""

import uuid

import pytest
from django.http import HttpResponse
from django.urls import URLResolver, include, path, re_path
from django.urls.resolvers import RegexPattern

from lms.lib.routes import by_first_part
from lms.urls import APPS


def view(request, **kwargs) -> HttpResponse:
    return HttpResponse()


def other(request, **kwargs) -> HttpResponse:
    return HttpResponse()


def resolver(patterns) -> URLResolver:
    return URLResolver(RegexPattern(r"^/"), patterns)


def every(patterns, before: str = ""):
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from every(pattern.url_patterns, route)
        else:
            yield route, pattern.name, pattern.callback, tuple(sorted(pattern.default_args.items()))


def test_every_address_of_the_apps_is_still_there():
    plain = [path("", include(f"{app}.urls")) for app in APPS]
    grouped = by_first_part(plain)
    assert sorted(every(plain), key=str) == sorted(every(grouped), key=str)
    assert len(grouped) < 100 < len(list(every(grouped)))


def test_they_lead_to_the_same_views():
    plain = [path("", include(f"{app}.urls")) for app in APPS]
    before, after = resolver(plain), resolver(by_first_part(plain))
    some = {"uuid": uuid.UUID(int=7), "str": "x", "slug": "x", "int": 7, "path": "x/y"}
    for route, name, _callback, _more in every(plain):
        address = "/" + route
        for kind, value in some.items():
            while f"<{kind}:" in address:
                start = address.index(f"<{kind}:")
                address = address[:start] + str(value) + address[address.index(">", start) + 1 :]
        if "<" in address:
            continue
        one, two = before.resolve(address), after.resolve(address)
        assert (one.func, one.kwargs, one.route, one.url_name) == (two.func, two.kwargs, two.route, two.url_name), name


@pytest.mark.parametrize(
    ("patterns", "address"),
    [
        ([path("<str:any>/x/", view), path("a/x/", other)], "/a/x/"),  # what is not fixed keeps its place
        ([path("a/y/", other), path("<str:any>/x/", view), path("a/x/", other)], "/a/x/"),
        ([re_path(r"^a/x/$", view), path("a/x/", other)], "/a/x/"),
        ([path("a/", include(([path("x/", view)], "own"))), path("a/x/", other)], "/a/x/"),
        ([path("", view), path("a/", other)], "/"),
        ([path("a/x/", view), path("b.json", other), path("a/<str:any>/", other)], "/a/x/"),
        ([path("b.json", view), path("<str:any>", other)], "/b.json"),
    ],
)
def test_the_first_that_fits_still_answers(patterns, address):
    assert resolver(patterns).resolve(address).func is view
    assert resolver(by_first_part(patterns)).resolve(address).func is view
