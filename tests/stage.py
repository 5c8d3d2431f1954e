"""What stands for all tests of a file: made once, inside a transaction that the end of the file takes back.

Each test works above it in a savepoint of its own (pytest-django's `db`), so nothing of a test is seen by the next; files
are put back by `files_back`. Tests that ask for less come first (tests/conftest.py), so none meets what it didn't ask for.
A file whose tests need the database for themselves (`transactional_db`, `live_server`) must not ask for it.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Organisation, User
from curriculum.models import CoursePage, Edition
from tests.conftest import make_author, make_authority, make_base, make_base_reviewer, make_reviewer, start_afresh
from tests.factories.curriculum import make_course, make_edition


def standing(make: Callable[[], object], blocker) -> Iterator[object]:
    """Make it, yield it, take it back; the body of a fixture with scope="module". blocker: django_db_blocker."""
    with blocker.unblock(), ExitStack() as stack:
        start_afresh()
        stack.enter_context(transaction.atomic())  # takes back what was made when making fails
        made = make()
        kept = stack.pop_all()
    yield made
    with blocker.unblock():
        transaction.set_rollback(True)
        kept.close()


def stands(make: Callable[[datetime], object]):
    """Return the fixture of what stands for a file: what `make` returns when it is called with the time it then is."""

    @pytest.fixture(scope="module")
    def stands_here(django_db_setup, django_db_blocker):
        yield from standing(lambda: make(timezone.now().replace(microsecond=0)), django_db_blocker)

    return stands_here


def make_reviewed(at: datetime, *, course: Callable[[Organisation, User], CoursePage] = make_course) -> Edition:
    """Return an edition of the cast's base, written and reviewed by the cast's own people."""
    base = make_base()
    author = make_author(base)
    people = {"base_reviewer": make_base_reviewer(base), "reviewer": make_reviewer(make_authority())}
    return make_edition(base, at, author=author, course=course(base, author), **people)


def files_of_data() -> dict[Path, tuple[int, int]]:
    """Return the files that the product keeps now (work products, documents, keys) and what tells whether one was written."""
    found = ((path, path.stat()) for path in settings.DATA_DIR.rglob("*") if path.is_file())
    return {path: (stat.st_mtime_ns, stat.st_ino) for path, stat in found}


def files_since(before: dict[Path, tuple[int, int]]) -> dict[Path, bytes]:
    """Return what was written since `files_of_data` said what there was."""
    return {path: path.read_bytes() for path, _written in files_of_data().items() - before.items()}


def files_back(kept: dict[Path, bytes]) -> None:
    """Put files back that a test took away or changed; savepoints know nothing of them."""
    for path, content in kept.items():
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
