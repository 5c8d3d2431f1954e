"""The rules of a room: seats, turns, deadlines, ends. Every change twice is harmless, and nobody moves for somebody else."""

import copy
from datetime import timedelta

import pytest

from assessments.jobs import room_clock
from assessments.models import CaseRun, OfferIncomplete, Room, RoomMove
from curriculum.tables import Move
from lms.lib.errors import WrongState
from lms.lib.immutable import ImmutableRow
from tests.curriculum.rooms.table import STAGES
from tests.factories.rooms import come_to_the_table, make_table_edition
from tests.factories.training import make_cohort

FAIR = {"fee": "60", "scope": "sole"}


def kinds(room):
    return [(row.seat_key, row.kind, row.how) for row in room.moves.all()]


def test_a_deal_of_three_goes_into_everybodys_case(room, school, firm, fund, at):
    room.move(school, "offer", FAIR, number=1, message="先开个价", at=at)
    room.move(firm, "accept", number=2, at=at)
    room.move(fund, "accept", number=3, at=at)
    assert (room.status, room.turn_key, room.due_at) == (Room.Status.DEAL, "", None)
    for run, seat in ((school, "school"), (firm, "firm"), (fund, "fund")):
        run = CaseRun.objects.get(pk=run.pk)
        event = run.decisions.get(kind="room")
        assert run.stage_key == "end"
        assert event.data["seat"] == seat
        assert event.data["terms"] == {"fee": 60, "scope": "sole"}
        assert event.data["people"] == ["school", "firm", "fund"]
        assert [move["kind"] for move in event.data["moves"]] == ["offer", "accept", "accept"]
        assert event.data["moves"][0]["message"] == "先开个价"
        assert event.visible == ["memo"]
        assert run.state().variables == {"budget": 70}


def test_without_a_deal_everybody_goes_on_too(room, school, firm, fund, at):
    room.move(school, "offer", FAIR, number=1, at=at)
    room.move(firm, "reject", number=2, at=at)
    room.move(fund, "offer", FAIR, number=3, at=at)
    room.move(school, "leave", number=4, at=at)
    assert room.status == Room.Status.FAILURE
    assert {CaseRun.objects.get(pk=run.pk).state().variables["budget"] for run in (school, firm, fund)} == {9}


def test_the_same_move_twice_is_one_and_a_stale_page_makes_none(room, school, firm, at):
    first = room.move(school, "offer", FAIR, number=1, at=at)
    assert room.move(school, "offer", FAIR, number=1, at=at) == first
    for wrong in ({"fee": "65", "scope": "sole"}, {"fee": "60", "scope": "plain"}):
        with pytest.raises(WrongState):
            room.move(school, "offer", wrong, number=1, at=at)
    with pytest.raises(WrongState):  # another tab, the number of a move that is not theirs
        room.move(school, "offer", FAIR, number=2, at=at)
    assert room.moves.count() == 1


def test_two_who_read_the_same_state_do_not_both_move(room, school, at):
    """The compare-and-set itself: a copy read before the other's move can't write."""
    stale = Room.objects.prefetch_related("moves").get(pk=room.pk)
    assert list(stale.moves.all()) == []
    room.move(school, "offer", FAIR, number=1, at=at)
    with pytest.raises(WrongState):
        stale._append(Move("school", "offer", {"fee": 5.0, "scope": "sole"}), how="person", at=at)
    assert room.moves.count() == 1


def test_moves_are_never_changed(room, school, at):
    row = room.move(school, "offer", FAIR, number=1, at=at)
    row.message = "x"
    for change in (row.save, row.delete, RoomMove.objects.all().delete):
        with pytest.raises(ImmutableRow):
            change()


def test_out_of_turn_and_incomplete(room, school, firm, at):
    with pytest.raises(WrongState):
        room.move(firm, "offer", FAIR, number=1, at=at)
    with pytest.raises(OfferIncomplete) as wrong:
        room.move(school, "offer", {"fee": "zwölf"}, number=1, at=at)
    assert wrong.value.problems == {"fee": "number", "scope": "required"}
    for kind in ("accept", "reject", "leave", "pass", "nonsense"):
        with pytest.raises(WrongState):
            room.move(school, kind, number=1, at=at)


def test_empty_seats_are_played_by_scripts_from_the_start(waiting, school, at):
    waiting.begin(by=school.enrolment.user, at=at)
    waiting.begin(by=school.enrolment.user, at=at)  # twice is harmless
    assert (waiting.status, waiting.turn_key, waiting.due_at) == ("playing", "school", at + timedelta(minutes=10))
    waiting.move(school, "offer", {"fee": "200", "scope": "plain"}, number=1, at=at)
    made = kinds(waiting)
    assert made[0] == ("school", "offer", "person")
    assert [(seat, how) for seat, _kind, how in made[1:]] == [("firm", "scripted"), ("fund", "scripted")]
    assert waiting.turn_key == "school"


def test_alone_to_a_deal(waiting, school, at):
    waiting.begin(by=school.enrolment.user, at=at)
    for number in (1, 4):
        waiting.move(school, "offer", FAIR, number=number, at=at)
    assert waiting.status == Room.Status.DEAL
    assert CaseRun.objects.get(pk=school.pk).decisions.get(kind="room").data["people"] == ["school"]


def test_a_missed_deadline_lets_the_script_move_as_of_that_moment(room, school, firm, at):
    assert not room.catch_up(at=at + timedelta(minutes=9, seconds=59))
    assert room.catch_up(at=at + timedelta(minutes=12))
    row = room.moves.get()
    assert (row.seat_key, row.how, row.moved_at) == ("school", "missed", at + timedelta(minutes=10))
    assert (room.turn_key, room.due_at) == ("firm", at + timedelta(minutes=20))
    with pytest.raises(WrongState):  # too late, although nobody had looked
        room.move(school, "offer", FAIR, number=1, at=at + timedelta(minutes=12))
    room.move(firm, "reject", number=2, at=at + timedelta(minutes=19))


def test_a_late_click_counts_as_late_even_when_nobody_looked(room, school, at):
    with pytest.raises(WrongState):
        room.move(school, "offer", FAIR, number=1, at=at + timedelta(minutes=10))
    assert kinds(room) == [("school", "offer", "missed")]


def test_who_misses_twice_is_away_until_they_come_back(room, school, firm, fund, at):
    room.catch_up(at=at + timedelta(minutes=10))
    room.move(firm, "reject", number=2, at=at + timedelta(minutes=11))
    room.move(fund, "offer", {"fee": "0", "scope": "plain"}, number=3, at=at + timedelta(minutes=12))
    room.catch_up(at=at + timedelta(minutes=22))
    assert room.seats.get(key="school").away_at == at + timedelta(minutes=22)
    room.move(firm, "reject", number=5, at=at + timedelta(minutes=23))
    room.come_back(school, at=at + timedelta(minutes=24))
    room.come_back(school, at=at + timedelta(minutes=24))
    room.move(fund, "offer", {"fee": "0", "scope": "plain"}, number=6, at=at + timedelta(minutes=25))
    assert (room.turn_key, room.seats.get(key="school").missed) == ("school", 0)


def test_when_nobody_ever_moves_the_table_ends_by_itself(room, at):
    room.catch_up(at=at + timedelta(days=3))
    assert room.is_over
    assert {row.how for row in room.moves.all()} == {"missed", "scripted"}
    assert not CaseRun.objects.filter(stage_key="table").exists()


def test_the_case_may_let_a_missed_turn_pass(base, registrar, trainee, at):
    stages = copy.deepcopy(STAGES)
    stages[0]["negotiation"][0]["room"][0]["missed"] = "pass"
    cohort = make_cohort(make_table_edition(base, at, stages), at=at, by=registrar)
    one, two = (come_to_the_table(cohort, user, at=at) for user in (trainee, None))
    room = Room.open(one, "school", by=trainee, at=at)
    room.sit(two, "firm", by=two.enrolment.user, at=at)
    room.begin(by=trainee, at=at)
    room.catch_up(at=at + timedelta(minutes=10))
    assert kinds(room) == [("school", "pass", "missed")]


def test_the_job_does_what_a_look_does(room, at, monkeypatch):
    monkeypatch.setattr("assessments.jobs.now", lambda: at + timedelta(minutes=11))
    room_clock(None)
    room_clock(None)
    room.refresh_from_db()
    assert kinds(room) == [("school", "offer", "missed")] and room.turn_key == "firm"


def test_seats_are_taken_once(waiting, school, firm, fund, at):
    waiting.sit(firm, "firm", by=firm.enrolment.user, at=at)
    waiting.sit(firm, "firm", by=firm.enrolment.user, at=at)  # twice is harmless
    for run, seat in ((fund, "firm"), (firm, "fund"), (fund, "nothing")):
        with pytest.raises(WrongState):
            waiting.sit(run, seat, by=run.enrolment.user, at=at)
    with pytest.raises(WrongState):  # one table at a time
        Room.open(firm, "school", by=firm.enrolment.user, at=at)
    assert waiting.seats.exclude(run=None).count() == 2


def test_only_the_own_cohort_and_only_whose_case_is_there(waiting, edition, registrar, firm, at):
    other = come_to_the_table(make_cohort(edition, at=at, by=registrar), at=at)
    with pytest.raises(WrongState):
        waiting.sit(other, "firm", by=other.enrolment.user, at=at)
    CaseRun.objects.filter(pk=firm.pk).update(stage_key="end")
    firm.refresh_from_db()
    with pytest.raises(WrongState):
        waiting.sit(firm, "firm", by=firm.enrolment.user, at=at)
    with pytest.raises(WrongState):
        Room.open(firm, "firm", by=firm.enrolment.user, at=at)


def test_leaving_before_frees_the_seat_and_an_empty_room_is_called_off(waiting, school, firm, at):
    waiting.sit(firm, "firm", by=firm.enrolment.user, at=at)
    waiting.stand_up(firm, by=firm.enrolment.user, at=at)
    waiting.stand_up(firm, by=firm.enrolment.user, at=at)
    assert waiting.is_waiting
    waiting.stand_up(school, by=school.enrolment.user, at=at)
    assert waiting.status == Room.Status.CALLED_OFF
    again = Room.open(school, "fund", by=school.enrolment.user, at=at)
    assert again.number == 2


def test_leaving_later_lets_the_script_move_and_the_result_counts(room, school, firm, fund, at):
    room.stand_up(school, by=school.enrolment.user, at=at)
    assert kinds(room) == [("school", "offer", "scripted")]
    assert room.turn_key == "firm"
    for run in (firm, fund):
        room.stand_up(run, by=run.enrolment.user, at=at)
    assert room.is_over  # nobody is left: the scripts play it to its end at once
    assert not CaseRun.objects.filter(stage_key="table").exists()
    with pytest.raises(WrongState):
        room.stand_up(school, by=school.enrolment.user, at=at)


def test_who_left_the_course_holds_nobody_up(room, school, firm, fund, at):
    fund.enrolment.withdraw(by=fund.enrolment.user, at=at)
    room.move(school, "offer", FAIR, number=1, at=at)
    room.move(firm, "accept", number=2, at=at)
    room.catch_up(at=at + timedelta(minutes=10))
    room.catch_up(at=at + timedelta(hours=9))
    assert room.is_over
    assert CaseRun.objects.get(pk=school.pk).stage_key == "end"
    assert CaseRun.objects.get(pk=fund.pk).stage_key == "table"


def test_a_paused_case_goes_on_with_the_result(room, school, firm, fund, at):
    firm.pause(at=at)
    room.move(school, "offer", FAIR, number=1, at=at)
    room.move(firm, "accept", number=2, at=at)
    room.move(fund, "accept", number=3, at=at)
    assert CaseRun.objects.get(pk=firm.pk).stage_key == "end"


def test_no_offers_past_the_room(school, at):
    with pytest.raises(WrongState):
        school.offer("table", FAIR, turn=1, at=at)
    for verb in (school.leave, school.accept):
        with pytest.raises(WrongState):
            verb("table", at=at)


def test_a_room_that_waits_begins_by_itself(base, registrar, trainee, at):
    stages = copy.deepcopy(STAGES)
    stages[0]["negotiation"][0]["room"][0]["waiting"] = 30
    cohort = make_cohort(make_table_edition(base, at, stages), at=at, by=registrar)
    room = Room.open(come_to_the_table(cohort, trainee, at=at), "firm", by=trainee, at=at)
    assert not room.catch_up(at=at + timedelta(minutes=29))
    room.catch_up(at=at + timedelta(minutes=35))
    assert (room.status, room.started_at) == ("playing", at + timedelta(minutes=30))
    assert kinds(room) == [("school", "offer", "scripted")]
    assert room.due_at == at + timedelta(minutes=40)
