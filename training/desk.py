"""What the desk offers a trainee, a registrar and an instructor."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import roles_of
from lms.lib.desk import DeskItem

from . import nextsteps
from .models import ClassSession, Cohort, Enrolment
from .permissions import user_can_create_cohort, user_works_with_cohorts


def desk_items(user: User) -> list[DeskItem]:
    """A constant number of queries, whatever is studied or taught."""
    at = timezone.now()
    items = []
    enrolments = list(Enrolment.objects.of_person(user).active())
    study, teach = _("Study"), _("Cohorts")
    if enrolments:
        steps = nextsteps.steps_for(enrolments, at)
        first = next((steps[e.pk][0] for e in enrolments if steps[e.pk]), None)
        if first:
            items.append(DeskItem(study, first.title, first.url, note=first.note, primary=True, order=10))
        items.append(DeskItem(study, _("My courses"), reverse("learn"), count=len(enrolments), order=11))
    if not user_works_with_cohorts(user):
        elsewhere = bool(roles_of(user))  # whoever works here finds it further down
        items.append(DeskItem(study, _("Cohorts that take trainees"), reverse("cohort_catalogue"),
                              order=85 if elsewhere else 12, primary=not enrolments and not elsewhere))  # fmt: skip
        return items
    cohorts = Cohort.objects.visible_to(user)
    running = cohorts.filter(status=Cohort.Status.OPEN).count()
    items.append(DeskItem(teach, _("Open cohorts"), f"{reverse('cohort_list')}?status=open", count=running, order=20))
    if user_can_create_cohort(user):
        planned = cohorts.filter(status=Cohort.Status.PLANNED).count()
        url = f"{reverse('cohort_list')}?status=planned"
        items.append(DeskItem(teach, _("Planned cohorts"), url, count=planned, order=21))
        items.append(DeskItem(teach, _("Plan a cohort"), reverse("cohort_create"), order=22))
    waiting = ClassSession.objects.filter(
        cohort__in=cohorts.filter(status=Cohort.Status.OPEN), records=None, starts_at__lte=at,
        starts_at__gt=at - timedelta(days=60),
    ).order_by("starts_at")  # fmt: skip
    first = waiting.first()
    if first:
        items.append(DeskItem(teach, _("Classes without an attendance list"), first.get_absolute_url(),
                              note=first.title, count=waiting.count(), order=23))  # fmt: skip
    return items
