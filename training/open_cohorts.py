"""The cohorts that take trainees now, on the public page of their course."""

from django.utils.timezone import now
from django.utils.translation import gettext as _

from curriculum.models import CoursePage
from curriculum.panels import Panel, register

from .models import Cohort


@register
def open_cohorts(course: CoursePage) -> list[Panel]:
    """One panel, also when there is none to enter: one query."""
    cohorts = Cohort.objects.enrollable(now()).filter(edition__course=course).with_taken().order_by("starts_on")[:6]
    return [Panel(_("Cohorts that take trainees"), "training/_open_cohorts.html", {"cohorts": list(cohorts)})]
