"""Reports of misuse on the public register: anybody's word, an officer's answer, and no trace of who reported."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from wagtail.models import ModelLogEntry

from certificates.life_jobs import waiting_for
from certificates.models import EmployerTerms, RegisterEntry, RegisterReport
from certificates.register_jobs import erase_reports
from certificates.views.register_reports import REPORT, SOLVED
from lms.lib.errors import WrongState
from tests.factories.register import make_entry, make_report

from .test_too_many import solved

LIST = reverse("register_reports")
TYPED = {"kind": "fraud", "text": "自称可代办证书。", "email": "someone@example.org"}


@pytest.fixture
def entry(certificate, at):
    return make_entry(certificate, at=at)


def address(entry: RegisterEntry) -> str:
    return reverse("register_report", args=[entry.uuid])


def send(client, entry, **changes):
    return client.post(address(entry), TYPED | {"request_id": uuid4()} | changes)


def answer(client, report, **changes):
    typed = {"step": "answer", "outcome": "no_ground", "reason": "已核实身份。"} | changes
    return client.post(report.get_absolute_url(), typed)


def test_it_works(client_for, entry, officer, run_jobs):
    visitor = client_for(None)
    assert address(entry) in visitor.get(entry.get_absolute_url()).text
    page = send(visitor, entry)
    assert page.status_code == 302 and "Thank you" in client_for(None, "en").get(page.url).text
    report = RegisterReport.objects.get()
    assert report.said == {"text": TYPED["text"], "email": TYPED["email"]}
    assert TYPED["email"] not in report.sealed and TYPED["text"] not in report.sealed
    officers = client_for(officer, "en")
    assert entry.holder.full_name in officers.get(LIST).text
    assert TYPED["text"] in officers.get(report.get_absolute_url()).text
    run_jobs()
    mail.outbox.clear()
    assert answer(officers, report).status_code == 302
    run_jobs()
    (told,) = mail.outbox
    assert told.to == [TYPED["email"]] and "已核实身份。" in told.body
    report.refresh_from_db()
    assert (report.status, report.outcome, report.answered_by) == ("answered", "no_ground", officer)
    actions = ["make", "read", "answer"]
    found = ModelLogEntry.objects.filter(action__startswith="certificates.register_report").order_by("pk")
    assert [entry.action.rpartition(".")[2] for entry in found] == actions
    assert not any(secret in str(row.data) for row in found for secret in (TYPED["text"], TYPED["email"]))
    assert found[0].user is None
    assert answer(officers, report).status_code == 409  # a second click


def test_the_holder_is_told_nothing_of_a_report(client_for, entry, officer, run_jobs):
    run_jobs()
    mail.outbox.clear()
    send(client_for(None), entry)
    report = RegisterReport.objects.get()
    report.answer("no_ground", reason="已核实。", by=officer, at=report.reported_at)
    run_jobs()
    assert [sent.to for sent in mail.outbox] == [[TYPED["email"]]]
    holder = client_for(entry.holder)
    assert holder.get(LIST).status_code == 403 and holder.get(report.get_absolute_url()).status_code == 404
    assert TYPED["text"] not in holder.get(reverse("register_mine")).text


def test_an_officer_who_is_listed_sees_no_report_on_themselves(client_for, entry, officer, at):
    RegisterEntry.objects.filter(pk=entry.pk).update(holder=officer)
    report = make_report(entry, at=at)
    client = client_for(officer)
    assert list(client.get(LIST).context["page"]) == [] and client.get(report.get_absolute_url()).status_code == 404
    assert not [item for item in waiting_for(officer) if item.url == LIST]
    with pytest.raises(WrongState):
        RegisterReport.objects.get().answer("no_ground", reason="无", by=officer, at=at)


def test_an_entry_is_taken_off_and_put_back(client_for, entry, officer, run_jobs):
    report = make_report(entry, at=entry.changed_at)
    client, holder = client_for(officer, "en"), client_for(entry.holder, "en")
    assert answer(client, report, outcome="taken_off").status_code == 422  # the holder has to read why
    run_jobs()
    mail.outbox.clear()
    assert answer(client, report, outcome="taken_off", told="资料与证书不符。").status_code == 302
    run_jobs()
    (told,) = mail.outbox
    assert told.to == [entry.holder.email] and "资料与证书不符" not in told.body
    assert client_for(None).get(entry.get_absolute_url()).status_code == 404
    assert client_for(None).get(address(entry)).status_code == 404
    page = holder.get(reverse("register_mine")).text
    assert "资料与证书不符。" in page and "took your entry off" in page
    certificate = entry.certificates.get()
    typed = {"certificates": [certificate.pk], "region": "GD", "about": "改过", "takes_contact": "on", "agreed": "on"}
    assert holder.post(reverse("register_mine"), typed).status_code == 302  # publishing does not lift it
    assert client_for(None).get(entry.get_absolute_url()).status_code == 404
    assert client.post(report.get_absolute_url(), {"step": "put_back"}).status_code == 302
    assert client_for(None).get(entry.get_absolute_url()).status_code == 200
    assert client.post(report.get_absolute_url(), {"step": "put_back"}).status_code == 409
    assert client.post(report.get_absolute_url(), {"step": "burn"}).status_code == 400
    kinds = {"certificates.register.take_off", "certificates.register.put_back"}
    assert kinds <= set(ModelLogEntry.objects.values_list("action", flat=True))


@pytest.mark.parametrize(
    "wrong", [{"kind": ""}, {"kind": "x"}, {"kind": "other", "text": " "}, {"email": "x"}, {"text": "长" * 1001}]
)
def test_bad_input_keeps_what_was_typed(client_for, entry, wrong):
    page = send(client_for(None), entry, **wrong)
    assert page.status_code == 422 and page.context["form"].errors and not RegisterReport.objects.exists()


def test_sent_twice_it_is_one_report_and_a_flood_is_stopped(client_for, entry, at):
    twice = uuid4()
    for _again in range(2):
        assert send(client_for(None), entry, request_id=twice).status_code == 302
    assert RegisterReport.objects.count() == 1
    for _one in range(RegisterReport.MOST_OPEN - 1):
        make_report(entry, at=at)
    assert send(client_for(None), entry).status_code == 409
    assert RegisterReport.objects.count() == RegisterReport.MOST_OPEN


def test_who_sends_often_solves_a_puzzle_for_each_further_one(client_for, entry):
    client = client_for(None)
    for _one in range(REPORT.times):
        assert send(client, entry).status_code == 302
    held = send(client, entry)
    assert held.status_code == 429 and TYPED["text"] in held.text
    assert RegisterReport.objects.count() == REPORT.times
    assert send(client, entry, **solved(held)).status_code == 302
    assert RegisterReport.objects.count() == REPORT.times + 1
    for _one in range(SOLVED.times - 1):
        assert send(client, entry, **solved(send(client, entry))).status_code == 302
    last = send(client, entry, **solved(send(client, entry)))
    assert last.status_code == 429 and "data-puzzle" not in last.text


def test_the_case_goes_with_the_address_when_its_time_is_over(entry, officer, at):
    days = EmployerTerms.objects.at(at).reports_days
    open_one, old, fresh = (make_report(entry, at=at - timedelta(days=days + 9)) for _each in range(3))
    old.answer("no_ground", reason="已核实。", by=officer, at=at - timedelta(days=days, minutes=1))
    fresh.answer("no_ground", reason="已核实。", by=officer, at=at - timedelta(days=days - 1))
    RegisterReport.objects.drop_old(at)
    assert set(RegisterReport.objects.all()) == {open_one, fresh}
    erase_reports(None)


def test_officers_are_told_by_the_daily_mail(entry, officer, registrar, at):
    make_report(entry, at=at)
    assert [item.count for item in waiting_for(officer) if item.url == LIST] == [1]
    assert not [item for item in waiting_for(registrar) if item.url == LIST]


def test_a_constant_number_of_queries(client_for, entry, officer, at, django_assert_max_num_queries):
    for _one in range(6):
        report = make_report(entry, at=at)
    client = client_for(officer)
    with django_assert_max_num_queries(11):
        assert len(client.get(LIST).context["page"]) == 6
    with django_assert_max_num_queries(20):
        client.get(report.get_absolute_url())
    with django_assert_max_num_queries(5):
        client_for(None).get(address(entry))


def test_the_database_wants_a_reason(entry, officer, at):
    report = make_report(entry, at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        RegisterReport.objects.filter(pk=report.pk).update(status="answered", outcome="no_ground")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE certificates_registerentry SET taken_off_at = changed_at")


def test_several_reports_on_an_entry_are_answered_together(client_for, entry, officer, at, run_jobs):
    said = ("自称可代办证书。", "头像是别人的。", "与此无关的一件事。")
    first, second, third = (make_report(entry, at=at, text=text, email=f"r{n}@example.org") for n, text in enumerate(said))
    client = client_for(officer, "en")
    page = client.get(first.get_absolute_url())
    assert all(text in page.text for text in said) and list(page.context["form"]["also"].field.queryset) == [second, third]
    read = ModelLogEntry.objects.get(action="certificates.register_report.read")
    assert read.data["others"] == [str(second.uuid), str(third.uuid)]  # their words were read with it
    run_jobs()
    mail.outbox.clear()
    page = answer(client, first, outcome="taken_off", told="资料与证书不符。", also=[second.uuid])
    assert page.status_code == 302
    run_jobs()
    assert {told.to[0] for told in mail.outbox} == {"r0@example.org", "r1@example.org", entry.holder.email}
    for report in (first, second):
        report.refresh_from_db()
        assert (report.outcome, report.reason, report.answered_by) == ("taken_off", "已核实身份。", officer)
    assert list(RegisterReport.objects.open()) == [third]
    assert ModelLogEntry.objects.filter(action="certificates.register_report.answer").count() == 2
    assert answer(client, third, also=[second.uuid]).status_code == 302  # nothing is left to be answered with it
    second.refresh_from_db()
    assert second.outcome == "taken_off"


def test_together_means_on_the_same_entry_and_all_or_none(entry, officer, second_entry, at):
    report, done, elsewhere = make_report(entry, at=at), make_report(entry, at=at), make_report(second_entry, at=at)
    done.answer("no_ground", reason="已核实。", by=officer, at=at)
    for other in (done, elsewhere):
        with pytest.raises(WrongState):
            report.answer("taken_off", reason="已核实。", told="不符。", also=[other], by=officer, at=at)
    assert set(RegisterReport.objects.open()) == {report, elsewhere}
    assert not RegisterEntry.objects.filter(taken_off_at__isnull=False).exists()


@pytest.fixture
def second_entry(entry, outsider, at) -> RegisterEntry:
    return RegisterEntry.objects.create(holder=outsider, region="BJ", changed_at=at)
