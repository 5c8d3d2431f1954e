"""Says which public pages change with a cohort: the catalogue, and the page of its course with the seats that are left."""

from django.dispatch import receiver

from lms.lib.audit import logged
from lms.lib.pagecache import invalidate

from .models import Cohort
from .signals import enrolled, taken_back, withdrawn


def invalidate_cohort(cohort: Cohort) -> None:
    invalidate("cohorts", f"cohorts:{cohort.edition.course_id}")


@receiver(logged)
def on_cohort_step(sender, instance, **kwargs) -> None:
    """Opened, closed, cancelled, changed: every step of a cohort stands in the log."""
    if isinstance(instance, Cohort):
        invalidate_cohort(instance)


@receiver([enrolled, withdrawn, taken_back])
def on_seat(sender, enrolment, **kwargs) -> None:
    invalidate_cohort(enrolment.cohort)
