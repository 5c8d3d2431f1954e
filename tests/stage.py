"""What stands for all tests of a file: made once, inside a transaction that the end of the file takes back.

Each test works above it in a savepoint of its own (pytest-django's `db`), so nothing of a test is seen by the next.
A file whose tests need the database for themselves (`transactional_db`, `live_server`) must not ask for it.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime

from django.db import transaction

from curriculum.models import Edition
from tests.conftest import make_author, make_authority, make_base, make_base_reviewer, make_reviewer
from tests.factories.curriculum import make_edition


def standing(make: Callable[[], object], blocker) -> Iterator[object]:
    """Make it, yield it, take it back; the body of a fixture with scope="module". blocker: django_db_blocker."""
    with ExitStack() as stack:
        with blocker.unblock():
            stack.enter_context(transaction.atomic())
            made = make()
        yield made
        with blocker.unblock():
            transaction.set_rollback(True)
            stack.close()


def make_reviewed(at: datetime) -> Edition:
    """Return an edition of the cast's base, written and reviewed by the cast's own people."""
    base = make_base()
    people = {"base_reviewer": make_base_reviewer(base), "reviewer": make_reviewer(make_authority())}
    return make_edition(base, at, author=make_author(base), **people)
