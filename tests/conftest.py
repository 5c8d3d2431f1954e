"""The cast: two bases, the authority, an employer, and one person in each role. Tests say what else they need."""

import os
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client
from django.utils import translation
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from accounts.models import Membership, Organisation, Role, User
from curriculum import reading
from lms.lib.jobs.runner import run_due

ROOT = Path(__file__).resolve().parent.parent
TRIPS = "tests/trips/"
FIRST = (TRIPS, "tests/test_permission_matrix.py")  # trips wait more than they work, and that file is the longest of all
SAMPLED = ("assessments", "curriculum", "training")
PASSWORD = "a-long-enough-one-7"
SINCE = date(2020, 1, 1)

# The suite gives the same answer for the same code. To look for new examples: LMS_HYPOTHESIS=explore script/test …
settings.register_profile("fixed", derandomize=True)
settings.register_profile("explore", derandomize=False)
settings.load_profile(os.environ.get("LMS_HYPOTHESIS", "fixed"))


class ByFile(LoadFileScheduling):
    """Tests of a file run in one process; those of all trips too, as they share one started product."""

    def _split_scope(self, nodeid: str) -> str:
        return TRIPS if nodeid.startswith(TRIPS) else super()._split_scope(nodeid)


def pytest_configure() -> None:
    """Workers side by side have each a database of Redis of its own: what one counts or clears is not the other's."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker and django_settings.REDIS_URL:
        server, _, number = django_settings.REDIS_URL.rpartition("/")
        own = f"{server}/{(int(number) + 1 + int(worker.removeprefix('gw'))) % 16}"
        for one in django_settings.CACHES.values():
            one["LOCATION"] = own


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return ByFile(config, log)


def pytest_collection_modifyitems(config, items) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(FIRST))
    if os.environ.get("LMS_ONLY_DATABASE_TESTS"):
        leave_what_asks_no_database(config, items)
    order = {path: place for place, path in enumerate(dict.fromkeys(item.path for item in items))}
    items.sort(key=lambda item: (order[item.path], what_stands(item)))


def what_stands(item) -> int:
    """How much of what stands for a file a test asks for (tests/stage.py)."""
    return sum(name.startswith("standing_") for name in item.fixturenames)


def leave_what_asks_no_database(config, items) -> None:
    """A second run on another database (.ci/run) repeats what asks a database; the rest would only say the same again.

    Of the folders with the most tests of pages, the first of each file and every third after it: every page and every table
    is asked for there, and the matrix of permissions opens all of them.
    """
    asking = {"db", "transactional_db", "live_server"}
    marked = ("django_db", "servers")
    places: Counter[Path] = Counter()
    kept = []
    for item in items:
        if not (asking & set(item.fixturenames) or any(item.get_closest_marker(name) for name in marked)):
            continue
        place, places[item.path] = places[item.path], places[item.path] + 1
        if item.path.relative_to(ROOT).parts[1] not in SAMPLED or place % 3 == 0 or "transactional_db" in item.fixturenames:
            kept.append(item)
    config.hook.pytest_deselected(items=list(set(items) - set(kept)))
    items[:] = kept


def start_afresh() -> None:
    """Rate limits and remembered pages don't leak from one test into the next, nor does a language."""
    cache.clear()
    reading._scripts.clear()  # kept by ids, and ids come again after a rollback
    translation.activate("zh-hans")


@pytest.fixture(autouse=True)
def _fresh_cache_and_language():
    start_afresh()
    yield
    cache.clear()


def make_organisation(kind: str, name: str, name_en: str, slug: str, levels: tuple[str, ...] = ()) -> Organisation:
    """Return the organisation of that slug: the one that stands for the whole file (tests/stage.py), else a new one."""
    return Organisation.objects.filter(slug=slug).first() or Organisation.objects.create(
        kind=kind,
        name=name,
        name_en=name_en,
        slug=slug,
        accredited_from=SINCE if kind == "base" else None,
        accredited_levels=list(levels),
    )


def make_authority() -> Organisation:
    return make_organisation("authority", "测试主管机构", "Test Authority", "authority")


@pytest.fixture
def authority(db) -> Organisation:
    return make_authority()


def make_base() -> Organisation:
    return make_organisation("base", "测试基地甲", "Base A", "base-a", ("junior", "intermediate", "senior"))


@pytest.fixture
def base(db) -> Organisation:
    return make_base()


@pytest.fixture
def other_base(db) -> Organisation:
    return make_organisation("base", "测试基地乙", "Base B", "base-b", ("junior",))


@pytest.fixture
def employer_org(db) -> Organisation:
    return make_organisation("employer", "测试用人单位", "Test Employer", "employer")


def make_user(key: str, full_name: str, organisation: Organisation | None = None, *roles: Role) -> User:
    """Return the person of that key: the one who stands for the whole file (tests/stage.py), else a new one."""
    if found := User.objects.filter(email=f"{key}@people.example").first():
        return found
    user = User.objects.create_user(f"{key}@people.example", PASSWORD, full_name=full_name, name_latin=key.title())
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    for role in roles:
        Membership.objects.create(user=user, organisation=organisation, role=role, valid_from=SINCE)
    return user


@pytest.fixture
def trainee(db) -> User:
    return make_user("trainee", "测试学员王")


def make_author(base: Organisation) -> User:
    return make_user("author", "测试作者孙", base, Role.AUTHOR)


@pytest.fixture
def author(base) -> User:
    return make_author(base)


def make_base_reviewer(base: Organisation) -> User:
    return make_user("base-reviewer", "测试初审吴", base, Role.BASE_REVIEWER)


@pytest.fixture
def base_reviewer(base) -> User:
    return make_base_reviewer(base)


def make_reviewer(authority: Organisation) -> User:
    return make_user("reviewer", "测试复审郑", authority, Role.REVIEWER)


@pytest.fixture
def reviewer(authority) -> User:
    return make_reviewer(authority)


@pytest.fixture
def registrar(base) -> User:
    return make_user("registrar", "测试教务冯", base, Role.REGISTRAR)


@pytest.fixture
def instructor(base) -> User:
    return make_user("instructor", "测试教师褚", base, Role.INSTRUCTOR)


@pytest.fixture
def assessor(base) -> User:
    return make_user("assessor", "测试评阅卫", base, Role.ASSESSOR)


@pytest.fixture
def assessor2(base) -> User:
    return make_user("assessor2", "测试评阅蒋", base, Role.ASSESSOR)


@pytest.fixture
def moderator(base) -> User:
    return make_user("moderator", "测试复核沈", base, Role.MODERATOR)


@pytest.fixture
def officer(authority) -> User:
    return make_user("officer", "测试发证韩", authority, Role.OFFICER)


@pytest.fixture
def employer(employer_org) -> User:
    return make_user("employer", "测试单位杨", employer_org, Role.EMPLOYER)


@pytest.fixture
def outsider(other_base) -> User:
    """Everything at another base: what a person may do there must not reach over the wall."""
    roles = [Role.AUTHOR, Role.BASE_REVIEWER, Role.REGISTRAR, Role.INSTRUCTOR, Role.ASSESSOR, Role.MODERATOR]
    return make_user("outsider", "测试外人朱", other_base, *roles)


@pytest.fixture
def client_for() -> Callable[[User | None], Client]:
    """Return a client logged in as that person; None for a visitor."""

    def make(user: User | None, language: str = "zh-hans") -> Client:
        client = Client()
        client.cookies["django_language"] = language
        if user is not None:
            client.force_login(user)
        return client

    return make


@pytest.fixture
def run_jobs() -> Callable[[], int]:
    """Return what a worker does: everything that is due, here and now."""
    return run_due
