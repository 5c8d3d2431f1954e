"""Renewal: window, ledger, lot, two people, the certificate that follows; reminders; a whole cycle with given times."""

from datetime import datetime, time, timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from certificates.models import Certificate, ChangeRequest, EndReminder, Renewal
from certificates.models.renewals import drawn
from certificates.models.validity import period_of
from certificates.verification import verify_by_number
from lms.lib.errors import WrongState
from lms.lib.jobs.runner import run_due
from tests.factories.certificates import second_officer, settle
from tests.factories.life import hand_in_cpd, make_terms


@pytest.fixture
def terms(officer, at):
    return make_terms(by=officer, at=at - timedelta(days=1))


def on(day, hour=10) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


def learn(holder, accept, *, at) -> None:
    """Enough for the terms of the factory: 10 general, 20 professional, 40 in all."""
    hand_in_cpd(holder, at=at, accept=accept, category="general", hours=14)
    hand_in_cpd(holder, at=at, accept=accept, category="professional", hours=26)


@pytest.fixture
def ready(certificate, terms, trainee, registrar, at):
    """The certificate with enough hours, and a moment within the window."""
    learn(trainee, registrar, at=at)
    return certificate, on(period_of(certificate, terms).opens)


def test_a_whole_cycle(certificate, terms, trainee, registrar, officer, at):
    told = []

    def say(day, what) -> None:
        told.append(f"{day} {what}")
        print(told[-1])

    span = period_of(certificate, terms)
    say(certificate.issued_on, "issued")
    learn(trainee, registrar, at=at + timedelta(hours=1))
    say(timezone.localdate(at), "40 hours accepted")
    for days in (400, 180, 170, 90, 30, 29):
        day = span.ends - timedelta(days=days)
        say(day, f"{len(EndReminder.write_due(day))} reminder")
    assert [line[11:] for line in told[2:]] == ["0 reminder", "1 reminder", "0 reminder", *["1 reminder"] * 2, "0 reminder"]
    with pytest.raises(WrongState):
        Renewal.apply(certificate, by=trainee, at=on(span.opens - timedelta(days=1)))
    renewal = Renewal.apply(certificate, by=trainee, at=on(span.opens))
    renewal.propose(by=registrar, at=on(span.opens, 11))
    new = renewal.confirm(by=officer, at=on(span.opens, 12))
    run_due()
    new.refresh_from_db()
    say(span.opens, "renewed")
    assert (new.term, new.replaces, new.holder_name) == (2, certificate, certificate.holder_name)
    assert new.prepared_at and new.credentials.count() == 1
    assert (new.valid_until.year, new.valid_until.month) == (certificate.valid_until.year + 3, certificate.valid_until.month)
    old = verify_by_number(certificate.number, certificate.holder_name, at=on(span.opens))
    assert (old.state, old.renewed_by) == ("valid", new.number)
    assert verify_by_number(certificate.number, certificate.holder_name, at=on(span.ends + timedelta(days=1))).state == "expired"
    answer = verify_by_number(new.number, new.holder_name, at=on(span.ends + timedelta(days=1)))
    assert (answer.state, answer.renews, answer.replaces) == ("valid", certificate.number, "")
    assert EndReminder.write_due(span.ends - timedelta(days=5)) == []  # the old one is followed
    later = period_of(new, terms)
    lapsed = later.closes + timedelta(days=1)
    with pytest.raises(WrongState):  # the hours of the first period are not counted twice
        Renewal.apply(new, by=trainee, at=on(later.opens))
    assert (later.stage(lapsed), verify_by_number(new.number, new.holder_name, at=on(lapsed)).state) == ("lapsed", "expired")
    say(lapsed, "lapsed")


def test_hours_that_are_missing_are_named(certificate, terms, trainee, registrar, at):
    hand_in_cpd(trainee, at=at, accept=registrar, category="general", hours=14)
    with pytest.raises(WrongState, match="26"):
        Renewal.apply(certificate, by=trainee, at=on(period_of(certificate, terms).opens))


def test_it_takes_two_people_and_neither_is_the_holder(ready, trainee, officer, registrar):
    certificate, at = ready
    renewal = Renewal.apply(certificate, by=trainee, at=at)
    with pytest.raises(WrongState):
        Renewal.apply(certificate, by=trainee, at=at)  # twice
    with pytest.raises(WrongState):
        renewal.propose(by=trainee, at=at)
    with pytest.raises(WrongState):
        renewal.confirm(by=officer, at=at)  # nobody proposed it
    renewal.propose(by=officer, at=at)
    with pytest.raises(WrongState):
        renewal.confirm(by=officer, at=at)
    renewal.confirm(by=second_officer(), at=at)
    with pytest.raises(WrongState):
        renewal.confirm(by=second_officer(), at=at)
    assert Certificate.objects.count() == 2


def test_the_lot_is_drawn_again_from_its_seed(ready, trainee, registrar, terms):
    certificate, at = ready
    assert not drawn("seed", certificate.uuid, 0)
    assert drawn("seed", certificate.uuid, 100)
    shares = sum(drawn(str(n), certificate.uuid, 30) for n in range(400))
    assert 80 < shares < 160
    renewal = Renewal.apply(certificate, by=trainee, at=at, seed="seed")
    Renewal.objects.filter(pk=renewal.pk).update(sampled=True)
    renewal.refresh_from_db()
    with pytest.raises(WrongState):
        renewal.propose(by=registrar, at=at)
    renewal.propose(by=registrar, at=at, note="两份证明均已核对。")
    assert renewal.note


def test_what_was_taken_back_meanwhile_counts_no_more(ready, trainee, registrar, officer):
    certificate, at = ready
    renewal = Renewal.apply(certificate, by=trainee, at=at)
    renewal.propose(by=registrar, at=at)
    trainee.cpd_entries.first().decide("taken_back", by=registrar, at=at, reason="证明有误")
    with pytest.raises(WrongState):
        renewal.confirm(by=officer, at=at)
    assert Certificate.objects.count() == 1


def test_a_suspended_one_is_not_renewed_and_a_renewed_one_can_be_revoked(ready, trainee, registrar, officer):
    certificate, at = ready
    renewal = Renewal.apply(certificate, by=trainee, at=at)
    renewal.propose(by=registrar, at=at)
    certificate.change_status("suspended", reason="investigation", by=officer, at=at)
    with pytest.raises(WrongState):
        renewal.confirm(by=officer, at=at)
    settle(certificate, "reinstated", reason="cleared", by=officer, at=at)
    new = renewal.confirm(by=officer, at=at)
    settle(certificate, "revoked", reason="misconduct", by=officer, at=at)
    assert [c.state for c in (Certificate.objects.get(pk=certificate.pk), new)] == ["revoked", ""]


def test_a_renewed_one_is_not_corrected_in_the_middle_of_the_chain(ready, trainee, registrar, officer):
    certificate, at = ready
    renewal = Renewal.apply(certificate, by=trainee, at=at)
    renewal.propose(by=registrar, at=at)
    renewal.confirm(by=officer, at=at)
    with pytest.raises(WrongState, match="已有决定"):  # a second click is told as what it is
        Renewal.objects.get().confirm(by=second_officer(), at=at)
    certificate = Certificate.objects.get(pk=certificate.pk)
    with pytest.raises(WrongState):
        certificate.replace(reason="name_change", by=officer, proposed_by=second_officer(), at=at, name="新名")


def test_a_change_that_waits_comes_first(ready, trainee, registrar, officer, client_for, monkeypatch):
    """A new name asked for would be lost once a renewal stands in the chain; a revocation would be overtaken."""
    certificate, at = ready
    renewal = Renewal.apply(certificate, by=trainee, at=at)
    renewal.propose(by=registrar, at=at)
    change = ChangeRequest.propose(certificate, "revoked", reason="misconduct", by=officer, at=at)
    with pytest.raises(WrongState, match="变更待决定"):
        renewal.confirm(by=second_officer(), at=at)
    renewal.refuse(by=officer, at=at, reason="先决定变更")
    with pytest.raises(WrongState, match="变更待决定"):
        Renewal.apply(certificate, by=trainee, at=at)
    opened = timezone.localdate(at)
    monkeypatch.setattr("certificates.views.cpd.timezone.localdate", lambda *given: opened)
    page = client_for(trainee, "en").get(reverse("cpd", args=[certificate.uuid])).text
    monkeypatch.undo()
    assert "waits to be decided; renewal comes after it" in page and reverse("renewal_apply", args=[certificate.uuid]) not in page
    change.refuse(note="不成立", by=second_officer(), at=at)
    assert Renewal.apply(certificate, by=trainee, at=at).is_open


def test_pages_and_steps(
    certificate, terms, trainee, registrar, officer, outsider, at, client_for, django_assert_max_num_queries
):
    learn(trainee, registrar, at=at)
    holder = client_for(trainee)
    apply = reverse("renewal_apply", args=[certificate.uuid])
    assert holder.post(apply).status_code == 409  # the window is years away
    renewal = Renewal.apply(certificate, by=trainee, at=on(period_of(certificate, terms).opens))
    decide = reverse("renewal_decide", args=[renewal.uuid])
    assert client_for(outsider).post(decide, {"step": "confirm"}).status_code in (403, 404)
    assert client_for(registrar).post(decide, {"step": "confirm"}).status_code == 403
    assert client_for(registrar).post(decide, {"step": "dance"}).status_code == 400
    assert client_for(registrar).post(decide, {"step": "propose", "note": ""}).status_code == 302
    with django_assert_max_num_queries(20):
        page = client_for(officer).get(reverse("renewal_list"))
    assert certificate.number in page.content.decode()
    assert client_for(officer).post(decide, {"step": "refuse", "note": ""}).status_code == 422
    assert client_for(officer).post(decide, {"step": "confirm"}).status_code == 302
    told = ModelLogEntry.objects.filter(action__startswith="certificates.renewal.")
    assert {entry.label for entry in told} == {certificate.number}
    assert told.get(action="certificates.renewal.confirm").data["new"] == Renewal.objects.get().new.number
    text = holder.get(renewal.get_absolute_url()).content.decode()
    assert Renewal.objects.get().new.number in text
    assert registrar.full_name not in text


def test_reminders_are_mailed_once_and_can_be_turned_off(certificate, terms, trainee, client_for, monkeypatch):
    from certificates import life_jobs

    day = certificate.valid_until - timedelta(days=90)
    monkeypatch.setattr(life_jobs, "now", lambda: on(day))
    mail.outbox.clear()
    for _twice in range(2):
        life_jobs.remind_of_end(None)
        run_due()
    assert [str(message.to) for message in mail.outbox] == [str([trainee.email])]
    assert trainee.full_name not in mail.outbox[0].body
    client_for(trainee).post(reverse("cpd_reminders"), {"wanted": "0"})
    assert EndReminder.write_due(certificate.valid_until - timedelta(days=30)) == []


def test_the_terms_are_read_once_however_many_certificates(certificate, terms, django_assert_num_queries):
    """Two queries and the reminders there are; with no certificate to look at, the same less those."""
    with django_assert_num_queries(3):
        assert len(list(EndReminder.due(certificate.valid_until - timedelta(days=90)))) == 1


def test_the_holder_sees_which_of_two_is_renewed(ready, trainee, registrar, officer, client_for):
    certificate, at = ready
    renewal = Renewal.apply(certificate, by=trainee, at=at)
    renewal.propose(by=registrar, at=at)
    new = renewal.confirm(by=officer, at=at)
    run_due()
    page = client_for(trainee).get(reverse("certificate_list")).text
    old, link = reverse("certificate_detail", args=[certificate.uuid]), reverse("certificate_detail", args=[new.uuid])
    assert page.index(link) < page.index(old)
    assert page.count(f'href="{link}"') == 2  # to open it, and from the one it renews
    assert reverse("cpd", args=[certificate.uuid]) not in page
    assert reverse("cpd", args=[new.uuid]) in page
    study = client_for(trainee).get(reverse("cpd", args=[certificate.uuid])).text
    assert new.number in study
    assert reverse("cpd_add", args=[certificate.uuid]) not in study


def test_an_open_window_without_the_hours_is_no_invitation(certificate, terms, trainee, client_for, at, monkeypatch):
    opens = on(period_of(certificate, terms).opens)
    monkeypatch.setattr("django.utils.timezone.now", lambda: opens)
    url = reverse("cpd", args=[certificate.uuid])
    client = client_for(trainee, "en")
    assert "as soon as the hours are enough" in client.get(url).text
