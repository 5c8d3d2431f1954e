"""An edition of the base in the index, a trainee of it, and texts of a source of our own."""

from datetime import timedelta

import pytest
from django.utils import timezone

from lms.lib.search import index
from lms.lib.search.registry import SOURCES, Content, Document, Source
from tests.factories.curriculum import make_course, make_edition
from tests.factories.training import make_cohort, make_enrolment


@pytest.fixture
def at():
    return timezone.now().replace(microsecond=0) - timedelta(hours=1)


@pytest.fixture
def edition(base, author, base_reviewer, reviewer, at, run_jobs):
    found = make_edition(base, at, author=author, base_reviewer=base_reviewer, reviewer=reviewer)
    run_jobs()
    return found


@pytest.fixture
def enrolled(edition, trainee, at):
    return make_enrolment(make_cohort(edition, at=at), trainee, at=at)


@pytest.fixture
def course(base, author):
    return make_course(base, author)


@pytest.fixture
def corpus(db, monkeypatch):
    """Texts of a source of our own, put straight into the index."""
    texts: dict[int, str] = {}

    def documents(ids):
        for pk in ids:
            if pk in texts:
                content = Content(f"题{pk}", text=texts[pk], url=f"/t/{pk}/", facets=(("level", "junior"),))
                yield Document(
                    pk, f"own:{pk}", f"own:{pk}", "lesson", str(hash(texts[pk])), frozenset({"public"}), lambda c=content: c
                )

    monkeypatch.setitem(SOURCES, "own", Source("own", lambda: list(texts), documents))

    def put(*new: str) -> None:
        for text in new:
            texts[len(texts) + 1] = text
        index.sync("own", list(texts))

    return put
