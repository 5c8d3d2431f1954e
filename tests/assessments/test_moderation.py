"""When two assessors disagree: why, who decides, and what counts afterwards."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Membership, Role
from assessments.models import Allocation, Mark, MarkIncomplete, Result
from assessments.models.marking import LEASE
from lms.lib.errors import WrongState
from tests.factories.assessments import give_mark, make_assessor, make_marked, scores_for
from tests.factories.training import make_enrolment

# The factory's rubric: need 0/30/60, terms 0/20/40; pass mark 60, limit 15.


@pytest.fixture
def disputed(enrolment, at):
    """100 against 0 points."""
    return make_marked(enrolment, first="top", second="bottom", at=at)


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        ([2, 2], [2, 2], "ready"),  # 100, 100
        ([2, 2], [2, 1], "in_moderation"),  # 100, 80: 20 points apart
        ([1, 1], [1, 2], "in_moderation"),  # 50, 70: the decision differs, too
        ([2, 0], [0, 2], "in_moderation"),  # two bands apart on both
        ([0, 0], [0, 0], "ready"),
    ],
)
def test_what_goes_to_the_moderator(enrolment, at, first, second, status):
    assert make_marked(enrolment, first=first, second=second, at=at).status == status


def test_the_reasons_are_named(disputed):
    marks = {mark.kind: mark for mark in disputed.marks.all()}
    apart = Mark.compare(marks["first"], marks["second"])
    assert (apart.totals_apart, apart.decision_differs, apart.criteria_apart) == (True, True, ("need", "terms"))


def test_the_moderator_s_mark_counts(disputed, moderator, registrar, at):
    turn = Allocation.take_for_moderation(disputed, moderator, at=at)
    with pytest.raises(MarkIncomplete) as caught:
        turn.give_mark(scores_for(disputed, [1, 2]), "", at=at)
    assert caught.value.missing == ["reason"]
    turn.give_mark(scores_for(disputed, [1, 2]), "", at=at, reason="指标可验,需求还不够清楚。")
    disputed.refresh_from_db()
    assert disputed.status == "ready"
    result = Result.release(disputed, by=registrar, at=at)
    assert (result.total, result.passed, result.method) == (70, True, "moderated")
    assert result.points == {"need": "30", "terms": "40"}


def test_taking_twice_gives_the_same_turn_and_another_moderator_waits(disputed, moderator, base, at):
    turn = Allocation.take_for_moderation(disputed, moderator, at=at)
    assert Allocation.take_for_moderation(disputed, moderator, at=at) == turn
    other = make_assessor(base, Role.MODERATOR)
    with pytest.raises(WrongState):
        Allocation.take_for_moderation(disputed, other, at=at)
    late = at + LEASE + timedelta(seconds=1)
    assert Allocation.take_for_moderation(disputed, other, at=late).assessor == other


def test_nothing_to_moderate(enrolment, moderator, at):
    with pytest.raises(WrongState):
        Allocation.take_for_moderation(make_marked(enrolment, at=at), moderator, at=at)


def test_who_marked_it_does_not_moderate_it(submission, assessor, base, at):
    Membership.objects.create(user=assessor, organisation=base, role=Role.MODERATOR, valid_from=date(2020, 1, 1))
    give_mark(submission, assessor, "top", at=at)
    give_mark(submission, None, "bottom", at=at)
    with pytest.raises(WrongState):
        Allocation.take_for_moderation(submission, assessor, at=at)


def test_the_database_wants_a_reason(disputed, moderator, at):
    turn = Allocation.take_for_moderation(disputed, moderator, at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Mark.objects.create(
            submission=disputed, allocation=turn, assessor=moderator, kind="moderated", total=1, marked_at=at,
            rubric=disputed.assignment.rubric,
        )  # fmt: skip


# --- Pages ----------------------------------------------------------------------------------------------------------------


def test_it_works(client_for, disputed, moderator):
    client = client_for(moderator)
    page = client.get(reverse("moderation_queue"))
    assert disputed.enrolment.anonymous_code in page.text
    sheet = client.post(reverse("moderation_take", args=[disputed.uuid])).url
    page = client.get(sheet)
    assert [mark.total for mark in page.context["marks"]] == [100, 0]
    assert page.context["lines"][0].apart
    assert "有依据。" in page.text
    give = reverse("marking_give", args=[Allocation.objects.get(kind="moderated").uuid])
    values = {"number": 0, "points.need": "30", "points.terms": "40"}
    page = client.post(give, values)
    assert 'id="error-reason"' in page.text
    done = client.post(give, {**values, "number": 1, "reason": "如上。"})
    assert done.url == reverse("moderation_queue")
    disputed.refresh_from_db()
    assert disputed.status == "ready"


def test_only_moderators_of_the_base(client_for, disputed, outsider, assessor, registrar, trainee):
    take = reverse("moderation_take", args=[disputed.uuid])
    assert client_for(outsider).post(take).status_code == 404
    assert disputed.enrolment.anonymous_code not in client_for(outsider).get(reverse("moderation_queue")).text
    for person in (assessor, registrar, trainee):
        assert client_for(person).post(take).status_code == 404
        assert client_for(person).get(reverse("moderation_queue")).status_code == 403


def test_who_marked_it_is_turned_away(client_for, submission, assessor, base, at):
    Membership.objects.create(user=assessor, organisation=base, role=Role.MODERATOR, valid_from=date(2020, 1, 1))
    give_mark(submission, assessor, "top", at=at)
    give_mark(submission, None, "bottom", at=at)
    assert client_for(assessor).post(reverse("moderation_take", args=[submission.uuid])).status_code == 403
    assert client_for(assessor).get(reverse("moderation_queue")).context["rows"] == []


def test_queries_do_not_grow(client_for, cohort, disputed, moderator, at, django_assert_max_num_queries):
    client = client_for(moderator)
    client.get(reverse("moderation_queue"))
    with django_assert_max_num_queries(14) as few:
        client.get(reverse("moderation_queue"))
    for _trainee in range(2):
        make_marked(make_enrolment(cohort, at=at), first="top", second="bottom", at=at)
    with django_assert_max_num_queries(len(few)):
        assert len(client.get(reverse("moderation_queue")).context["rows"]) == 3
