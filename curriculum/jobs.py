"""Background work of this app."""

from django.utils.timezone import now

from lms.lib.jobs import job

from .models import ReviewTask


@job("curriculum.sweep_review_tasks", every=24 * 60 * 60)
def sweep_review_tasks(handle) -> None:
    """Once a day, and whenever a statute was changed: open and settle review tasks. Again changes nothing."""
    ReviewTask.objects.sweep(at=now())
