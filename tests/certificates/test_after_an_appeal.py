"""After an appeal: what an award looks at follows the latest result; a certificate that was issued stays as it was."""

from datetime import timedelta

import pytest
from django.utils import timezone

from assessments.models import Appeal, AppealPolicy
from certificates.facts import facts_of
from tests.factories.assessments import make_assessor, scores_for
from tests.factories.certificates import make_certificate
from tests.factories.curriculum import make_edition
from tests.factories.training import make_cohort, make_enrolment


@pytest.fixture
def at():
    return timezone.now().replace(microsecond=0)


def test_facts_follow_and_the_certificate_stays(officer, base, other_base, registrar, moderator, trainee, at):
    edition = make_edition(base, at - timedelta(days=2))
    enrolment = make_enrolment(make_cohort(edition, at=at, by=registrar), trainee, at=at)
    AppealPolicy(may_go_down=True, source="测试文件").put_in_force(by=officer, at=at - timedelta(days=1))
    certificate = make_certificate(enrolment, registrar=registrar, officer=officer, at=at)
    before = (certificate.facts, certificate.is_good_on(timezone.localdate(at)))
    assert [case.passed for case in facts_of(enrolment).cases] == [True]

    result = enrolment.results.get()
    appeal = Appeal.lodge(result, ground="other", statement="请重新评阅。", at=at)
    appeal.admit(reason="受理。", by=registrar, at=at)
    turn = Appeal.take_next(make_assessor(other_base), at=at)
    turn.give_mark(scores_for(turn.submission, "bottom"), "", at=at)
    appeal.refresh_from_db()
    appeal.decide(upheld=True, reason="初评过宽。", by=moderator, at=at + timedelta(minutes=1))

    assert [case.passed for case in facts_of(enrolment).cases] == [False]
    certificate.refresh_from_db()
    assert (certificate.facts, certificate.is_good_on(timezone.localdate(at))) == before
