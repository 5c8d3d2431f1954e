"""A defence from the plan to the gradebook: slots, panel, conflicts, secret votes, minutes, signatures, the result."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import Role
from assessments import minutes as protocol
from assessments.gradebook import gradebook_of
from assessments.models import Defence, DefenceDay, Part, PartResult
from assessments.results import part_outcomes
from curriculum.default_rubric import DEFENCE_RUBRIC
from lms.lib.errors import WrongState
from lms.lib.hashing import content_hash
from tests.factories.defences import Oral, fetched, make_oral, make_standing_oral
from tests.factories.training import make_person
from tests.stage import stands
from training.models import Cohort

REASONS = "说明了依据。"


standing_oral = stands(make_standing_oral)


@pytest.fixture
def oral(standing_oral, registrar, trainee, db) -> Oral:
    return fetched(standing_oral)


@pytest.fixture
def defence(oral, at):
    return oral.book(at=at)


def day_of(defence):
    return defence.slot.starts_at + timedelta(minutes=5)


def declare_all(oral, defence, at):
    for seat in oral.seats:
        defence.declare(seat, ground="", note="", at=at)


def hold(oral, defence, votes: str = "+++", place: int = -1):
    """Let the panel vote: one sign for each seat."""
    at = day_of(defence)
    if defence.status == "booked":
        declare_all(oral, defence, at)
        defence.open_vote(by=oral.seats[0], at=at)
    for seat, sign in zip(oral.seats, votes, strict=False):
        defence.vote(seat, passed=sign == "+", points=oral.points(place), reasons=REASONS, at=at)
    return at


def close_and_release(oral, defence, at):
    protocol.close_vote(defence, notes="问答。", by=oral.seats[0], at=at)
    for seat in oral.seats:
        protocol.sign(defence.minutes, seat, at=at)
    return protocol.release(defence, by=oral.registrar, at=at)


# --- The plan -----------------------------------------------------------------------------------------------------------


def test_the_plan_keeps_rules_and_rubric_and_hashes_the_same(oral):
    edition = oral.cohort.edition
    assert oral.part.defence.quorum == 3 and oral.part.portfolio.deals == 3
    assert [line.key for line in oral.part.rubric.lines()] == [line["key"] for line in DEFENCE_RUBRIC]
    assert edition.recompute_hash() == edition.content_hash
    cases = Part.objects.get(plan__edition=edition, key="cases")
    assert cases.rules == {} and cases.rubric is None
    assert "defence" not in edition.parts[0] and "rubric" in edition.parts[1]["defence"]


def test_a_part_without_rules_hashes_as_it_did(edition):
    """The shape that editions were frozen in before there were rules."""
    assert [set(part) for part in edition.parts] == [{"key", "kind", "title", "title_en", "weight", "pass_mark", "cases"}]


# --- Slots --------------------------------------------------------------------------------------------------------------


def test_slots_have_their_breaks(oral):
    slots = list(oral.day.slots.all())
    assert len(slots) == 3 and slots[1].starts_at - slots[0].ends_at == timedelta(minutes=10)


def test_a_slot_is_taken_once_and_a_second_click_is_harmless(oral, base, at):
    first = oral.book(at=at)
    assert oral.book(at=at) == first
    with pytest.raises(WrongState):
        oral.book(at=at, place=1)  # there is a slot already
    assert Defence.objects.count() == 1


def test_moving_has_limits(oral, defence, at):
    slots = list(oral.day.slots.select_related("day__part", "day__cohort"))
    defence.move_to(slots[1], by=oral.enrolment.user, at=at)
    with pytest.raises(WrongState):
        defence.move_to(slots[2], by=oral.enrolment.user, at=at)  # once is the rule
    defence.move_to(slots[2], by=oral.registrar, at=at, staff=True)
    defence.refresh_from_db()
    assert (defence.slot, defence.moves) == (slots[2], 1)


def test_too_late_to_move(oral, defence, at):
    slot = oral.day.slots.select_related("day__part", "day__cohort").last()
    with pytest.raises(WrongState):
        defence.move_to(slot, by=oral.enrolment.user, at=at + timedelta(days=2))  # 48 hours before is the rule


def test_work_that_is_not_released_may_not_be_defended(base, registrar, at):
    oral = make_oral(base, at=at, registrar=registrar, rules={"work": "released"})
    with pytest.raises(WrongState):
        oral.book(at=at)


def test_a_day_with_somebody_in_it_is_not_cancelled(oral, defence, at):
    with pytest.raises(WrongState):
        oral.day.cancel(by=oral.registrar, at=at)
    defence.cancel(reason="场地停电", by=oral.registrar, at=at)
    oral.day.cancel(by=oral.registrar, at=at)
    assert DefenceDay.objects.standing().count() == 0


# --- The panel ----------------------------------------------------------------------------------------------------------


def test_teachers_and_trainees_have_no_seat(oral, instructor, at):
    oral.cohort.instructors.add(instructor)
    for person in (instructor, oral.enrolment.user):
        with pytest.raises(WrongState):
            oral.day.seat(person, role="member", capacity="expert", by=oral.registrar, at=at)


def test_five_members_and_one_chair_at_most(oral, base, at):
    for number in range(2):
        oral.day.seat(make_person(f"专家{number}"), role="member", capacity="expert", by=oral.registrar, at=at)
    with pytest.raises(WrongState):
        oral.day.seat(make_person("第六人"), role="member", capacity="expert", by=oral.registrar, at=at)
    oral.seats[1].leave(by=oral.registrar, at=at)
    with pytest.raises(WrongState):
        oral.day.seat(make_person("又一主席"), role="chair", capacity="expert", by=oral.registrar, at=at)


def test_a_conflict_is_out_and_the_substitute_votes(oral, defence, at):
    substitute = oral.day.seat(
        make_person("替补"), role="member", capacity="expert", by=oral.registrar, at=at, stands_in_for=oral.seats[1]
    )
    substitute.undertake(employer="无", at=at)
    assert substitute not in defence.bench().electors
    defence.declare(oral.seats[1], ground="kin", note="", at=at)
    for seat in (oral.seats[0], oral.seats[2], substitute):
        defence.declare(seat, ground="", note="", at=at)
    assert defence.bench().ready == [oral.seats[0], oral.seats[2], substitute]
    defence.open_vote(by=oral.seats[0], at=day_of(defence))
    with pytest.raises(WrongState):
        defence.vote(oral.seats[1], passed=True, points=oral.points(), reasons=REASONS, at=day_of(defence))


def test_a_colleague_is_out_whatever_they_declare(oral, defence, base, at):
    from accounts.models import Membership

    Membership.objects.create(user=oral.enrolment.user, organisation=base, role=Role.AUTHOR, valid_from="2020-01-01")
    assert defence.bench().electors == []


def test_the_vote_needs_a_quorum_of_declarations(oral, defence, at):
    defence.declare(oral.seats[0], ground="", note="", at=at)
    with pytest.raises(WrongState):
        defence.open_vote(by=oral.seats[0], at=day_of(defence))


def test_no_vote_before_the_day(oral, defence, at):
    declare_all(oral, defence, at)
    with pytest.raises(WrongState):
        defence.open_vote(by=oral.seats[0], at=at)


# --- Votes, minutes, result ---------------------------------------------------------------------------------------------


def test_it_passes_and_is_read_like_other_parts(oral, defence, run_jobs, mailoutbox):
    at = hold(oral, defence, "++-")
    result = close_and_release(oral, defence, at)
    assert (result.passed, result.total, result.method) == (True, Decimal("100.00"), "panel")
    assert result.facts["votes_for"] == 2 and result.facts["minutes"] == defence.minutes.content_hash
    assert defence.minutes.content_hash == content_hash(defence.minutes.content)
    outcome = next(one for one in part_outcomes(oral.enrolment) if one.part.pk == oral.part.pk)
    assert (outcome.total, outcome.passed, outcome.judged) == (Decimal("100.00"), True, result)
    row = gradebook_of(Cohort.objects.get(pk=oral.cohort.pk)).rows[0]
    assert [(total, passed) for _part, total, passed in row.parts][1] == (Decimal("100.00"), True)
    assert row.overall.passed is None  # the case and the portfolio are open
    run_jobs()
    assert any(oral.enrolment.user.email in mail.to for mail in mailoutbox)


def test_votes_against_fail_it_whatever_the_points(oral, defence):
    at = hold(oral, defence, "+--")
    result = close_and_release(oral, defence, at)
    assert (result.passed, result.approved, result.total) == (False, False, Decimal("100.00"))
    row = gradebook_of(oral.cohort).rows[0]
    assert row.refused == {oral.part.pk} and row.parts[1][2] is False


def test_a_vote_is_given_once(oral, defence):
    at = hold(oral, defence, "+")
    again = defence.vote(oral.seats[0], passed=False, points=oral.points(0), reasons="改主意", at=at)
    assert again.passed is True and defence.votes.count() == 1
    with pytest.raises(WrongState):
        defence.declare(oral.seats[0], ground="kin", note="", at=at)


def test_below_the_quorum_it_is_not_closed(oral, defence):
    at = hold(oral, defence, "++")
    with pytest.raises(WrongState):
        protocol.close_vote(defence, notes="问答。", by=oral.seats[0], at=at)


def test_a_tie_may_ask_for_a_second_round(base, registrar, at):
    oral = make_oral(base, at=at, registrar=registrar, rules={"tie": "again", "seats_least": 4})
    extra = oral.day.seat(make_person("第四人"), role="member", capacity="expert", by=registrar, at=at)
    extra.undertake(employer="无", at=at)
    oral.seats.append(extra)
    defence = oral.book(at=at)
    moment = hold(oral, defence, "++--")
    assert protocol.close_vote(defence, notes="问答。", by=oral.seats[0], at=moment).state == "again"
    assert (defence.round, defence.status, defence.votes.count()) == (2, "voting", 4)
    hold(oral, defence, "+--+")
    assert protocol.close_vote(defence, notes="问答。", by=oral.seats[0], at=moment).by_chair is True
    assert defence.status == "decided" and defence.votes.count() == 8


def test_signatures_come_before_the_release(oral, defence):
    at = hold(oral, defence)
    protocol.close_vote(defence, notes="问答。", by=oral.seats[0], at=at)
    protocol.sign(defence.minutes, oral.seats[1], at=at)
    protocol.sign(defence.minutes, oral.seats[1], at=at)
    with pytest.raises(WrongState):
        protocol.release(defence, by=oral.registrar, at=at)
    for seat in oral.seats:
        protocol.sign(defence.minutes, seat, at=at)
    result = protocol.release(defence, by=oral.registrar, at=at)
    assert protocol.release(defence, by=oral.registrar, at=at) == result
    assert defence.minutes.signatures.count() == 3


def test_one_repetition(oral, defence, at):
    moment = hold(oral, defence, "---", place=0)
    close_and_release(oral, defence, moment)
    second = oral.book(at=at, place=1)
    assert second.attempt == 2
    second.mark_absent(excused=False, reason="未到", by=oral.registrar, at=second.slot.starts_at)
    assert [one.method for one in PartResult.objects.order_by("pk")] == ["panel", "absent"]
    with pytest.raises(WrongState):
        oral.book(at=at, place=2)


def test_an_excused_absence_costs_nothing(oral, defence, at):
    defence.mark_absent(excused=True, reason="急诊", by=oral.registrar, at=defence.slot.starts_at)
    assert PartResult.objects.count() == 0 and oral.book(at=at, place=0).attempt == 1


# --- Pages --------------------------------------------------------------------------------------------------------------


def test_the_trainee_takes_a_slot_and_the_calendar(oral, client_for):
    client = client_for(oral.enrolment.user)
    url = reverse("defence_book", args=[oral.enrolment.uuid, "defence"])
    assert client.get(url).status_code == 200
    slot = oral.day.slots.first()
    client.post(url, {"slot": str(slot.uuid), "work": str(oral.submission.uuid)})
    assert Defence.objects.get().slot == slot
    page = client.get(reverse("defence_own_calendar", args=[oral.enrolment.uuid, "defence"]))
    text = page.content.decode()
    assert page["Content-Type"].startswith("text/calendar") and "DTEND:" in text and "示例楼" in text


def test_names_come_after_the_undertaking(oral, defence, base, client_for, at):
    late = oral.day.seat(make_person("新委员"), role="member", capacity="expert", by=oral.registrar, at=at)
    client, url = client_for(late.user), reverse("panel_day", args=[oral.day.uuid])
    assert oral.enrolment.user.full_name not in client.get(url).content.decode()
    assert client.get(defence.get_absolute_url()).status_code == 404
    client.post(url, {"employer": "无", "agree": "on"})
    assert oral.enrolment.user.full_name in client.get(url).content.decode()
    page = client.get(defence.get_absolute_url()).content.decode()
    assert "写得清楚的一段话" not in page
    client.post(reverse("defence_declare", args=[defence.uuid]), {"ground": "none"})
    assert "写得清楚的一段话" in client.get(defence.get_absolute_url()).content.decode()


def test_votes_are_secret_until_the_vote_is_closed(oral, defence, client_for):
    at = hold(oral, defence, "+")
    for person in (oral.seats[1].user, oral.registrar):
        assert REASONS not in client_for(person).get(defence.get_absolute_url()).content.decode()
    hold(oral, defence, "+++")
    protocol.close_vote(defence, notes="问答。", by=oral.seats[0], at=at)
    for person in (oral.seats[1].user, oral.registrar):
        assert REASONS in client_for(person).get(defence.get_absolute_url()).content.decode()


def test_the_trainee_reads_reasons_without_names(oral, defence, client_for):
    close_and_release(oral, defence, hold(oral, defence))
    page = client_for(oral.enrolment.user).get(reverse("defence_book", args=[oral.enrolment.uuid, "defence"]))
    text = page.content.decode()
    assert REASONS in text and oral.seats[1].user.full_name not in text


def test_only_the_password_signs(oral, defence, client_for):
    at = hold(oral, defence)
    protocol.close_vote(defence, notes="问答。", by=oral.seats[0], at=at)
    person = oral.seats[0].user
    person.set_password("a-good-password-1")
    person.save()
    client, url = client_for(person), reverse("defence_sign", args=[defence.uuid])
    assert client.post(url, {"password": "wrong"}).status_code == 422
    assert client.post(url, {"password": "a-good-password-1"}).status_code == 302
    assert defence.minutes.signatures.get().seat == oral.seats[0]


def test_the_minutes_print(oral, defence, client_for):
    close_and_release(oral, defence, hold(oral, defence))
    page = client_for(oral.registrar).get(reverse("defence_minutes", args=[defence.uuid])).content.decode()
    assert defence.minutes.content_hash in page and "问答。" in page and oral.seats[2].user.full_name in page


def test_the_day_asks_the_same_number_of_queries(oral, base, client_for, at, django_assert_max_num_queries):
    from tests.factories.assessments import make_submission
    from tests.factories.training import make_enrolment

    oral.book(at=at)
    for _number in range(3):
        make_submission(make_enrolment(oral.cohort, at=at), at=at)
    client = client_for(oral.registrar)
    client.get(oral.day.get_absolute_url())
    with django_assert_max_num_queries(16):
        client.get(oral.day.get_absolute_url())


def test_the_list_leaves_as_csv_and_is_logged(oral, defence, client_for):
    answer = client_for(oral.registrar).get(reverse("defence_export", args=[oral.day.uuid]))
    text = b"".join(answer.streaming_content).decode()
    assert oral.enrolment.user.email in text and text.count("\n") == 4


def test_reminders_go_once(oral, defence, at, run_jobs, mailoutbox, monkeypatch):
    from assessments import defence_jobs

    run_jobs()
    mailoutbox.clear()
    monkeypatch.setattr(defence_jobs, "now", lambda: defence.slot.starts_at - timedelta(hours=20))
    for _time in range(2):
        defence_jobs.remind(None)
    run_jobs()
    assert sorted(mail.to[0] for mail in mailoutbox) == sorted([oral.enrolment.user.email, *(s.user.email for s in oral.seats)])


def test_an_outsider_is_turned_away(oral, defence, outsider, client_for):
    client = client_for(outsider)
    for url in (oral.day.get_absolute_url(), defence.get_absolute_url(), reverse("panel_day", args=[oral.day.uuid])):
        assert client.get(url).status_code == 404
