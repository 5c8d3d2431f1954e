"""The two Celery tasks: run one job, and sweep for those nobody was told of."""

from datetime import timedelta

from celery import shared_task
from django.utils.timezone import now

from .models import Job
from .registry import PERIODIC, enqueue, wake
from .runner import run

KEEP_DONE = timedelta(days=30)
KEEP_PERIODIC = timedelta(hours=6)  # one a minute would bury the others
BATCH = 200


@shared_task(name="jobs.run", ignore_result=True)
def run_job(pk: int) -> None:
    run(pk)


@shared_task(name="jobs.sweep", ignore_result=True)
def sweep() -> None:
    """Ask for the periodic jobs whose time has come, give up on what kills its workers, wake what is due, and drop
    what was done long ago."""
    at = now()
    for kind, seconds in PERIODIC.items():
        slot = int(at.timestamp()) // seconds
        enqueue(kind, key=f"every:{kind}:{slot}")
    Job.objects.given_up(at).update(
        state=Job.State.FAILED, finished_at=at, lease_until=None, last_error="The worker stopped at every attempt."
    )
    due = list(Job.objects.unwoken(at).order_by("run_after").values_list("pk", flat=True)[:BATCH])
    Job.objects.filter(pk__in=due).update(woken_at=at)
    for pk in due:
        wake(pk)
    done = Job.objects.filter(state=Job.State.DONE)
    done.filter(finished_at__lt=at - KEEP_DONE).delete()
    longest = timedelta(seconds=max(PERIODIC.values(), default=0))  # its row is what tells that this slot had its turn
    done.filter(finished_at__lt=at - KEEP_PERIODIC - longest, key__startswith="every:").delete()

