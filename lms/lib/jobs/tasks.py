"""The two Celery tasks: run one job, and sweep for those nobody was told of."""

from datetime import timedelta

from celery import shared_task
from django.utils.timezone import now

from .models import Job
from .registry import PERIODIC, enqueue, wake
from .runner import run

KEEP_DONE = timedelta(days=30)
BATCH = 200


@shared_task(name="jobs.run", ignore_result=True)
def run_job(pk: int) -> None:
    run(pk)


@shared_task(name="jobs.sweep", ignore_result=True)
def sweep() -> None:
    """Ask for the periodic jobs whose time has come, wake what is due, drop what was done long ago."""
    at = now()
    for kind, seconds in PERIODIC.items():
        slot = int(at.timestamp()) // seconds
        enqueue(kind, key=f"every:{kind}:{slot}")
    due = list(Job.objects.unwoken(at).order_by("run_after").values_list("pk", flat=True)[:BATCH])
    Job.objects.filter(pk__in=due).update(woken_at=at)
    for pk in due:
        wake(pk)
    Job.objects.filter(state=Job.State.DONE, finished_at__lt=at - KEEP_DONE).delete()

