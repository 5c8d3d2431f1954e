"""The job row: asked for, claimed, fenced, tried again, given up, swept."""

import uuid
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from lms.lib.jobs import enqueue, job, registry, tasks
from lms.lib.jobs.models import Job
from lms.lib.jobs.runner import Handle, LeaseLost, run, run_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind(monkeypatch):
    """Return a function that makes the kind "test.kind" do what it is given, for this test only."""

    def make(handler, name: str = "test.kind") -> str:
        monkeypatch.setitem(registry.HANDLERS, name, handler)
        return name

    return make


@pytest.fixture
def woken(monkeypatch) -> list[int]:
    """The jobs a worker was told of."""
    told: list[int] = []
    monkeypatch.setattr(tasks.run_job, "apply_async", lambda args, **options: told.append(args[0]))
    return told


def test_it_works(kind, woken, django_capture_on_commit_callbacks):
    seen = []
    kind(lambda handle, number: seen.append(number))
    with django_capture_on_commit_callbacks(execute=True):
        asked = enqueue("test.kind", number=7)
        assert woken == []  # nobody is told before the business change is committed
    assert woken == [asked.pk]
    assert run(asked.pk) == "done"
    assert seen == [7]
    asked.refresh_from_db()
    assert (asked.state, asked.attempts, asked.lease_until) == ("done", 1, None)
    assert asked.finished_at is not None


def test_a_second_wake_up_is_harmless(kind):
    seen = []
    kind(lambda handle: seen.append(1))
    asked = enqueue("test.kind")
    assert [run(asked.pk), run(asked.pk)] == ["done", "not due"]
    assert seen == [1]


def test_the_same_key_is_one_job(kind):
    kind(lambda handle: None)
    first = enqueue("test.kind", key="once")
    assert enqueue("test.kind", key="once").pk == first.pk
    run_due()
    assert enqueue("test.kind", key="once").state == "done"
    assert Job.objects.count() == 1


def test_jobs_without_a_key_are_each_their_own(kind):
    kind(lambda handle: None)
    assert enqueue("test.kind").pk != enqueue("test.kind").pk


def test_an_unknown_kind_is_refused_where_it_is_asked_for():
    with pytest.raises(ValueError, match=r"test\.nobody"):
        enqueue("test.nobody")


def test_two_handlers_for_one_kind_are_refused(kind):
    kind(lambda handle: None)
    with pytest.raises(ValueError, match=r"test\.kind"):
        job("test.kind")(lambda handle: None)


def test_a_rolled_back_change_leaves_no_job(kind):
    kind(lambda handle: None)
    with pytest.raises(RuntimeError), transaction.atomic():
        enqueue("test.kind")
        raise RuntimeError
    assert not Job.objects.exists()


def test_a_broker_out_of_reach_does_not_break_the_page(kind, monkeypatch, django_capture_on_commit_callbacks):
    def down(*args, **options):
        raise OSError("no broker")

    kind(lambda handle: None)
    monkeypatch.setattr(tasks.run_job, "apply_async", down)
    with django_capture_on_commit_callbacks(execute=True):
        asked = enqueue("test.kind")
    assert list(Job.objects.unwoken(now())) == [asked]


def test_later_means_later(kind, woken, django_capture_on_commit_callbacks):
    kind(lambda handle: None)
    with django_capture_on_commit_callbacks(execute=True):
        asked = enqueue("test.kind", run_after=now() + timedelta(hours=1))
    assert woken == []
    assert run(asked.pk) == "not due"
    assert Job.claim(asked.pk, at=now() + timedelta(hours=2)) is not None


# --- Lease and fence ---------------------------------------------------------------------------------------------------


def test_a_claimed_job_is_nobody_elses_until_its_lease_is_over(kind):
    kind(lambda handle: None)
    asked, at = enqueue("test.kind"), now()
    first = Job.claim(asked.pk, at=at)
    assert Job.claim(asked.pk, at=at + timedelta(seconds=settings.JOB_LEASE_SECONDS)) is None
    second = Job.claim(asked.pk, at=at + timedelta(seconds=settings.JOB_LEASE_SECONDS + 1))
    assert second.token != first.token
    assert second.attempts == 2


def test_whoever_lost_the_lease_cannot_finish_renew_or_fail_the_job(kind):
    kind(lambda handle: None)
    asked, at = enqueue("test.kind"), now()
    stale = Job.claim(asked.pk, at=at)
    later = at + timedelta(seconds=settings.JOB_LEASE_SECONDS + 1)
    holder = Job.claim(asked.pk, at=later)
    assert not stale.finish(at=later)
    assert not stale.renew(at=later)
    assert not stale.fail("late", at=later)
    with pytest.raises(LeaseLost):
        Handle(stale).beat()
    assert holder.finish(at=later)


def test_a_stale_workers_effect_is_left_out(kind):
    """The handler of the slow worker returns after the lease went to another one: its effect does not happen."""
    effects = []

    def slow(handle):
        Job.objects.filter(pk=handle.job.pk).update(token=uuid.uuid4())  # another worker took it over
        return lambda: effects.append("stale")

    kind(slow)
    asked = enqueue("test.kind")
    assert run(asked.pk) == "lost"
    assert effects == []
    asked.refresh_from_db()
    assert asked.state == "running"  # the other one's


def test_effect_and_done_are_one_transaction(kind):
    """An effect that breaks halfway takes its own rows and the "done" back with it."""

    def handler(handle):
        def effect():
            Job.objects.create(kind="test.trace", run_after=now() + timedelta(days=1))
            raise RuntimeError

        return effect

    kind(handler)
    asked = enqueue("test.kind")
    assert run(asked.pk) == "retry"
    assert not Job.objects.filter(kind="test.trace").exists()
    asked.refresh_from_db()
    assert asked.state == "queued"


def test_beat_renews_the_lease_and_shows_progress(kind):
    kind(lambda handle: None)
    at = now()
    asked = enqueue("test.kind", run_after=at - timedelta(hours=1))
    claimed = Job.claim(asked.pk, at=at - timedelta(seconds=60))
    Handle(claimed).beat(3, 10)
    asked.refresh_from_db()
    assert (asked.progress_done, asked.progress_total) == (3, 10)
    assert asked.lease_until >= at + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def test_running_without_a_lease_is_refused_by_the_database():
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(kind="test.kind", run_after=now(), state="running")


# --- Failing -------------------------------------------------------------------------------------------------------------


def test_a_failed_attempt_waits_longer_each_time(kind):
    kind(lambda handle: 1 / 0)
    asked = enqueue("test.kind")
    waits = []
    for _ in range(3):
        Job.objects.update(run_after=now())
        began = now()
        assert run(asked.pk) == "retry"
        asked.refresh_from_db()
        waits.append(round((asked.run_after - began).total_seconds() / 5))
    assert waits == [2, 4, 8]
    assert asked.last_error.startswith("ZeroDivisionError in ")


def test_the_waits_are_at_most_an_hour(settings):
    settings.JOB_MAX_ATTEMPTS = 40
    at = now()
    asked = Job.objects.create(kind="test.kind", run_after=at, attempts=20)
    claimed = Job.claim(asked.pk, at=at)
    claimed.fail("x", at=at)
    asked.refresh_from_db()
    assert asked.run_after == at + timedelta(hours=1)


def test_after_its_attempts_it_is_failed_and_can_be_put_back(kind):
    kind(lambda handle: 1 / 0)
    asked = enqueue("test.kind")
    Job.objects.update(attempts=settings.JOB_MAX_ATTEMPTS - 1)
    assert run(asked.pk) == "failed"
    assert run(asked.pk) == "not due"
    asked.refresh_from_db()
    assert asked.retry(at=now())
    assert not asked.retry(at=now())  # a second click
    kind(lambda handle: None)
    assert run(asked.pk) == "done"


def test_the_error_shown_carries_no_message(kind):
    def handler(handle):
        raise ValueError("somebody@people.example")

    kind(handler)
    asked = enqueue("test.kind")
    run(asked.pk)
    asked.refresh_from_db()
    assert "people.example" not in asked.last_error


# --- Sweep ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def nothing_periodic(monkeypatch):
    monkeypatch.setattr(registry, "PERIODIC", {})
    monkeypatch.setattr(tasks, "PERIODIC", {})


def test_a_sweep_wakes_what_is_due_and_does_not_repeat_itself(kind, woken, nothing_periodic):
    kind(lambda handle: None)
    due = enqueue("test.kind")
    enqueue("test.kind", run_after=now() + timedelta(hours=1))
    tasks.sweep()
    tasks.sweep()
    assert woken == [due.pk]


def test_a_sweep_finds_the_job_of_a_dead_worker(kind, woken, nothing_periodic):
    kind(lambda handle: None)
    asked = enqueue("test.kind", run_after=now() - timedelta(hours=1))
    assert Job.claim(asked.pk, at=now() - timedelta(seconds=settings.JOB_LEASE_SECONDS + 1))
    tasks.sweep()
    assert woken == [asked.pk]
    assert run(asked.pk) == "done"


def test_a_job_that_kills_every_worker_is_given_up(kind, woken, nothing_periodic):
    kind(lambda handle: None)
    asked = enqueue("test.kind", run_after=now() - timedelta(hours=1))
    Job.objects.update(attempts=settings.JOB_MAX_ATTEMPTS - 1)
    assert Job.claim(asked.pk, at=now() - timedelta(seconds=settings.JOB_LEASE_SECONDS + 1))
    tasks.sweep()
    asked.refresh_from_db()
    assert asked.state == "failed"
    assert woken == []


def test_periodic_kinds_are_asked_for_once_a_slot(kind, woken, monkeypatch):
    kind(lambda handle: None)
    monkeypatch.setattr(tasks, "PERIODIC", {"test.kind": 10**9})  # one slot in thirty years: no midnight in this test
    tasks.sweep()
    tasks.sweep()
    assert Job.objects.filter(kind="test.kind").count() == 1


def test_old_done_jobs_go_and_failed_ones_stay(nothing_periodic, woken):
    long_ago = now() - timedelta(days=40)
    Job.objects.create(kind="test.old", run_after=long_ago, state="done", finished_at=long_ago)
    Job.objects.create(kind="test.failed", run_after=long_ago, state="failed", finished_at=long_ago)
    Job.objects.create(kind="test.new", run_after=now(), state="done", finished_at=now())
    a_day_ago = now() - timedelta(days=1)
    Job.objects.create(kind="test.slot", key="every:test.slot:1", run_after=a_day_ago, state="done",
                       finished_at=a_day_ago)  # fmt: skip
    tasks.sweep()
    assert set(Job.objects.values_list("kind", flat=True)) == {"test.failed", "test.new"}
