"""Every URL of ours × every role of the cast: who gets in. A URL without a row fails the test, and so does a stale row.

The rows stand in tests/permission_matrix.txt, one URL name a line, one letter a role:

    Y  let in (any answer but the ones below)     L  sent to log in
    3  403: known, but not theirs to do           4  404: they should not know that it exists

Each URL is asked with its own method (POST where nothing else is meant) and with complete arguments of one world: one
base's cohort with a trainee who has a certificate, another trainee on the way, and an outsider with all roles at
another base. What a POST changes is rolled back.

After a change of permissions: LMS_WRITE_MATRIX=1 script/test tests/test_permission_matrix.py -n0, then read the diff
line by line: it is the change that you are about to make. LMS_WRITE_MATRIX="core_*,case_play" asks only the URLs of those
names, for new pages; the rest keeps its rows.
"""

import os
from datetime import timedelta
from fnmatch import fnmatch
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import get_resolver, reverse
from django.utils import timezone

from tests.world import make_world

TABLE = Path(__file__).parent / "permission_matrix.txt"
ROLES = [
    "visitor", "trainee", "graduate", "author", "base_reviewer", "reviewer", "registrar", "instructor", "assessor",
    "assessor2", "moderator", "officer", "employer", "outsider",
]  # fmt: skip
FOREIGN = ("allauth", "wagtail", "django.conf")


def own_patterns(resolver=None, prefix=""):
    """Yield (name, pattern) of every URL that is ours: allauth's and Wagtail's have their own tests."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if hasattr(pattern, "url_patterns"):
            module = getattr(pattern.urlconf_name, "__name__", str(pattern.urlconf_name))
            if not module.startswith(FOREIGN):
                yield from own_patterns(pattern, prefix + str(pattern.pattern))
        elif not pattern.callback.__module__.startswith(FOREIGN):
            yield pattern.name, prefix + str(pattern.pattern)


def test_every_url_has_a_row_and_every_row_a_url():
    names = {name for name, _ in own_patterns()}
    assert names == set(read_table())


def read_table() -> dict[str, tuple[str, str]]:
    """{url name: (method, letters)}"""
    rows = {}
    for line in TABLE.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, method, letters = line.split()
            rows[name] = (method, letters)
    return rows


def letter(response) -> str:
    if response.status_code == 302 and response["Location"].startswith(reverse(settings.LOGIN_URL)):
        return "L"
    return {403: "3", 404: "4"}.get(response.status_code, "Y")


@pytest.fixture
def world(db, cast):
    return make_world(cast, at=timezone.now().replace(microsecond=0) - timedelta(hours=2))


@pytest.fixture
def cast(request, db):
    names = [role for role in ROLES if role not in ("visitor", "graduate")]
    return {name: request.getfixturevalue(name) for name in [*names, "base", "other_base", "authority", "employer_org"]}


def ask(client, url: str, method: str) -> str:
    point = transaction.savepoint()
    try:
        response = client.post(url, {}) if method == "POST" else client.get(url)
        if response.streaming:
            b"".join(response.streaming_content)
        return letter(response)
    finally:
        transaction.savepoint_rollback(point)


def test_who_gets_in(world, client_for):
    client_for_role = {role: client_for(world.people.get(role)) for role in ROLES}
    wanted = read_table() if TABLE.exists() else {}
    only = os.environ.get("LMS_WRITE_MATRIX", "1").split(",")
    found = {}
    for name, _pattern in own_patterns():
        if name in wanted and only != ["1"] and not any(fnmatch(name, glob) for glob in only):
            found[name] = wanted[name]
            continue
        method = "POST" if name in world.POST else "GET"
        url = reverse(name, kwargs=world.arguments(name))
        letters = "".join(ask(client_for_role[role], url, method) for role in ROLES)
        found[name] = (method, letters)
    if os.environ.get("LMS_WRITE_MATRIX"):
        write_table(found)
    assert {name: row for name, row in found.items() if wanted.get(name) != row} == {}


def write_table(found: dict[str, tuple[str, str]]) -> None:
    width = 28  # more than the longest name, so that a new one moves nothing else
    lines = ["# " + " ".join(f"{place}={role}" for place, role in enumerate(ROLES, 1))]
    lines += [f"{name:<{width}} {method:<4} {letters}" for name, (method, letters) in found.items()]
    TABLE.write_text("\n".join(lines) + "\n", "utf-8")
