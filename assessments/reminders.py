"""Reminders of appeals whose next decision is overdue: one mail to each person who can act, not again within three days."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import Membership, Role, User
from lms.lib.jobs import enqueue

from .elsewhere import fresh_moderators
from .models import Appeal

AGAIN = timedelta(days=3)


def people_for(appeal: Appeal) -> QuerySet[User]:
    """Who can act on an appeal: on form and while it waits for a fresh mark the registrars and moderators of the base, on
    the appeal itself its fresh moderators, and where there are none those of other bases and of the authority."""
    base = appeal.work.enrolment.cohort.organisation_id
    active = Membership.objects.in_force().filter(user__is_active=True)
    if appeal.status != Appeal.Status.MARKED:
        at_base = active.filter(organisation=base, role__in=[Role.REGISTRAR, Role.MODERATOR])
        marked = appeal.work.marks.values("assessor")
        return User.objects.filter(pk__in=at_base.values("user")).exclude(pk__in=marked).exclude(pk=appeal.work.enrolment.user_id)
    if (fresh := fresh_moderators(appeal)).exists():
        return fresh
    here = active.filter(organisation=base).values("user")
    others = active.filter(role=Role.MODERATOR).exclude(user__in=here)
    marked = appeal.work.marks.values("assessor")
    return User.objects.filter(pk__in=others.values("user")).exclude(pk__in=marked).exclude(pk=appeal.work.enrolment.user_id)


def remind(at: datetime) -> int:
    """Ask for one mail to each person with overdue appeals to act on. Returns how many people. Twice a day is harmless."""
    counts: dict[int, int] = {}
    due = Q(reminded_at=None) | Q(reminded_at__lte=at - AGAIN)
    with transaction.atomic():
        found = Appeal.objects.overdue(at).filter(due).select_related("work__enrolment__cohort")
        for appeal in found:
            if not Appeal.objects.filter(due, pk=appeal.pk).update(reminded_at=at):
                continue
            for person in people_for(appeal).values_list("pk", flat=True):
                counts[person] = counts.get(person, 0) + 1
        for person, count in counts.items():
            key = f"remind-appeals:{person}:{at:%Y%m%d%H%M}"
            enqueue("assessments.mail_overdue_appeals", key=key, person=person, count=count, stamp=f"{at:%Y%m%d%H%M}")
    return len(counts)
