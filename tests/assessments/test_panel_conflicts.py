"""Conflicts that were declared beforehand keep people off panels, and members of panels from voting."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from assessments.models import Conflict
from assessments.models.defences import REPLACE_FIRST
from lms.lib.errors import WrongState
from tests.factories.defences import Oral, fetched, make_standing_oral
from tests.factories.training import make_person
from tests.stage import stands


@pytest.fixture
def at():
    return timezone.now().replace(microsecond=0)


standing_oral = stands(make_standing_oral)


@pytest.fixture
def oral(standing_oral, registrar, trainee, db) -> Oral:
    return fetched(standing_oral)


def declare(judge, at, **target):
    return Conflict.declare(judge, reason="示例", at=at, **target)


def of(oral) -> list[dict]:
    cohort = oral.cohort
    return [{"person": oral.enrolment.user.email}, {"cohort": cohort}, {"base": cohort.organisation}]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_who_declared_one_can_t_be_chosen(client_for, registrar, oral, at, place):
    judge = make_person("回避专家")
    declared = declare(judge, at, **of(oral)[place])
    seat = {"role": "member", "capacity": "expert"}
    with pytest.raises(WrongState, match="声明须回避"):
        oral.day.seat(judge, by=registrar, at=at, **seat)
    page = client_for(registrar, "en").post(
        reverse("defence_seat", args=[oral.day.uuid]), {**seat, "email": judge.email, "full_name": judge.full_name}
    )
    assert page.status_code == 422 and "has declared a conflict" in page.text
    declared.end(by=judge, at=at)
    assert oral.day.seat(judge, by=registrar, at=at, **seat).user == judge


def test_a_conflict_with_somebody_else_keeps_nobody_out(registrar, oral, at):
    judge = make_person("回避专家")
    declare(judge, at, person="nobody@people.example")
    assert oral.day.seat(judge, role="member", capacity="expert", by=registrar, at=at)


def test_who_sits_already_is_shown_can_t_vote_and_has_to_be_replaced(client_for, base, registrar, oral, at):
    defence = oral.book(at=at)
    member, day = oral.seats[1], defence.slot.starts_at + timedelta(minutes=5)
    desk = client_for(registrar, "en")
    assert "declared a conflict" not in desk.get(oral.day.get_absolute_url()).text
    declare(member.user, at, person=oral.enrolment.user.email)
    assert "declared a conflict" in desk.get(oral.day.get_absolute_url()).text
    for seat in oral.seats:
        defence.declare(seat, ground="", note="", at=at)  # what is said on the day does not undo it
    assert member not in defence.bench().electors
    page = desk.get(defence.get_absolute_url()).text
    assert member.user.full_name in page and "Change the panel" in page
    with pytest.raises(WrongState) as refused:
        defence.open_vote(by=oral.seats[0], at=day)
    assert refused.value.message == REPLACE_FIRST
    other = make_person("替补委员", at_base=base, role=Role.ASSESSOR)
    stand_in = oral.day.seat(other, role="member", capacity="assessor", by=registrar, at=at, stands_in_for=member)
    stand_in.undertake(employer="示例大学", at=at)
    defence.declare(stand_in, ground="", note="", at=at)
    defence.open_vote(by=oral.seats[0], at=day)
    say = {"passed": True, "points": oral.points(), "reasons": "有依据。", "at": day}
    with pytest.raises(WrongState):
        defence.vote(member, **say)
    assert defence.vote(stand_in, **say).seat == stand_in


def test_declared_after_the_vote_it_changes_nothing(oral, at):
    defence, day = oral.book(at=at), at + timedelta(days=3, minutes=5)
    for seat in oral.seats:
        defence.declare(seat, ground="", note="", at=at)
    defence.open_vote(by=oral.seats[0], at=day)
    defence.vote(oral.seats[1], passed=True, points=oral.points(), reasons="有依据。", at=day)
    declare(oral.seats[1].user, at, person=oral.enrolment.user.email)
    declare(oral.seats[2].user, at, person=oral.enrolment.user.email)
    bench = defence.bench()
    assert oral.seats[1] in bench.electors and oral.seats[2] not in bench.electors
    with pytest.raises(WrongState):
        defence.vote(oral.seats[2], passed=True, points=oral.points(), reasons="有依据。", at=day)
