"""Mails of a certificate's life after issue: decisions to holders, what waits to deciders."""

from datetime import timedelta

import pytest
from django.utils import timezone

from certificates.life_jobs import remind_deciders, waiting_for
from certificates.models import CpdNotebook, Renewal
from lms.lib.errors import WrongState
from tests.factories.certificates import settle
from tests.factories.life import hand_in_cpd, make_terms


@pytest.fixture
def renewal(certificate, officer) -> Renewal:
    return Renewal.objects.create(
        certificate=certificate, terms=make_terms(by=officer, at=timezone.now()),
        found={"counted": "40", "asked": "40", "items": 2}, seed="x", sampled=False, applied_at=timezone.now(),
    )  # fmt: skip


def test_the_holder_is_told_when_the_certificate_is_there(fresh_certificate, officer, run_jobs, mailoutbox):
    run_jobs()
    (mail,) = [mail for mail in mailoutbox if "已签发" in mail.subject]
    assert mail.to == [fresh_certificate.holder.email] and fresh_certificate.number in mail.body
    assert str(fresh_certificate.uuid) in mail.body and fresh_certificate.holder_name not in mail.subject + mail.body
    mailoutbox.clear()
    for kind, reason in [("suspended", "investigation"), ("reinstated", "cleared")]:
        settle(fresh_certificate, kind, reason=reason, by=officer, at=timezone.now())
    run_jobs()
    assert fresh_certificate.credentials.count() == 2 and len(mailoutbox) == 2  # of the two changes, not of the second copy


def test_the_holder_is_told_of_a_decision(trainee, officer, run_jobs, mailoutbox):
    entry = hand_in_cpd(trainee, at=timezone.now(), accept=officer)
    run_jobs()
    (mail,) = mailoutbox
    assert mail.to == [trainee.email] and str(entry.uuid) in mail.body and entry.title not in mail.body
    with pytest.raises(WrongState):
        entry.decide("accepted", by=officer, at=timezone.now())
    entry.decide("taken_back", by=officer, at=timezone.now(), reason="看错了")
    entry.decide("withdrawn", by=trainee, at=timezone.now())
    run_jobs()
    assert len(mailoutbox) == 2  # nothing of what they did themselves


def test_not_when_they_turned_it_off(trainee, officer, run_jobs, mailoutbox):
    CpdNotebook.objects.create(holder=trainee, reminders=False)
    hand_in_cpd(trainee, at=timezone.now(), accept=officer)
    run_jobs()
    assert mailoutbox == []


def test_a_refused_renewal_is_told(renewal, certificate, officer, run_jobs, mailoutbox):
    run_jobs()
    mailoutbox.clear()
    renewal.refuse(by=officer, at=timezone.now(), reason="学时证明看不清")
    run_jobs()
    (mail,) = mailoutbox
    assert mail.to == [certificate.holder.email] and "看不清" not in mail.body and str(renewal.uuid) in mail.body


class Handle:
    pass


def test_deciders_get_one_mail_a_day(renewal, certificate, officer, registrar, outsider, trainee, run_jobs, mailoutbox):
    hand_in_cpd(certificate.holder, at=timezone.now())
    run_jobs()
    mailoutbox.clear()
    for _time in range(2):
        remind_deciders(Handle())
        run_jobs()
    told = {mail.to[0]: mail for mail in mailoutbox}
    assert set(told) == {officer.email, registrar.email}
    assert len(mailoutbox) == 2 and certificate.holder_name not in told[officer.email].body
    assert "/certificates/renewals/" in told[registrar.email].body and "/certificates/cpd/" in told[registrar.email].body
    assert waiting_for(outsider) == []
    assert timezone.now() - renewal.applied_at < timedelta(hours=1)
