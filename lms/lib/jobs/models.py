"""The job row: state, lease and fencing token."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.lib.compiled import Compiled


class JobQuerySet(models.QuerySet):
    def once(self, key: str, fields: dict[str, Any]) -> tuple["Job", bool]:
        """Return the job of that key, and whether it was made now."""
        if found := _with_key.first(key):
            return found, False
        try:
            with transaction.atomic():
                return self.create(key=key, **fields), True
        except IntegrityError:  # somebody else made it meanwhile
            return self.get(key=key), False

    def due(self, at: datetime):
        """Jobs to be run now: waiting and due, or running with a lease that has run out and attempts left."""
        return self.filter(
            Q(state=Job.State.QUEUED, run_after__lte=at)
            | Q(state=Job.State.RUNNING, lease_until__lt=at, attempts__lt=settings.JOB_MAX_ATTEMPTS)
        )

    def unwoken(self, at: datetime):
        """Due jobs nobody was told of lately, so that a sweep does not send the whole backlog again."""
        lately = at - timedelta(seconds=settings.JOB_LEASE_SECONDS / 4)
        return self.due(at).filter(Q(woken_at=None) | Q(woken_at__lt=lately))

    def given_up(self, at: datetime):
        """Jobs whose worker died every time they were tried: the lease is over and no attempt is left."""
        return self.filter(state=Job.State.RUNNING, lease_until__lt=at, attempts__gte=settings.JOB_MAX_ATTEMPTS)


class Job(models.Model):
    class State(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("job", "waiting")
        RUNNING = "running", pgettext_lazy("job", "running")
        DONE = "done", pgettext_lazy("job", "done")
        FAILED = "failed", pgettext_lazy("job", "failed")

    kind = models.CharField(max_length=60)
    args = models.JSONField(default=dict)
    key = models.CharField(max_length=120, unique=True, null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    run_after = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    token = models.UUIDField(null=True, blank=True)
    woken_at = models.DateTimeField(null=True, blank=True)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["state", "run_after"])]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="running") | Q(token__isnull=False, lease_until__isnull=False),
                name="running_job_has_lease",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @classmethod
    def claim(cls, pk: int, *, at: datetime) -> "Job | None":
        """Take the job for one lease, by one conditional UPDATE. None when it is not due or somebody else has it."""
        token = uuid.uuid4()
        taken = (
            cls.objects.due(at)
            .filter(pk=pk)
            .update(
                state=cls.State.RUNNING,
                token=token,
                lease_until=at + timedelta(seconds=settings.JOB_LEASE_SECONDS),
                attempts=F("attempts") + 1,
            )
        )
        return cls.objects.get(pk=pk, token=token) if taken else None

    def mine(self):
        """The row, as long as this claim still holds it."""
        return Job.objects.filter(pk=self.pk, token=self.token, state=Job.State.RUNNING)

    def renew(self, *, at: datetime, done: int | None = None, total: int | None = None) -> bool:
        """Lengthen the lease and note the progress. False when the lease was lost."""
        fields: dict = {"lease_until": at + timedelta(seconds=settings.JOB_LEASE_SECONDS)}
        if done is not None:
            fields["progress_done"] = done
        if total is not None:
            fields["progress_total"] = total
        return bool(self.mine().update(**fields))

    def finish(self, *, at: datetime) -> bool:
        return bool(self.mine().update(state=Job.State.DONE, finished_at=at, lease_until=None, last_error=""))

    def fail(self, error: str, *, at: datetime) -> bool:
        """Try again later, each time after a longer wait, until the attempts are used up."""
        if self.attempts >= settings.JOB_MAX_ATTEMPTS:
            fields: dict = {"state": Job.State.FAILED, "finished_at": at}
        else:
            wait = min(3600, 2**self.attempts * 5)
            fields = {"state": Job.State.QUEUED, "run_after": at + timedelta(seconds=wait), "woken_at": None}
        return bool(self.mine().update(last_error=error[-4000:], lease_until=None, **fields))

    def retry(self, *, at: datetime) -> bool:
        """Put a failed job back into the queue with fresh attempts. False when it is not a failed one."""
        return bool(
            Job.objects.filter(pk=self.pk, state=Job.State.FAILED).update(
                state=Job.State.QUEUED, attempts=0, run_after=at, finished_at=None, woken_at=None
            )
        )


_with_key = Compiled(lambda key: Job.objects.filter(key=key))
