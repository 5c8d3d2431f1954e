"""Correcting released results as a batch: simulated, approved by a second person, applied by a job, taken back as a whole."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone
from wagtail.models import ModelLogEntry

from accounts.models import Role
from assessments.corrections import Correction
from assessments.grade_history import history_of
from assessments.models import Appeal, RegradeBatch, RegradeLine, RegradeTerms, Result, Submission
from assessments.regrading import as_json, simulate
from lms.lib.errors import WrongState
from lms.lib.jobs.models import Job
from lms.lib.jobs.runner import run
from tests.factories.assessments import make_assessor, make_marked, make_result, scores_for
from tests.factories.training import make_cohort, make_enrolment

MIDDLE = [1, 1]  # 50 of 100 by the factory's rubric: need 30 of 60, terms 20 of 40; pass mark 60
MIXED = [2, 0]  # need 60 of 60, terms 0 of 40


@pytest.fixture
def second(base):
    """The second person: another registrar."""
    return make_assessor(base, Role.REGISTRAR)


def release(enrolment, bands, *, by, at):
    return Result.release(make_marked(enrolment, first=bands, at=at), by=by, at=at)


@pytest.fixture
def failed(cohort, enrolment, registrar, at) -> Result:
    return release(enrolment, MIDDLE, by=registrar, at=at)


def make_batch(cohort, assignment, registrar, at, *, added=10, without=(), **fields) -> RegradeBatch:
    values = {
        "cohort": cohort, "organisation": cohort.organisation, "reason": "第二题有误。", "on_change": "skip", "by": registrar,
        "corrections": as_json({assignment.uuid: Correction(added, frozenset(without))}), "at": at,
    }  # fmt: skip
    batch = RegradeBatch.draft(cohort.edition, **{**values, **fields})
    simulate(batch, by=registrar, at=at)
    return batch


@pytest.fixture
def batch(cohort, failed, assignment, registrar, at) -> RegradeBatch:
    return make_batch(cohort, assignment, registrar, at)


def approve(batch, second, run_jobs, at):
    batch.approve(seen=batch.preview_hash, by=second, at=at)
    run_jobs()
    batch.refresh_from_db()


def test_it_works(batch, failed, second, run_jobs, at):
    line = batch.lines.get()
    assert (batch.status, line.total, line.passed, line.state) == ("simulated", 60, True, "waiting")
    assert batch.summary == {
        "changes": 1, "people": 1, "same": 0, "left": 0, "gained": 1, "lost": 0, "whole_gained": 1, "whole_lost": 0,
        "certificates": 0,
    }  # fmt: skip
    assert Result.objects.count() == 1
    run_jobs()
    mail.outbox.clear()
    approve(batch, second, run_jobs, at)
    new = failed.submission.result
    assert (batch.status, new.total, new.passed, new.method, new.released_by) == ("applied", 60, True, "regrade", second)
    failed.refresh_from_db()
    assert (failed.total, failed.passed) == (50, False)
    assert Job.objects.get(key=batch.job_key).progress_done == 1
    assert [message.subject for message in mail.outbox] == ["您的一项考核结果已更正"]
    assert "60" not in re.sub(r"https?://\S+", "", mail.outbox[0].body)  # an address may hold any digits
    assert ModelLogEntry.objects.filter(action="assessments.result.regrade", user=second).count() == 1


def test_the_history_says_why(batch, failed, second, run_jobs, cohort, at):
    approve(batch, second, run_jobs, at)
    change = history_of(cohort)[-1]
    assert (change.before, change.difference) == (failed, 10)
    assert "第二题有误。" in change.reasons[0]


def test_nobody_approves_their_own(batch, registrar, at):
    with pytest.raises(WrongState):
        batch.approve(seen=batch.preview_hash, by=registrar, at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        RegradeBatch.objects.filter(pk=batch.pk).update(decided_by=registrar)
    with pytest.raises(WrongState):
        batch.refuse(note="不", by=registrar, at=at)


def test_only_what_was_read_is_approved(batch, registrar, second, at):
    seen = batch.preview_hash
    simulate(batch, by=registrar, at=at + timedelta(minutes=1))
    with pytest.raises(WrongState):
        batch.approve(seen=seen, by=second, at=at)
    batch.approve(seen=batch.preview_hash, by=second, at=at)
    with pytest.raises(WrongState):
        simulate(batch, by=registrar, at=at)


def test_a_second_click_is_harmless(batch, second, run_jobs, at):
    approve(batch, second, run_jobs, at)
    with pytest.raises(WrongState):
        batch.approve(seen=batch.preview_hash, by=second, at=at)
    assert batch.apply_to(batch.lines.get().enrolment_id, at=at)
    assert Result.objects.filter(method="regrade").count() == 1


def test_a_refused_or_withdrawn_one_is_over(batch, registrar, second, at):
    batch.refuse(note="理由不足。", by=second, at=at)
    for step in (
        lambda: batch.withdraw(by=registrar, at=at),
        lambda: batch.approve(seen=batch.preview_hash, by=second, at=at),
        lambda: simulate(batch, by=registrar, at=at),
    ):
        with pytest.raises(WrongState):
            step()
    assert (batch.status, batch.decision_note) == ("refused", "理由不足。")


def test_a_job_that_died_goes_on_where_it_was(cohort, failed, assignment, registrar, second, at, monkeypatch):
    for _other in range(2):
        release(make_enrolment(cohort, at=at), MIDDLE, by=registrar, at=at)
    batch = make_batch(cohort, assignment, registrar, at)
    batch.approve(seen=batch.preview_hash, by=second, at=at)
    job = Job.objects.get(key=batch.job_key)
    real, calls = RegradeLine.apply, []

    def dies(self, *args, **kwargs):
        calls.append(self.pk)
        if len(calls) == 2:
            raise RuntimeError("the worker died")
        return real(self, *args, **kwargs)

    monkeypatch.setattr(RegradeLine, "apply", dies)
    assert run(job.pk) == "retry"
    assert Result.objects.filter(method="regrade").count() == 1
    Job.objects.filter(pk=job.pk).update(run_after=at - timedelta(minutes=1))
    assert run(job.pk) == "done"
    batch.refresh_from_db()
    assert batch.status == "applied" and Result.objects.filter(method="regrade").count() == 3


def test_who_has_another_result_is_left_out(batch, failed, cohort, assignment, registrar, second, run_jobs, at):
    """Another batch came first."""
    other = make_batch(cohort, assignment, registrar, at, added=5)
    approve(other, second, run_jobs, at)
    approve(batch, second, run_jobs, at)
    line = batch.lines.get()
    assert (batch.status, line.state, line.why) == ("applied", "left", "result")
    assert failed.submission.result.total == 55
    with pytest.raises(WrongState):
        batch.draft_reversal(reason="无", by=registrar, at=at)


def test_or_the_batch_stops(cohort, failed, assignment, registrar, second, run_jobs, at):
    untouched = release(make_enrolment(cohort, at=at), MIDDLE, by=registrar, at=at)
    batch = make_batch(cohort, assignment, registrar, at, on_change="stop")
    Result.objects.create(
        submission=failed.submission, enrolment=failed.enrolment, assignment=assignment, total=51, passed=False,
        method="appeal", points=failed.points, released_at=at + timedelta(minutes=1), released_by=registrar,
    )  # fmt: skip
    approve(batch, second, run_jobs, at)
    assert batch.status == "stopped"
    assert sorted(batch.lines.values_list("state", "why")) == [("left", "result"), ("waiting", "")]
    assert untouched.submission.result == untouched
    follower = batch.draft_follower(by=registrar, at=at)
    simulate(follower, by=registrar, at=at)
    assert sorted(follower.lines.values_list("total", flat=True)) == [60, 61]
    with pytest.raises(WrongState):
        batch.draft_follower(by=registrar, at=at)


def test_all_or_nothing_for_a_person(batch, failed, second, at):
    """One of two results can't be changed: neither is."""
    line = batch.lines.get()
    Result.objects.create(
        submission=failed.submission, enrolment=failed.enrolment, assignment=failed.assignment, total=51, passed=False,
        method="appeal", points={}, released_at=at + timedelta(minutes=1), released_by=second,
    )  # fmt: skip
    batch.approve(seen=batch.preview_hash, by=second, at=at)
    assert not batch.apply_to(line.enrolment_id, at=at)
    assert not Result.objects.filter(method="regrade").exists()


# --- Taking it back ---------------------------------------------------------------------------------------------------


def test_it_is_taken_back_as_a_whole(batch, failed, registrar, second, run_jobs, at):
    approve(batch, second, run_jobs, at)
    back = batch.draft_reversal(reason="更正有误。", by=second, at=at)
    simulate(back, by=second, at=at)
    with pytest.raises(WrongState):
        batch.draft_reversal(reason="再次", by=registrar, at=at)
    with pytest.raises(WrongState):
        back.approve(seen=back.preview_hash, by=second, at=at)
    assert back.summary["lost"] == 1
    approve(back, registrar, run_jobs, at + timedelta(minutes=1))
    latest = failed.submission.result
    assert (latest.total, latest.passed, latest.method, latest.points) == (50, False, "reversed", failed.points)
    assert failed.submission.results.count() == 3
    assert not batch.may_be_reversed()


def test_and_corrected_anew(batch, failed, cohort, assignment, registrar, second, run_jobs, at):
    """What is reckoned after the way back rests on what the marks came to, not on what was taken back."""
    approve(batch, second, run_jobs, at)
    back = batch.draft_reversal(reason="更正有误。", by=second, at=at)
    simulate(back, by=second, at=at)
    approve(back, registrar, run_jobs, at)
    again = make_batch(cohort, assignment, registrar, at, added=0, without=["terms"])
    assert (again.lines.exists(), again.summary["same"]) == (True, 0)  # 30 of 60: the same total, one criterion less
    assert again.lines.get().total == 50 and again.lines.get().points == {"need": "30"}


def test_corrections_add_up(cohort, enrolment, assignment, registrar, second, run_jobs, at):
    release(enrolment, MIXED, by=registrar, at=at)  # 60
    approve(make_batch(cohort, assignment, registrar, at, added=5), second, run_jobs, at)
    less = make_batch(cohort, assignment, registrar, at, added=0, without=["need"])
    assert (less.lines.get().total, less.lines.get().why) == (5, "lower")  # 0 of 40, and 5
    batch = make_batch(cohort, assignment, registrar, at, added=0, without=["terms"])
    assert batch.lines.get().total == 100  # 60 of 60, and 5
    approve(batch, second, run_jobs, at)
    batch = make_batch(cohort, assignment, registrar, at, added=3)
    assert (batch.lines.count(), batch.summary["same"]) == (0, 1)


# --- Terms, appeals, attempts, teams ----------------------------------------------------------------------------------


def test_a_result_falls_only_by_the_terms(officer, cohort, enrolment, assignment, registrar, at):
    release(enrolment, MIXED, by=registrar, at=at)
    batch = make_batch(cohort, assignment, registrar, at, added=0, without=["need"])
    assert (batch.summary["changes"], batch.lines.get().why) == (0, "lower")
    with pytest.raises(WrongState):
        batch.approve(seen=batch.preview_hash, by=officer, at=at)
    RegradeTerms(may_go_down=True, source="测试文件").put_in_force(by=officer, at=at)
    simulate(batch, by=registrar, at=at)
    assert (batch.summary["lost"], batch.lines.get().total, batch.may_go_down) == (1, 0, True)


def test_an_open_appeal_comes_first(cohort, failed, assignment, registrar, second, run_jobs, at):
    batch = make_batch(cohort, assignment, registrar, at)
    appeal = Appeal.lodge(failed, ground="other", statement="请重评。", at=at)
    assert make_batch(cohort, assignment, registrar, at).lines.get().why == "appeal"
    approve(batch, second, run_jobs, at)
    assert batch.lines.get().why == "appeal"
    appeal.withdraw(at=at)
    follower = batch.draft_follower(by=registrar, at=at)
    simulate(follower, by=registrar, at=at)
    assert follower.summary["changes"] == 1


def test_a_further_hand_in_comes_first(cohort, failed, assignment, registrar, second, run_jobs, at):
    batch = make_batch(cohort, assignment, registrar, at)
    Submission.start(failed.submission.run, at=at)
    assert make_batch(cohort, assignment, registrar, at).lines.get().why == "attempt"
    approve(batch, second, run_jobs, at)
    assert batch.lines.get().why == "attempt"


def test_an_appeal_against_a_corrected_result(
    cohort, failed, assignment, registrar, second, moderator, other_base, run_jobs, at
):
    """The correction holds for the fresh mark too; what was decided on appeal stays final when it is corrected."""
    approve(make_batch(cohort, assignment, registrar, at), second, run_jobs, at)
    result = failed.submission.result
    appeal = Appeal.lodge(result, ground="other", statement="请重评。", at=at)
    appeal.admit(reason="受理。", by=registrar, at=at)
    turn = Appeal.take_next(make_assessor(other_base), at=at)
    turn.give_mark(scores_for(turn.submission, MIXED), "", at=at)
    appeal.refresh_from_db()
    assert appeal.outcome()[:2] == (70, True)
    appeal.decide(upheld=True, reason="成立。", by=moderator, at=timezone.now())  # as the job that came before
    approve(make_batch(cohort, assignment, registrar, at, added=1), second, run_jobs, at)
    latest = failed.submission.result
    assert (latest.total, Appeal.why_not(latest, at=at)) == (71, "final")


def test_every_cohort_of_the_edition(edition, cohort, failed, assignment, registrar, at, django_assert_max_num_queries):
    other = make_cohort(edition, at=at, by=registrar)
    release(make_enrolment(other, at=at), MIDDLE, by=registrar, at=at)
    batch = RegradeBatch.draft(
        edition, organisation=edition.organisation, cohort=None, reason="全部", on_change="skip", by=registrar, at=at,
        corrections=as_json({assignment.uuid: Correction(10)}),
    )  # fmt: skip
    simulate(batch, by=registrar, at=at)
    assert batch.summary["changes"] == 2
    for _trainee in range(3):
        release(make_enrolment(other, at=at), MIDDLE, by=registrar, at=at)
    with django_assert_max_num_queries(45):
        simulate(batch, by=registrar, at=at)
    assert batch.summary["changes"] == 5


def test_what_does_not_change_is_counted(cohort, enrolment, assignment, registrar, at):
    make_result(enrolment, at=at)
    batch = make_batch(cohort, assignment, registrar, at)
    assert (batch.summary["changes"], batch.summary["same"], batch.lines.count()) == (0, 1, 0)
    assert Decimal(100) == enrolment.results.get().total
