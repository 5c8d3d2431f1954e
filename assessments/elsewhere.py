"""Appeals that moderators of other bases and of the authority decide: those that nobody at the base can decide any more,
because every moderator there marked the work or teaches the cohort, and those that the base has let become overdue."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Membership, Role, User
from accounts.permissions import organisation_ids
from training.models import Cohort

from .models import Appeal, Conflict, Mark


def fresh_moderators(appeal: Appeal) -> QuerySet[User]:
    """The moderators of the base who may decide: they neither marked the work nor teach the cohort, nor is it theirs."""
    cohort = appeal.work.enrolment.cohort
    here = Membership.objects.in_force().filter(role=Role.MODERATOR, organisation=cohort.organisation_id)
    found = User.objects.filter(is_active=True, pk__in=here.values("user"))
    found = found.exclude(pk__in=Mark.objects.filter(submission=appeal.work_id).values("assessor"))
    found = found.exclude(pk__in=cohort.instructors.values("pk")).exclude(pk=appeal.work.enrolment.user_id)
    return found.exclude(pk__in=appeal.work.companions.values("enrolment__user"))


def waiting_elsewhere(at: datetime) -> QuerySet[Appeal]:
    """Those that wait for a decision and are open to moderators of other bases."""
    marked = Mark.objects.filter(submission=OuterRef(OuterRef("work")), assessor=OuterRef("user"))
    teaching = Cohort.instructors.through.objects.filter(
        cohort=OuterRef(OuterRef("work__enrolment__cohort")), user=OuterRef("user")
    )
    here = Membership.objects.in_force().filter(
        ~Exists(marked), ~Exists(teaching), role=Role.MODERATOR, user__is_active=True,
        organisation=OuterRef("work__enrolment__cohort__organisation"),
    )  # fmt: skip
    here = here.exclude(user=OuterRef("work__enrolment__user"))
    return Appeal.objects.filter(Q(decide_until__lte=at) | ~Exists(here), status=Appeal.Status.MARKED)


def open_to(user: User, at: datetime) -> QuerySet[Appeal]:
    """Those that this moderator decides though they are another base's. Never of work that they marked or did, nor of a
    base to which they belong, nor where they declared a conflict."""
    if not organisation_ids(user, Role.MODERATOR):
        return Appeal.objects.none()
    own = {membership.organisation_id for membership in user.active_memberships}
    found = waiting_elsewhere(at).exclude(work__enrolment__cohort__organisation__in=own).exclude(work__marks__assessor=user)
    found = found.exclude(work__enrolment__cohort__instructors=user).exclude(work__enrolment__user=user)
    theirs = Conflict.objects.enrolments_of(user, at=at)
    found = found.exclude(work__enrolment__in=theirs).exclude(work__companions__enrolment__in=theirs)
    return found.exclude(work__companions__enrolment__user=user)
