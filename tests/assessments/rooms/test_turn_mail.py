"""A mail when it is one's turn: one for each turn, none to who has moved already or does not want any."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from assessments.jobs import mail_turn
from lms.lib.jobs.models import Job

FAIR = {"fee": "60", "scope": "sole"}


@pytest.fixture
def at():
    return timezone.now().replace(microsecond=0) - timedelta(minutes=5)


def test_who_is_on_turn_gets_one(room, school, firm, at, run_jobs):
    run_jobs()
    run_jobs()
    assert [message.to for message in mail.outbox] == [[school.enrolment.user.email]]
    assert reverse("room", args=[room.uuid]) in mail.outbox[0].body
    room.move(school, "offer", FAIR, number=1, message="先开个价", at=at)
    run_jobs()
    assert mail.outbox[-1].to == [firm.enrolment.user.email] and len(mail.outbox) == 2
    said = re.sub(r"https?://\S+", "", mail.outbox[-1].body)  # an address may hold any digits
    assert "先开个价" not in said and "60" not in said  # nothing of the talks


def test_who_moved_meanwhile_gets_none(room, school, firm, fund, at, run_jobs):
    room.move(school, "offer", FAIR, number=1, at=at)
    room.move(firm, "reject", number=2, at=at)
    run_jobs()
    assert [message.to for message in mail.outbox] == [[fund.enrolment.user.email]]


def test_it_waits_a_little(room):
    job = Job.objects.get(kind="assessments.mail_turn")
    assert timedelta(0) < job.run_after - room.started_at <= timedelta(minutes=2)


def test_who_wants_none_gets_none(client_for, room, school, run_jobs):
    client = client_for(school.enrolment.user, "en")
    seat = reverse("room_seat", args=[room.uuid])
    assert "You get a mail when it is your turn" in client.get(room.get_absolute_url()).text
    client.post(seat, {"mail": "off"})
    client.post(seat, {"mail": "off"})
    assert "You get no mail" in client.get(room.get_absolute_url()).text
    run_jobs()
    assert mail.outbox == []
    assert list(room.seats.filter(mailed=False)) == [room.seats.get(run=school)]
    client.post(seat, {"mail": "on"})
    mail_turn(None, room=room.pk, moves=room.move_count)
    assert len(mail.outbox) == 1


def test_the_script_gets_none(room, school, firm, at, run_jobs):
    room.stand_up(school, by=school.enrolment.user, at=at)  # the script moves, then the firm is on turn
    run_jobs()
    assert [message.to for message in mail.outbox] == [[firm.enrolment.user.email]]
