"""Classes, attendance lists and corrections: each fact once, each correction a further row."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from lms.lib.errors import WrongState
from lms.lib.immutable import ImmutableRow
from tests.factories.training import make_cohort, make_enrolment, make_session
from training.models import ClassSession, StudyRecord


@pytest.fixture
def session(cohort, at):
    return make_session(cohort, at=at, minutes=90)


def total(enrolment):
    return sum((row.minutes for row in enrolment.records.all()), Decimal(0))


def test_it_works(session, enrolment, own_registrar, at):
    assert session.record_attendance([enrolment], by=own_registrar, at=at) == 1
    row = enrolment.records.get()
    assert (row.minutes, row.topic, row.delivery, row.recorded_by) == (90, session.topic, "on_site", own_registrar)
    assert next(line.earned for line in enrolment.hours() if line.earned) == 2


def test_the_same_list_again_is_harmless(session, enrolment, own_registrar, at):
    session.record_attendance([enrolment, enrolment], by=own_registrar, at=at)
    assert session.record_attendance([enrolment], by=own_registrar, at=at) == 0
    assert total(enrolment) == 90


def test_taking_off_and_putting_back(session, enrolment, own_registrar, at):
    for round_ in range(3):
        session.record_attendance([enrolment], by=own_registrar, at=at)
        assert session.present() == {enrolment.pk}
        assert session.take_off([enrolment], by=own_registrar, at=at, reason=f"登记有误 {round_}") == 1
        assert session.take_off([enrolment], by=own_registrar, at=at, reason="再点一次") == 0
        assert total(enrolment) == 0
    assert enrolment.records.count() == 6


def test_taking_off_needs_a_reason(session, enrolment, own_registrar, at):
    session.record_attendance([enrolment], by=own_registrar, at=at)
    with pytest.raises(WrongState):
        session.take_off([enrolment], by=own_registrar, at=at, reason=" ")
    assert total(enrolment) == 90


def test_a_class_that_has_not_begun(session, enrolment, own_registrar):
    with pytest.raises(WrongState):
        session.record_attendance([enrolment], by=own_registrar, at=session.starts_at - timedelta(seconds=1))
    session.record_attendance([enrolment], by=own_registrar, at=session.starts_at)


def test_people_of_another_cohort_are_refused_and_nothing_is_written(session, enrolment, edition, own_registrar, at):
    foreign = make_enrolment(make_cohort(edition, at=at, by=own_registrar), at=at)
    with pytest.raises(WrongState):
        session.record_attendance([enrolment, foreign], by=own_registrar, at=at)
    assert not StudyRecord.objects.exists()


def test_a_closed_cohort_takes_no_attendance(session, cohort, enrolment, own_registrar, at):
    cohort.close(by=own_registrar, at=at)
    with pytest.raises(WrongState):
        session.record_attendance([enrolment], by=own_registrar, at=at)


def test_scheduling_guards(session, cohort, edition, own_registrar, at):
    facts = {"title": "课", "minutes": 45, "by": own_registrar, "at": at}
    with pytest.raises(WrongState):  # the same class twice
        ClassSession.schedule(cohort, topic=session.topic, starts_at=session.starts_at, **facts)
    with pytest.raises(WrongState):  # after the last day
        ClassSession.schedule(cohort, topic=session.topic, starts_at=at + timedelta(days=200), **facts)


def test_a_reversal_takes_back_exactly_its_row(session, enrolment, own_registrar, at):
    session.record_attendance([enrolment], by=own_registrar, at=at)
    row = enrolment.records.get()
    back = row.reverse(by=own_registrar, at=at, reason="代签")
    assert (back.minutes, back.topic, back.session, back.reverses) == (-90, row.topic, session, row)
    assert row.reverse(by=own_registrar, at=at, reason="再来") == back  # a second click is harmless
    with pytest.raises(WrongState):
        back.reverse(by=own_registrar, at=at, reason="撤销撤销")
    assert total(enrolment) == 0


def test_rows_are_appended_only(session, enrolment, own_registrar, at):
    session.record_attendance([enrolment], by=own_registrar, at=at)
    row = enrolment.records.get()
    row.minutes = 900
    with pytest.raises(ImmutableRow):
        row.save()
    with pytest.raises(ImmutableRow):
        row.delete()
    with pytest.raises(ImmutableRow):
        StudyRecord.objects.update(minutes=900)
    with pytest.raises(ImmutableRow):
        StudyRecord.objects.all().delete()


@pytest.mark.parametrize("change", [{"minutes": Decimal(-1)}, {"minutes": Decimal(0)}])
def test_the_database_refuses_negative_rows_that_reverse_nothing(session, enrolment, at, change):
    fields = {"enrolment": enrolment, "topic": session.topic, "delivery": "on_site", "evidence": "attendance",
              "rule": "x", "key": "x", "recorded_at": at}  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        StudyRecord.objects.create(**fields, **change)


# --- The pages -------------------------------------------------------------------------------------------------------


@pytest.fixture
def today(edition, own_registrar):
    cohort = make_cohort(edition, by=own_registrar)
    return make_session(cohort, at=timezone.now() + timedelta(hours=1))


def test_one_post_makes_the_list(client, today, own_registrar):
    people = [make_enrolment(today.cohort) for _i in range(3)]
    client.force_login(own_registrar)
    url = reverse("session_attendance", args=[today.uuid])
    assert client.get(url).status_code == 200
    for _click in range(2):
        assert client.post(url, {"present": [str(e.uuid) for e in people[:2]]}).status_code == 302
    assert today.present() == {people[0].pk, people[1].pk}
    response = client.post(url, {"present": [str(people[2].uuid)]})
    assert response.status_code == 200  # asks for the reason, keeps the ticks
    assert str(people[2].uuid) in response.text
    assert today.present() == {people[0].pk, people[1].pk}
    client.post(url, {"present": [str(people[2].uuid)], "reason": "签错行"})
    assert today.present() == {people[2].pk}


def test_a_forged_name_on_the_list_is_refused(client, today, edition, own_registrar):
    foreign = make_enrolment(make_cohort(edition, by=own_registrar))
    client.force_login(own_registrar)
    client.post(reverse("session_attendance", args=[today.uuid]), {"present": [str(foreign.uuid)]})
    assert not StudyRecord.objects.exists()


def test_the_cohorts_instructor_takes_attendance_others_do_not(client, today, own_instructor, stranger, student):
    enrolment = make_enrolment(today.cohort)
    url = reverse("session_attendance", args=[today.uuid])
    for person in (stranger, student, own_instructor):
        client.force_login(person)
        assert client.get(url).status_code == 404
        assert client.post(url, {"present": [str(enrolment.uuid)]}).status_code == 404
    today.cohort.instructors.add(own_instructor)
    assert client.post(url, {"present": [str(enrolment.uuid)]}).status_code == 302
    assert today.present() == {enrolment.pk}


def test_a_registrar_adds_a_class(client, today, own_registrar):
    client.force_login(own_registrar)
    url = reverse("session_create", args=[today.cohort.uuid])
    assert client.get(url).status_code == 200
    data = {"title": "现场教学", "topic": today.topic.pk, "starts_at": f"{timezone.localdate()}T09:00", "minutes": "90",
            "delivery": "practice"}  # fmt: skip
    assert client.post(url, data).status_code == 302
    assert "__all__" in client.post(url, data).context["form"].errors  # the same class twice
    assert "minutes" in client.post(url, {**data, "minutes": "601"}).context["form"].errors
    assert today.cohort.sessions.count() == 2


def test_the_ledger_page_and_its_correction(client, today, own_registrar, own_instructor, stranger, student):
    enrolment = make_enrolment(today.cohort, student)
    today.record_attendance([enrolment], by=own_registrar, at=timezone.now())
    row = enrolment.records.get()
    ledger, back = reverse("hours_ledger", args=[enrolment.uuid]), reverse("record_reverse", args=[row.uuid])
    export = reverse("hours_ledger_csv", args=[enrolment.uuid])
    client.force_login(student)
    assert row.topic.code in client.get(ledger).text
    assert row.topic.code in b"".join(client.get(export).streaming_content).decode()
    assert client.post(back, {"reason": "自己改"}).status_code == 403
    client.force_login(stranger)
    for url in (ledger, export, back):
        assert client.get(url).status_code == 404
    client.force_login(own_registrar)
    assert client.get(back).status_code == 200
    assert client.post(back, {"reason": ""}).status_code == 200
    assert total(enrolment) == 90
    for _click in range(2):
        assert client.post(back, {"reason": "代签"}).status_code == 302
    assert total(enrolment) == 0
    assert "代签" in client.get(ledger).text
