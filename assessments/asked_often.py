"""Queries behind pages that many people open at once, made once each. Who may see what is said in permissions.py."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from lms.lib.compiled import Compiled
from training.models import Cohort

from .models import Submission

OF_SUBMISSION = ("enrolment__cohort__organisation", "enrolment__user", "assignment__item", "assignment__part")


def cohorts_seen(user: int, whole: list[int], taught: list[int]) -> QuerySet[Cohort]:
    """Every cohort of the organisations in `whole`, and of those in `taught` the ones that the person teaches."""
    teaches = Exists(Cohort.instructors.through.objects.filter(cohort=OuterRef("pk"), user=user))
    return Cohort.objects.filter(Q(organisation__in=whole) | Q(teaches, organisation__in=taught))


def own_submissions(user: int, uuid: UUID) -> QuerySet[Submission]:
    """The person's own work product, alone or shared in a team, with what its pages need."""
    shared = Exists(Submission.objects.filter(leader=OuterRef("pk"), enrolment__user=user))
    found = Submission.objects.select_related(*OF_SUBMISSION, "run", "assignment__rubric")
    return found.filter(shared | Q(enrolment__user=user), uuid=uuid)


cohort_seen = Compiled(
    lambda uuid, user, whole, taught: cohorts_seen(user, whole, taught).filter(uuid=uuid).select_related("organisation")
)
own_submission = Compiled(own_submissions)
own_draft = Compiled(
    lambda user, uuid: own_submissions(user, uuid).select_related(None).select_related("assignment__item")
    .defer("fields", "checks", "late", "ai_use")
)  # fmt: skip
