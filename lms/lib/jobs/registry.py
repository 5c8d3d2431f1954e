"""Names of kinds of jobs, and the one way to ask for one."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

HANDLERS: dict[str, Callable[..., Any]] = {}
# Kinds that beat asks for by itself: kind -> seconds between two.
PERIODIC: dict[str, int] = {}
# What each kind does, in words; the product fills it in when it starts.
TITLES: dict[str, Any] = {}

logger = logging.getLogger(__name__)


def job(kind: str, *, every: int | None = None) -> Callable:
    """Register a handler `(handle, **args)`; with `every`, beat enqueues it that often (seconds) without arguments.

    What the handler does to the database before it returns is committed as it goes. What must happen exactly once it
    returns as a callable: that runs in the same transaction as the fenced "done", so a worker that lost its lease
    leaves nothing behind.
    """

    def register(handler: Callable) -> Callable:
        if HANDLERS.setdefault(kind, handler) is not handler:
            raise ValueError(f"Two handlers for the job kind {kind}")
        if every:
            PERIODIC[kind] = every
        return handler

    return register


def title_of(kind: str) -> str:
    """A kind that an earlier version knew has no words any more; it is told by its name."""
    return TITLES.get(kind, kind)


def enqueue(kind: str, *, key: str | None = None, run_after: datetime | None = None, **args: Any):
    """Write the job in the caller's transaction and wake a worker when it commits.

    key: the same key twice is one job, whatever happened to the first. Returns the job.
    """
    from django.db import transaction
    from django.utils.timezone import now

    from .models import Job

    if kind not in HANDLERS:
        raise ValueError(f"No handler for the job kind {kind}")
    fields = {"kind": kind, "args": args, "run_after": run_after or now()}
    if key is None:
        found, created = Job.objects.create(**fields), True
    else:
        found, created = Job.objects.once(key, fields)
    if created and run_after is None:
        transaction.on_commit(lambda: wake(found.pk))
    return found


def wake(pk: int) -> None:
    """Tell a worker about a job. Nothing depends on it: the sweep finds what was not told."""
    from .tasks import run_job

    try:
        run_job.apply_async((pk,), retry=False)  # a person waits for this page; the sweep has time
    except Exception:
        logger.warning("job %s: broker out of reach, left to the sweep", pk)
