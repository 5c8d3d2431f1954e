"""The training app's job: close study visits that fell silent."""

from django.utils.timezone import now

from lms.lib.jobs.registry import job

from .models import StudyVisit


@job("training.close_idle_visits", every=60)
def close_idle_visits(handle, **args) -> None:
    """Close silent visits in batches; their whole minutes go to the ledger."""
    while StudyVisit.objects.close_idle(now()):
        handle.beat()
