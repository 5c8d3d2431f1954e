"""Time on lessons: what counts, what doesn't, and that one person is in one place."""

from datetime import timedelta
from decimal import Decimal

import pytest

from lms.lib.errors import WrongState
from tests.factories.training import make_enrolment, make_person, study
from training.models import StudyRecord, StudyVisit

S = timedelta(seconds=1)


@pytest.fixture
def visit(enrolment, lessons, at):
    return StudyVisit.open_lesson(enrolment, lessons[0], at=at)


def total(enrolment):
    return sum((row.minutes for row in enrolment.records.all()), Decimal(0))


def test_it_works(enrolment, lessons, at):
    study(enrolment, lessons[0], 7, at=at)
    assert total(enrolment) == 7
    row = enrolment.records.first()
    assert (row.evidence, row.rule, row.delivery, row.visit.recorded_seconds) == (
        "heartbeat", "heartbeat-1", "recorded", 420,
    )  # fmt: skip
    assert StudyVisit.objects.open().count() == 0


def test_minutes_are_split_over_the_topics_exactly(enrolment, lessons, at):
    lesson = max(lessons, key=lambda item: len(item.topic_codes))
    study(enrolment, lesson, 5, at=at)
    assert total(enrolment) == 5
    assert {row.topic.code for row in enrolment.records.all()} == set(lesson.topic_codes)


def test_a_beat_counts_the_time_since_the_last_one(visit, at):
    assert visit.beat(at=at + 30 * S, active=True).state == "counted"
    assert visit.seconds == 30


@pytest.mark.parametrize("away", [46, 120, 121, 3600, 86400 * 30])
def test_an_absence_counts_the_idle_cut_only(visit, at, away):
    visit.beat(at=at + away * S, active=True)
    assert visit.seconds == 45


def test_an_inactive_reader_earns_nothing(visit, at):
    assert visit.beat(at=at + 30 * S, active=False).state == "idle"
    assert visit.seconds == 0
    visit.beat(at=at + 60 * S, active=True)
    assert visit.seconds == 30


def test_a_replayed_beat_counts_once(visit, at):
    for _again in range(20):
        visit.beat(at=at + 30 * S, active=True)
    assert visit.seconds == 30


def test_a_thousand_beats_a_minute_count_a_minute(visit, at):
    for step in range(1, 601):
        visit.beat(at=at + step * S / 10, active=True)
    assert 55 <= visit.seconds <= 60


def test_two_requests_with_the_same_state_count_once(visit, at):
    other = StudyVisit.objects.get(pk=visit.pk)
    visit.beat(at=at + 30 * S, active=True)
    assert other.beat(at=at + 30 * S, active=True).state == "early"
    assert StudyVisit.objects.get(pk=visit.pk).seconds == 30


@pytest.mark.parametrize("jump", [-1, -60, -86400])
def test_a_clock_going_backwards_takes_nothing_and_gives_nothing(visit, at, jump):
    visit.beat(at=at + 30 * S, active=True)
    assert visit.beat(at=at + 30 * S + jump * S, active=True).state == "early"
    visit.refresh_from_db()
    assert (visit.seconds, visit.last_beat_at) == (30, at + 30 * S)


def test_fractions_of_a_second_are_not_lost(visit, at):
    for step in range(1, 11):
        visit.beat(at=at + step * S * 30.9, active=True)
    assert visit.seconds == 309


def test_hours_go_to_the_ledger_every_five_minutes(visit, enrolment, at):
    for step in range(1, 10):
        visit.beat(at=at + step * 30 * S, active=True)
    assert total(enrolment) == 0
    assert visit.beat(at=at + 300 * S, active=True).minutes == 5
    assert total(enrolment) == 5


def test_leaving_the_page_records_whole_minutes_and_keeps_the_rest(visit, enrolment, at):
    visit.beat(at=at + 45 * S, active=True)
    visit.beat(at=at + 80 * S, active=True, leaving=True)
    assert total(enrolment) == 1
    assert (visit.seconds, visit.recorded_seconds, visit.closed_at) == (80, 60, None)


def test_no_more_than_the_nominal_minutes_count(enrolment, lessons, at):
    lesson = lessons[0]
    end = study(enrolment, lesson, lesson.minutes + 20, at=at)
    assert total(enrolment) == lesson.minutes
    study(enrolment, lesson, 20, at=end)
    assert total(enrolment) == lesson.minutes
    visit = StudyVisit.open_lesson(enrolment, lesson, at=end + 3600 * S)
    answer = visit.beat(at=end + 3630 * S, active=True)
    assert (answer.state, answer.minutes) == ("complete", lesson.minutes)


def test_time_beyond_the_cap_is_not_put_aside_for_after_a_correction(enrolment, lessons, own_registrar, at):
    lesson = lessons[0]
    visit = StudyVisit.open_lesson(enrolment, lesson, at=at)
    for step in range(1, 4 * lesson.minutes):
        visit.beat(at=at + step * 30 * S, active=True)
    for row in enrolment.records.all():
        row.reverse(by=own_registrar, at=at, reason="不是本人学习")
    visit.close(at=at + timedelta(hours=5))
    assert total(enrolment) == 0


def test_opening_another_lesson_takes_over(visit, enrolment, lessons, at):
    for step in range(1, 5):
        visit.beat(at=at + step * 30 * S, active=True)
    second = StudyVisit.open_lesson(enrolment, lessons[1], at=at + 121 * S)
    assert total(enrolment) == 2
    assert StudyVisit.objects.open().get() == second
    stale = StudyVisit.objects.get(pk=visit.pk)
    assert stale.beat(at=at + 150 * S, active=True).state == "taken_over"
    assert StudyVisit.objects.get(pk=visit.pk).seconds == 120


def test_a_reload_goes_on_with_the_same_visit(visit, enrolment, lessons, at):
    visit.beat(at=at + 40 * S, active=True)
    again = StudyVisit.open_lesson(enrolment, lessons[0], at=at + 42 * S)
    assert again == visit
    again.beat(at=at + 62 * S, active=True)
    assert again.seconds == 60


def test_two_tabs_on_one_lesson_share_one_clock(visit, enrolment, lessons, at):
    second_tab = StudyVisit.open_lesson(enrolment, lessons[0], at=at)
    for step in range(1, 11):
        visit.refresh_from_db()
        visit.beat(at=at + (step * 30) * S, active=True)
        second_tab.refresh_from_db()
        second_tab.beat(at=at + (step * 30 + 15) * S, active=True)
    assert StudyVisit.objects.get(pk=visit.pk).seconds == 315


def test_the_sweep_closes_silent_visits_and_keeps_their_minutes(visit, enrolment, at):
    for step in range(1, 5):
        visit.beat(at=at + step * 30 * S, active=True)
    assert StudyVisit.objects.close_idle(at + timedelta(minutes=12)) == 0
    assert StudyVisit.objects.close_idle(at + timedelta(minutes=12, seconds=1)) == 1
    assert StudyVisit.objects.close_idle(at + timedelta(minutes=12, seconds=1)) == 0
    assert total(enrolment) == 2
    assert StudyVisit.objects.get().beat(at=at + timedelta(minutes=13), active=True).state == "closed"


def test_closing_twice_is_harmless(visit, enrolment, at):
    visit.beat(at=at + 45 * S, active=True)
    visit.beat(at=at + 75 * S, active=True)
    assert visit.close(at=at + 80 * S) is True
    assert visit.close(at=at + 80 * S) is False
    assert StudyVisit.objects.get().close(at=at + 90 * S) is False
    assert total(enrolment) == 1


def test_no_time_counts_after_the_cohort_closed(visit, cohort, own_registrar, enrolment, lessons, at):
    visit.beat(at=at + 45 * S, active=True)
    visit.beat(at=at + 90 * S, active=True)
    cohort.close(by=own_registrar, at=at + 100 * S)
    late = StudyVisit.objects.select_related("enrolment__cohort", "item").get()
    assert late.beat(at=at + 120 * S, active=True).state == "ended"
    assert total(enrolment) == 1  # what was earned before stays
    enrolment.refresh_from_db()
    with pytest.raises(WrongState):
        StudyVisit.open_lesson(enrolment, lessons[0], at=at + 130 * S)


def test_a_withdrawn_trainee_earns_nothing(enrolment, lessons, student, at):
    enrolment.withdraw(by=student, at=at)
    with pytest.raises(WrongState):
        StudyVisit.open_lesson(enrolment, lessons[0], at=at)


def test_only_lessons_of_the_own_edition_open(enrolment, edition, own_base, lessons, at):
    case = edition.items.exclude(kind="lesson").first()
    if case:
        with pytest.raises(WrongState):
            StudyVisit.open_lesson(enrolment, case, at=at)


def test_two_trainees_do_not_take_over_from_each_other(visit, cohort, lessons, at):
    other = make_enrolment(cohort, make_person(), at=at)
    StudyVisit.open_lesson(other, lessons[1], at=at)
    assert StudyVisit.objects.open().count() == 2


def test_a_case_gives_its_minutes_once(enrolment, lessons, at):
    lesson = lessons[0]
    assert StudyRecord.objects.record_case(enrolment, lesson, at=at)
    assert StudyRecord.objects.record_case(enrolment, lesson, at=at) == []
    assert total(enrolment) == lesson.minutes
