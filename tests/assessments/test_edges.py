"""Odd input and late steps: nothing breaks, nothing false is said, nothing is handed in that was not read."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.models import Membership, Role, User
from assessments.models import Allocation, Submission
from assessments.models.marking import LEASE
from tests.factories.assessments import make_marked

NUL = "一\x00二"
YES = {"ai_used": "no", "no_secrets": "on"}


def url(thing, name):
    return reverse(name, args=[thing.uuid])


# --- A character that PostgreSQL keeps in no text: it is left out, the rest is kept -----------------------------------------


def test_a_draft_without_nul(client_for, trainee, draft):
    values = {"number": draft.draft_number, "key": NUL, "f.problem": NUL, "f.indicators.0.name": NUL}
    assert client_for(trainee).post(url(draft, "submission_autosave"), values).status_code == 200
    draft.refresh_from_db()
    assert draft.fields["problem"] == "一二"
    assert "\x00" not in str(draft.fields) + draft.saves.last().key


def test_a_mark_without_nul(client_for, submission, assessor, at):
    turn = Allocation.take_next(assessor, at=at)
    values = {"number": 0, "points.need": NUL, "comment.need": NUL, "comment": NUL, "reason": NUL}
    assert client_for(assessor).post(url(turn, "marking_autosave"), values).status_code == 200
    turn.refresh_from_db()
    assert turn.draft["comment"] == turn.draft["scores"]["need"]["comment"] == "一二"


def test_a_stage_there_is_not_asks_the_database_nothing(fresh_run, at, django_assert_num_queries):
    from lms.lib.errors import WrongState

    fresh_run.script()
    with django_assert_num_queries(0), pytest.raises(WrongState):
        fresh_run.decide(NUL, "", at=at)


# --- Late steps ---------------------------------------------------------------------------------------------------------------


def test_saved_is_not_said_when_the_script_went_to_someone_else(client_for, submission, assessor, assessor2, base, at):
    """The lease ran out and the turn went on: what is typed here can't be kept, and the page says so."""
    turn = Allocation.take_next(assessor, at=at)
    Allocation.objects.filter(pk=turn.pk).update(status=Allocation.Status.GIVEN_BACK)
    answer = client_for(assessor).post(url(turn, "marking_give"), {"number": 0, "comment": "好", "save": "1"})
    assert answer.status_code == 409


def test_what_is_held_at_a_base_one_left_is_not_offered(submission, assessor, other_base, at):
    assert Allocation.take_next(assessor, at=at)
    assessor.memberships.all().delete()
    Membership.objects.create(user=assessor, organisation=other_base, role=Role.ASSESSOR, valid_from=localdate(at))
    assert Allocation.take_next(User.objects.get(pk=assessor.pk), at=at) is None


def test_a_moderator_who_comes_second_is_led_to_the_list(client_for, enrolment, moderator, base, at):
    from tests.factories.assessments import make_assessor

    disputed = make_marked(enrolment, first="top", second="bottom", at=at)
    Allocation.take_for_moderation(disputed, make_assessor(base, Role.MODERATOR), at=at)
    answer = client_for(moderator).post(url(disputed, "moderation_take"))
    assert answer.url == reverse("moderation_queue")


def test_what_was_not_read_is_not_handed_in(client_for, trainee, draft, at):
    """Another window saved after the check page was opened: it is shown again before anything becomes final."""
    client, check = client_for(trainee), url(draft, "submission_hand_in")
    number = draft.draft_number
    assert f'name="number" value="{number}"' in client.get(check).text
    draft.save_draft({**draft.fields, "problem": "另一窗口的字"}, number=number, key="other", at=at)
    page = client.post(check, {**YES, "number": number})
    assert page.status_code == 409
    assert "另一窗口的字" in page.text
    assert Submission.objects.get(pk=draft.pk).is_draft
    client.post(check, {**YES, "number": number + 1})
    assert not Submission.objects.get(pk=draft.pk).is_draft


def test_a_lease_that_ran_out_while_typing_is_renewed_by_the_next_save(submission, assessor, at):
    turn = Allocation.take_next(assessor, at=at)
    turn.save_draft({"scores": {}, "comment": "好", "reason": ""}, number=0, at=at + LEASE + timedelta(minutes=1))
    assert turn.lease_until > at + LEASE
