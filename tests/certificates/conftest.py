"""A trainee on the way to a certificate, and one who has it.

The certificate stands for all tests of a file (tests/stage.py): it went the whole way once, and each test fetches it anew.
"""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import Role
from certificates import lookups
from certificates.models import AwardRule, Certificate
from certificates.views import drawn, kept
from curriculum.models import Edition
from lms.lib.journal import Journal
from tests.conftest import make_authority, make_base, make_user
from tests.factories.certificates import make_certificate, make_rule
from tests.factories.training import make_cohort, make_enrolment
from tests.stage import files_back, files_of_data, files_since, make_reviewed, standing
from training.models import Enrolment


@pytest.fixture(autouse=True)
def no_answers_kept():
    """A test before may have asked for the same certificate."""
    drawn._pages.clear()
    kept._answers.clear()


@pytest.fixture
def journal(tmp_path, monkeypatch):
    """Look-ups by way of a file, as outside of tests; `journal.carry()` makes rows of them."""
    journal = Journal(tmp_path / "lookups", bring=lookups.bring, forget=lookups.forget)
    monkeypatch.setattr(journal, "start", lambda: None)
    monkeypatch.setattr(lookups, "get_journal", lambda: journal)
    return journal


@pytest.fixture(scope="module")
def standing_at() -> datetime:
    return timezone.now().replace(microsecond=0) - timedelta(hours=1)


@pytest.fixture
def at(standing_at) -> datetime:
    """The moment at which things happened: an hour ago, so that nothing signed lies in the future."""
    return standing_at


@pytest.fixture(scope="module")
def standing_edition(django_db_setup, django_db_blocker, standing_at):
    """The id of the edition that stands for all tests of a file, and of who wrote and reviewed it."""
    yield from standing(lambda: make_reviewed(standing_at - timedelta(days=3)).pk, django_db_blocker)


@pytest.fixture
def edition(standing_edition, db) -> Edition:
    return Edition.objects.get(pk=standing_edition)


@pytest.fixture
def rule(edition, at) -> AwardRule:
    return AwardRule.objects.filter(level=edition.level).first() or make_rule(edition.level, at=at - timedelta(days=2))


@pytest.fixture
def enrolment(edition, trainee, registrar, at) -> Enrolment:
    """Just enrolled; with `certificate`, the enrolment that earned it."""
    found = Enrolment.objects.filter(user=trainee).first()
    return found or make_enrolment(make_cohort(edition, at=at, by=registrar), trainee, at=at)


def make_standing(edition: int, at: datetime) -> tuple[int, dict[Path, bytes]]:
    """Return the id of a certificate of the cast's trainee, and the files that were made on its way."""
    before = files_of_data()
    edition = Edition.objects.get(pk=edition)
    make_rule(edition.level, at=at - timedelta(days=2))
    registrar = make_user("registrar", "测试教务冯", make_base(), Role.REGISTRAR)
    officer = make_user("officer", "测试发证韩", make_authority(), Role.OFFICER)
    enrolment = make_enrolment(make_cohort(edition, at=at, by=registrar), make_user("trainee", "测试学员王"), at=at)
    made = make_certificate(enrolment, registrar=registrar, officer=officer, at=at)
    return made.pk, files_since(before)


@pytest.fixture(scope="module")
def standing_certificate(standing_edition, standing_at, django_db_blocker):
    yield from standing(lambda: make_standing(standing_edition, standing_at), django_db_blocker)


@pytest.fixture
def fresh_certificate(enrolment, rule, registrar, officer, at) -> Certificate:
    """One that goes the whole way for this test alone: with keys and documents as they are at its own time."""
    return make_certificate(enrolment, registrar=registrar, officer=officer, at=at)


@pytest.fixture
def certificate(standing_certificate, registrar, officer, enrolment, rule, db):
    made, files = standing_certificate
    yield Certificate.objects.get(pk=made)
    files_back(files)
