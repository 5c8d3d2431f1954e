"""Appeals that nobody at the base can decide, or that it has let become overdue; and the reminders of those."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import localdate, now

from accounts.models import Role
from assessments.models import Appeal
from assessments.reminders import remind
from tests.factories.assessments import make_assessor, make_result, scores_for

DECISION = {"outcome": "upheld", "reason": "初评有误。"}


@pytest.fixture
def waiting(enrolment, registrar, other_base, at) -> Appeal:
    """Marked afresh by somebody of another base."""
    result = make_result(enrolment, passed=False, at=at)
    appeal = Appeal.lodge(result, ground="error", statement="漏看了附件。", at=at)
    appeal.admit(reason="受理。", by=registrar, at=at)
    turn = Appeal.take_next(make_assessor(other_base), at=at)
    turn.give_mark(scores_for(turn.submission, "top"), "", at=at)
    appeal.refresh_from_db()
    return appeal


@pytest.fixture
def elsewhere(other_base):
    return make_assessor(other_base, Role.MODERATOR)


def detail(appeal):
    return reverse("appeal_detail", args=[appeal.uuid])


def test_the_base_decides_while_it_can(client_for, waiting, moderator, elsewhere):
    assert client_for(elsewhere).get(detail(waiting)).status_code == 404
    assert client_for(elsewhere).post(detail(waiting), DECISION).status_code == 404
    assert detail(waiting) not in client_for(elsewhere).get(reverse("appeal_list")).text


def test_nobody_at_the_base_is_left(client_for, waiting, moderator, elsewhere, cohort, trainee):
    cohort.instructors.add(moderator)  # teaches them
    client = client_for(elsewhere)
    assert detail(waiting) in client.get(reverse("appeal_list")).text
    page = client.get(detail(waiting)).text
    assert trainee.full_name not in page and waiting.result.enrolment.anonymous_code in page
    assert client_for(moderator).post(detail(waiting), DECISION).status_code == 403
    client.post(detail(waiting), DECISION)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.decided_by) == ("upheld", elsewhere)
    assert client.get(detail(waiting)).status_code == 404  # decided: no longer theirs


def test_or_the_decision_is_overdue(client_for, waiting, moderator, elsewhere):
    Appeal.objects.filter(pk=waiting.pk).update(decide_until=now())
    assert client_for(elsewhere).get(detail(waiting)).status_code == 200
    assert client_for(moderator).get(detail(waiting)).status_code == 200


def test_not_who_marked_it_afresh(client_for, waiting, other_base):
    marker = waiting.fresh_mark().assessor
    marker.memberships.create(organisation=other_base, role=Role.MODERATOR, valid_from=at_once())
    assert client_for(marker).get(detail(waiting)).status_code == 404


def at_once():
    return localdate() - timedelta(days=1)


def test_who_can_act_is_reminded(waiting, moderator, registrar, elsewhere, run_jobs, mailoutbox):
    run_jobs()
    mailoutbox.clear()
    late = waiting.decide_until
    assert remind(late - timedelta(seconds=1)) == 0
    assert remind(late) == 1
    for days in (1, 2):
        assert remind(late + timedelta(days=days)) == 0
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [[moderator.email]]
    assert waiting.result.enrolment.user.full_name not in mailoutbox[0].body
    assert remind(late + timedelta(days=3)) == 1


def test_elsewhere_where_nobody_is_left(waiting, moderator, elsewhere, cohort, run_jobs, mailoutbox):
    cohort.instructors.add(moderator)
    run_jobs()
    mailoutbox.clear()
    remind(waiting.decide_until)
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [[elsewhere.email]]


def test_on_form_the_base_is_reminded(enrolment, registrar, at, run_jobs, mailoutbox):
    appeal = Appeal.lodge(make_result(enrolment, by=registrar, at=at), ground="other", statement="请看。", at=at)
    run_jobs()
    mailoutbox.clear()
    remind(appeal.formal_until)
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [[registrar.email]]
