"""Corrections for tests: pages with other words in the editor, proposals, signatures, by the real verbs."""


import pytest
from django.utils import timezone

from curriculum.models import Erratum, LessonPage
from tests.curriculum.errata.verbs import edit_case, sign
from tests.factories.curriculum import LESSON_BODY, stream
from tests.factories.training import make_cohort, make_enrolment


@pytest.fixture
def at():
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def cohort(edition, registrar, at):
    return make_cohort(edition, at=at, by=registrar)


@pytest.fixture
def other_cohort(edition, registrar, at):
    return make_cohort(edition, at=at, by=registrar)


@pytest.fixture
def enrolment(cohort, trainee, at):
    return make_enrolment(cohort, trainee, at=at)


@pytest.fixture
def lesson(edition):
    """The item, whose page has other words in the editor by now."""
    item = edition.items_of("lesson").first()
    page = LessonPage.objects.get(pk=item.page_id)
    body = [LESSON_BODY[0], ("text", "<p>技术经理人在高校和企业之间做翻译。</p>"), *LESSON_BODY[2:]]
    page.body, page.minutes = stream(LessonPage, "body", body), 60
    page.save_revision()
    return item


@pytest.fixture
def case(edition):
    """The item, whose page has another narrative in the editor by now."""
    return edit_case(edition, lambda stages: stages[1]["value"].update(narrative="<p>更正后的情境。</p>"))


@pytest.fixture
def propose(author, edition, cohort, at):
    def make(*items, cohorts=None, by=author):
        items = list(edition.items.filter(pk__in=[item.pk for item in items]).select_related("page__latest_revision"))
        keys = [str(c.uuid) for c in (cohorts or [cohort])]
        return Erratum.propose(edition, items, keys, reason="“实验室”应为“高校”。", by=by, at=at)

    return make


@pytest.fixture
def erratum(propose, lesson, enrolment):
    return propose(lesson)


@pytest.fixture
def applied(erratum, base_reviewer, officer, at):
    assert sign(erratum, base_reviewer, at)
    assert sign(erratum, officer, at)
    return erratum


