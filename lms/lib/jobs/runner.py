"""Runs one claimed job: handler, then "done" and its effects in one fenced transaction."""

import logging
import traceback

from django.db import transaction
from django.utils.timezone import now

from .models import Job
from .registry import HANDLERS

logger = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another worker has taken the job over; what this one did inside the fence is rolled back."""


class Handle:
    """What a handler gets: a way to say that it is alive and how far it is."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def beat(self, done: int | None = None, total: int | None = None) -> None:
        if not self.job.renew(at=now(), done=done, total=total):
            raise LeaseLost


def run(pk: int) -> str:
    """Claim and run the job of that id. Returns "done", "retry", "failed", "lost" or "not due"."""
    job = Job.claim(pk, at=now())
    if job is None:
        return "not due"
    try:
        effect = HANDLERS[job.kind](Handle(job), **job.args)
        with transaction.atomic():
            if not job.finish(at=now()):
                raise LeaseLost
            if callable(effect):
                effect()
    except LeaseLost:
        logger.warning("job %s (%s): lease lost", pk, job.kind)
        return "lost"
    except Exception as error:
        # The class and the place, not the message: a message may carry personal data.
        place = traceback.extract_tb(error.__traceback__)[-1]
        problem = f"{type(error).__name__} in {place.name}, line {place.lineno}"
        job.fail(problem, at=now())
        job.refresh_from_db(fields=["state"])
        failed = job.state == Job.State.FAILED
        # The whole story once at the beginning and once at the end; a line for the attempts between.
        level = logging.ERROR if failed or job.attempts == 1 else logging.WARNING
        logger.log(
            level, "job %s (%s): attempt %s: %s", pk, job.kind, job.attempts, problem, exc_info=level == logging.ERROR
        )
        return "failed" if failed else "retry"
    return "done"


def run_due() -> int:
    """Run everything that is due, here and now, until nothing is. For tests and one-off commands."""
    count = 0
    while (job := Job.objects.due(now()).order_by("run_after", "pk").first()) is not None:
        run(job.pk)
        count += 1
    return count
