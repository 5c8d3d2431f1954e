"""What this app tells curriculum: the cohorts that take trainees now (on a course's public page), and that trainees of
a base may open its files."""

from datetime import date

from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from curriculum.agenda import Event
from curriculum.agenda import register as register_events
from curriculum.files import register_reader
from curriculum.models import CoursePage
from curriculum.panels import Panel, register
from curriculum.running import register as register_running
from lms.lib.language import local

from .models import Cohort, Enrolment


@register
def open_cohorts(course: CoursePage) -> list[Panel]:
    """One panel, also when there is none to enter, until the next window opens or closes: one query."""
    at = now()
    coming = Cohort.objects.filter(edition__course=course, status=Cohort.Status.OPEN, enrol_until__gt=at)
    cohorts = list(coming.with_taken().order_by("starts_on"))
    entered = [cohort for cohort in cohorts if cohort.window_state(at) == "open"]
    until = min((c.enrol_until if c in entered else c.enrol_from for c in cohorts), default=None)
    title, template = _("Cohorts that take trainees"), "training/_open_cohorts.html"
    return [Panel(title, template, {"cohorts": entered[:6]}, until=until)]


@register_running
def taught_editions() -> list[int]:
    """Editions of cohorts that are planned or open."""
    running = Cohort.objects.filter(status__in=[Cohort.Status.PLANNED, Cohort.Status.OPEN])
    return list(running.order_by().values_list("edition_id", flat=True).distinct())


@register_events
def cohort_starts(organisations: list[Organisation], first: date, last: date) -> list[Event]:
    """The first days of cohorts that are planned or open: one query."""
    cohorts = Cohort.objects.filter(organisation__in=organisations, starts_on__range=(first, last))
    cohorts = cohorts.filter(status__in=[Cohort.Status.PLANNED, Cohort.Status.OPEN]).select_related("organisation")
    return [
        Event(cohort.starts_on, "cohort", local(cohort, "title"), "", str(cohort.organisation), f"cohort-{cohort.uuid}")
        for cohort in cohorts
    ]


@register_reader
def trainee_of_base(user: User, organisation: Organisation) -> bool:
    """Whoever is or was enrolled at the base and did not withdraw."""
    return Enrolment.objects.taking_a_seat().filter(user=user, cohort__organisation=organisation).exists()
