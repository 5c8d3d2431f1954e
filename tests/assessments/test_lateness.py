"""Late policy: what is taken off stands beside the score, and what counts decides."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from wagtail.models import ModelLogEntry

from assessments.gradebook import gradebook_of
from assessments.lateness import CLOSED, OPEN, PERCENT, POINTS, UNTIL, Rule, counted, deduction, started_days
from assessments.models import Deadline, Extension, Result
from assessments.results import part_outcomes
from certificates.facts import facts_of
from lms.lib.errors import WrongState
from tests.factories.assessments import give_mark, make_submission
from tests.factories.training import make_enrolment

DUE = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def frozen(late: timedelta, **terms) -> dict:
    return Rule(DUE, **terms).frozen(DUE + late)


@pytest.mark.parametrize(("seconds", "days"), [(0, 0), (-5, 0), (1, 1), (86400, 1), (86401, 2)])
def test_a_day_counts_once_it_has_begun(seconds, days):
    assert started_days(seconds) == days


@pytest.mark.parametrize(
    ("late", "total", "terms", "off"),
    [
        (-HOUR, "80", {"kind": POINTS, "per_day": Decimal(5)}, "0"),
        (timedelta(0), "80", {"kind": POINTS, "per_day": Decimal(5)}, "0"),
        (timedelta(microseconds=1), "80", {"kind": POINTS, "per_day": Decimal(5)}, "5"),
        (3 * HOUR, "80", {"kind": POINTS, "per_day": Decimal(5)}, "5"),
        (DAY + HOUR, "80", {"kind": POINTS, "per_day": Decimal(5)}, "10"),
        (9 * DAY, "80", {"kind": POINTS, "per_day": Decimal(5), "cap": Decimal(20)}, "20"),
        (9 * DAY, "80", {"kind": POINTS, "per_day": Decimal(5), "floor": Decimal(60)}, "20"),
        (9 * DAY, "50", {"kind": POINTS, "per_day": Decimal(5), "floor": Decimal(60)}, "0"),
        (HOUR, "3", {"kind": POINTS, "per_day": Decimal(5)}, "3"),
        (HOUR, "77.77", {"kind": PERCENT, "per_day": Decimal(10)}, "7.78"),
        (4 * DAY, "80", {"kind": PERCENT, "per_day": Decimal(10), "cap": Decimal(30)}, "24"),
        (99 * DAY, "80", {"kind": PERCENT, "per_day": Decimal(10)}, "80"),
        (9 * DAY, "80", {}, "0"),
    ],
)
def test_what_is_taken_off(late, total, terms, off):
    assert deduction(Decimal(total), frozen(late, **terms)) == Decimal(off)
    assert counted(Decimal(total), frozen(late, **terms)) == Decimal(total) - Decimal(off)


def test_without_a_due_time_nothing_is_taken_off():
    assert deduction(Decimal(80), {}) == 0


@pytest.mark.parametrize(
    ("accept", "late", "taken"),
    [(CLOSED, timedelta(0), True), (CLOSED, HOUR, False), (OPEN, DAY, True), (UNTIL, DAY, True), (UNTIL, DAY + HOUR, False)],
)
def test_whether_it_is_still_taken(accept, late, taken):
    assert Rule(DUE, accept=accept, until=DUE + DAY).takes(DUE + late) is taken


# --- With the database --------------------------------------------------------------------------------------------------------


def put(cohort, assignment, registrar, at, *, due, **terms):
    values = {"accept": OPEN, "until": None, "kind": POINTS, "per_day": Decimal(5), "cap": None, "floor": Decimal(0)}
    return Deadline.put(cohort, assignment, by=registrar, at=at, due_at=due, **{**values, **terms})


@pytest.fixture
def late(cohort, assignment, registrar, enrolment, at):
    """Handed in three hours late, five points for each day begun."""
    put(cohort, assignment, registrar, at, due=at - 3 * HOUR)
    return make_submission(enrolment, at=at)


def release(submission, registrar, at) -> Result:
    for _mark in range(2):
        give_mark(submission, at=at)
    submission.refresh_from_db()
    return Result.release(submission, by=registrar, at=at)


def test_the_hand_in_keeps_what_held_then(late, cohort, assignment, registrar, at):
    assert late.late["seconds"] == 3 * 3600
    assert late.receipt_holds()
    put(cohort, assignment, registrar, at, due=at - 30 * DAY, per_day=Decimal(50))  # set afterwards
    late.refresh_from_db()
    assert Decimal(late.late["per_day"]) == 5
    assert late.receipt_holds()
    late.late = {**late.late, "seconds": 0}
    assert not late.receipt_holds()  # part of the hash


def test_the_score_stays_and_what_counts_is_less(late, enrolment, cohort, registrar, at):
    result = release(late, registrar, at)
    assert (result.total, result.deduction, result.counted, result.passed) == (100, 5, 95, True)
    assert result.late == late.late
    assert [outcome.total for outcome in part_outcomes(enrolment)] == [95]
    assert gradebook_of(cohort).rows[0].cells[0].total == 95
    assert facts_of(enrolment).cases[0].total == 95


def test_one_fails_by_what_counts(cohort, assignment, registrar, enrolment, at):
    put(cohort, assignment, registrar, at, due=at - 9 * DAY, per_day=Decimal(10))  # ten days begun or nine
    result = release(make_submission(enrolment, at=at), registrar, at)
    assert (result.total, result.counted, result.passed) == (100, 10, False)
    assert part_outcomes(enrolment)[0].passed is False


def test_in_time_nothing_changes(cohort, assignment, registrar, enrolment, at):
    put(cohort, assignment, registrar, at, due=at)
    result = release(make_submission(enrolment, at=at), registrar, at)
    assert (result.deduction, result.counted) == (0, 100)


def test_too_late_is_refused_until_somebody_gives_more_time(cohort, assignment, registrar, enrolment, at):
    put(cohort, assignment, registrar, at, due=at - HOUR, accept=CLOSED)
    draft = make_submission(enrolment, at=at, handed_in=False)
    with pytest.raises(WrongState):
        draft.hand_in(at=at, ai_use="未使用")
    assert draft.is_draft
    Extension.give(enrolment, assignment, until=at + HOUR, reason="设备故障", by=registrar, at=at)
    draft.hand_in(at=at, ai_use="未使用")
    assert draft.late["extended"] and draft.late["seconds"] == 0
    assert ModelLogEntry.objects.filter(action="assessments.deadline.extend").count() == 1


def test_the_latest_extension_counts_and_never_shortens(cohort, assignment, registrar, enrolment, at):
    put(cohort, assignment, registrar, at, due=at)
    for until in (at + 9 * DAY, at + DAY):
        Extension.give(enrolment, assignment, until=until, reason="延期", by=registrar, at=at)
    assert Deadline.for_people(cohort.pk, assignment.pk, [enrolment.pk]).due == at + DAY
    Extension.give(enrolment, assignment, until=at - DAY, reason="误填", by=registrar, at=at)
    assert Deadline.for_people(cohort.pk, assignment.pk, [enrolment.pk]).due == at
    other = make_enrolment(cohort, at=at)
    assert not Deadline.for_people(cohort.pk, assignment.pk, [other.pk]).extended


def test_the_same_terms_and_the_same_extension_again_are_one(cohort, assignment, registrar, enrolment, at):
    for _click in range(2):
        put(cohort, assignment, registrar, at, due=at)
        Extension.give(enrolment, assignment, until=at + DAY, reason="延期", by=registrar, at=at)
    assert (Deadline.objects.count(), Extension.objects.count()) == (1, 1)


def test_no_due_time_any_more(cohort, assignment, registrar, enrolment, at):
    put(cohort, assignment, registrar, at, due=at - DAY, accept=CLOSED)
    put(cohort, assignment, registrar, at, due=None)
    assert make_submission(enrolment, at=at).late == {}


# --- The pages ----------------------------------------------------------------------------------------------------------------


def stamp(at) -> str:
    from django.utils.timezone import localtime

    return f"{localtime(at):%Y-%m-%dT%H:%M}"


def test_it_works(client_for, registrar, cohort, assignment, enrolment, at):
    client = client_for(registrar)
    url = reverse("deadline", args=[cohort.uuid, assignment.uuid])
    values = {"due_at": stamp(at + DAY), "accept": UNTIL, "until": stamp(at + 4 * DAY), "kind": PERCENT,
              "per_day": "10", "cap": "30"}  # fmt: skip
    assert client.post(url, values).status_code == 302
    found = Deadline.objects.get()
    assert (found.kind, found.per_day, found.cap, found.floor) == (PERCENT, 10, 30, 0)
    assert 'value="10"' in client.get(url).text  # as it was typed, not 10.0
    longer = {"extend": "1", "x-enrolment": enrolment.uuid, "x-until": stamp(at + 2 * DAY), "x-reason": "出差"}
    assert client.post(url, longer).status_code == 302
    assert "出差" in client.get(url).text
    assert "30" in client.get(reverse("deadline_list", args=[cohort.uuid])).text


def test_more_time_is_more_than_everybody_has_and_can_be_taken_back(client_for, registrar, cohort, assignment, enrolment, at):
    put(cohort, assignment, registrar, at, due=at + 2 * DAY)
    client, url = client_for(registrar), reverse("deadline", args=[cohort.uuid, assignment.uuid])
    longer = {"extend": "1", "x-enrolment": enrolment.uuid, "x-reason": "出差"}
    page = client.post(url, longer | {"x-until": stamp(at + DAY)})
    assert page.status_code == 422 and set(page.context["longer"].errors) == {"until"} and "请填写更晚的时间" in page.text
    for days in (5, 1):
        assert client.post(url, longer | {"x-until": stamp(at + days * DAY)}).status_code == 302
    shown = client.get(url)
    assert shown.text.count("出差") == 2 and len(shown.context["counting"]) == 1
    assert Extension.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [({"accept": UNTIL, "until": ""}, "until"), ({"kind": POINTS, "per_day": ""}, "per_day"), ({"due_at": "soon"}, "due_at")],
)
def test_what_does_not_fit_is_said_beside_the_field(client_for, registrar, cohort, assignment, at, change, field):
    values = {"due_at": stamp(at), "accept": OPEN, "kind": "none", **change}
    page = client_for(registrar).post(reverse("deadline", args=[cohort.uuid, assignment.uuid]), values)
    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert not Deadline.objects.exists()


def test_an_outsider_is_turned_away(client_for, outsider, moderator, trainee, cohort, assignment):
    for name, arguments in (("deadline_list", [cohort.uuid]), ("deadline", [cohort.uuid, assignment.uuid])):
        url = reverse(name, args=arguments)
        assert client_for(outsider).get(url).status_code == 404
        assert client_for(trainee).get(url).status_code == 404
        assert client_for(moderator).get(url).status_code == 403


def test_a_constant_number_of_queries(client_for, registrar, cohort, assignment, at, django_assert_max_num_queries):
    for days in range(3):
        put(cohort, assignment, registrar, at, due=at + days * DAY)
    client, url = client_for(registrar), reverse("deadline_list", args=[cohort.uuid])
    client.get(url)
    with django_assert_max_num_queries(10):
        client.get(url)


def test_the_trainee_reads_it_before_and_after(client_for, trainee, cohort, assignment, registrar, enrolment, at):
    put(cohort, assignment, registrar, at, due=at - 3 * HOUR)
    draft = make_submission(enrolment, at=at, handed_in=False)
    client = client_for(trainee, "en")
    assert "late. After that: later work is taken: 5 points" in client.get(reverse("submission_edit", args=[draft.uuid])).text
    assert "late" in client.get(reverse("submission_hand_in", args=[draft.uuid])).text
    draft.hand_in(at=at, ai_use="none")
    assert "3 h after the due time" in client.get(reverse("submission_receipt", args=[draft.uuid])).text
    release(draft, registrar, at)
    page = client.get(reverse("submission_result", args=[draft.uuid])).text
    assert "95 points of 100" in page
    assert "5 points for each day begun · 1 day begun" in page


def test_too_late_on_the_page(client_for, trainee, cohort, assignment, registrar, enrolment, at):
    put(cohort, assignment, registrar, at, due=at - HOUR, accept=CLOSED)
    draft = make_submission(enrolment, at=at, handed_in=False)
    client = client_for(trainee, "en")
    url = reverse("submission_hand_in", args=[draft.uuid])
    assert "not taken any more" in client.get(url).text
    client.post(url, {"ai_used": "no", "no_secrets": "on"})
    draft.refresh_from_db()
    assert draft.is_draft


def test_assessors_do_not_see_that_it_was_late(client_for, late, assessor, at):
    from assessments.models import Allocation

    turn = Allocation.take_next(assessor, at=at)
    page = client_for(assessor, "en").get(reverse("marking_sheet", args=[turn.uuid])).text
    assert "due time" not in page
