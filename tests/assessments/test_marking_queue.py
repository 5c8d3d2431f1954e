"""The marking queue: who is offered what, by turns, under a lease."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Membership, Role
from assessments.models import Allocation
from assessments.models.marking import LEASE
from lms.lib.errors import WrongState
from tests.factories.assessments import give_mark, make_assessor, make_submission, scores_for
from tests.factories.training import make_enrolment


def draft_of(submission, bands="top"):
    return {"scores": scores_for(submission, bands), "comment": "", "reason": ""}


def test_two_assessors_get_the_first_and_the_second_turn(submission, assessor, assessor2, at):
    first, second = Allocation.take_next(assessor, at=at), Allocation.take_next(assessor2, at=at)
    assert (first.kind, second.kind) == ("first", "second")
    assert first.submission == second.submission == submission
    submission.refresh_from_db()
    assert submission.status == "in_marking"
    assert Allocation.take_next(make_assessor(submission.enrolment.cohort.organisation), at=at) is None


def test_asking_again_gives_the_one_at_hand(submission, assessor, at):
    assert Allocation.take_next(assessor, at=at) == Allocation.take_next(assessor, at=at)


def test_nobody_marks_twice(submission, assessor, at):
    give_mark(submission, assessor, at=at)
    assert Allocation.take_next(assessor, at=at) is None


def test_the_oldest_comes_first(cohort, submission, assessor, at):
    make_submission(make_enrolment(cohort, at=at), at=at - timedelta(days=1))
    assert Allocation.take_next(assessor, at=at).submission != submission


def test_not_one_s_own_work(enrolment, submission, trainee, base, at):
    Membership.objects.create(user=trainee, organisation=base, role=Role.ASSESSOR, valid_from=date(2020, 1, 1))
    assert Allocation.take_next(trainee, at=at) is None


def test_not_of_a_cohort_one_teaches(submission, cohort, assessor, at):
    cohort.instructors.add(assessor)
    assert Allocation.take_next(assessor, at=at) is None


def test_not_of_another_base(submission, outsider, at):
    assert Allocation.take_next(outsider, at=at) is None


def test_a_lease_that_ran_out_goes_back_to_the_queue(submission, assessor, assessor2, base, at):
    first = Allocation.take_next(assessor, at=at)
    Allocation.take_next(assessor2, at=at)
    later = at + LEASE + timedelta(seconds=1)
    third = Allocation.take_next(make_assessor(base), at=later)
    assert third is not None
    first.refresh_from_db()
    assert first.status == "given_back"
    with pytest.raises(WrongState):
        first.give_mark(scores_for(submission), "", at=later)


def test_what_was_typed_comes_back_after_the_lease(submission, assessor, at):
    turn = Allocation.take_next(assessor, at=at)
    turn.save_draft(draft_of(submission), number=0, at=at)
    again = Allocation.take_next(assessor, at=at + 2 * LEASE)
    assert again != turn
    assert again.draft == turn.draft


def test_saving_lengthens_the_lease_and_late_giving_is_fine_while_nobody_took_it(submission, assessor, at):
    turn = Allocation.take_next(assessor, at=at)
    turn.save_draft(draft_of(submission), number=0, at=at + timedelta(hours=3))
    assert turn.lease_until == at + timedelta(hours=3) + LEASE
    assert turn.give_mark(scores_for(submission), "", at=at + timedelta(days=2)).total == 100


def test_given_back_with_a_reason_it_is_not_offered_again(submission, assessor, assessor2, at):
    turn = Allocation.take_next(assessor, at=at)
    turn.give_back(at=at, reason="认识这位学员")
    turn.give_back(at=at, reason="又点了一次")  # harmless
    assert turn.reason == "认识这位学员"
    assert Allocation.take_next(assessor, at=at) is None
    assert Allocation.take_next(assessor2, at=at).kind == "first"


def test_a_given_mark_is_not_given_back(submission, assessor, at):
    turn = give_mark(submission, assessor, at=at).allocation
    with pytest.raises(WrongState):
        turn.give_back(at=at, reason="后悔了")


def test_the_database_has_the_last_word(submission, assessor, assessor2, at):
    turn = Allocation.take_next(assessor, at=at)
    values = {"submission": submission, "taken_at": at, "lease_until": at}
    with pytest.raises(IntegrityError), transaction.atomic():
        Allocation.objects.create(assessor=assessor2, kind=turn.kind, **values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Allocation.objects.create(assessor=assessor, kind="second", **values)


# --- Pages ----------------------------------------------------------------------------------------------------------------


def test_it_works(client_for, submission, assessor):
    client = client_for(assessor)
    page = client.get(reverse("marking_queue"))
    assert page.context["waiting"] == 1
    sheet = client.post(reverse("marking_take"))
    assert sheet.status_code == 302
    assert client.post(reverse("marking_take")).url == sheet.url  # a double click
    assert submission.enrolment.anonymous_code in client.get(reverse("marking_queue")).text


def test_an_empty_queue_says_so(client_for, assessor):
    client = client_for(assessor)
    assert client.post(reverse("marking_take")).url == reverse("marking_queue")


def test_only_assessors(client_for, submission, registrar, moderator, trainee, author):
    for person in (registrar, moderator, trainee, author):
        client = client_for(person)
        assert client.get(reverse("marking_queue")).status_code == 403
        assert client.post(reverse("marking_take")).status_code == 403
    assert not Allocation.objects.exists()


def test_queries_do_not_grow_with_the_queue(client_for, cohort, submission, assessor, at, django_assert_num_queries):
    client = client_for(assessor)
    client.get(reverse("marking_queue"))

    def count():
        with django_assert_num_queries(11) as queries:
            client.get(reverse("marking_queue"))
        return len(queries)

    few = count()
    for _trainee in range(3):
        make_submission(make_enrolment(cohort, at=at), at=at)
    give_mark(submission, assessor, at=at)
    assert count() == few
