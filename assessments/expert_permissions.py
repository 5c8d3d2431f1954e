"""Which work an expert of a firm may read: each rule one sentence, and the lookup that answers 404."""

from uuid import UUID

from django.http import Http404

from accounts.models import User
from curriculum.demand_permissions import firms_of
from training.models import Cohort

from .models import ExpertComment, Submission
from .models.expert import open_to_firms
from .permissions import OF_SUBMISSION


def works_for_experts(user: User):
    """Released work on cases from the demands of the person's firm, whose trainees consent; never their own."""
    firms = firms_of(user)
    if not firms:
        return Submission.objects.none()
    found = open_to_firms(firms).exclude(enrolment__user=user).exclude(companions__enrolment__user=user)
    return found.select_related(*OF_SUBMISSION)


def get_expert_work(user: User, uuid: UUID) -> Submission:
    """Return a work product that the person may read for their firm, or 404."""
    found = works_for_experts(user).select_related("run__enrolment__cohort").filter(uuid=uuid).first()
    if found is None:
        raise Http404
    found.run.assignment = found.assignment
    return found


def comments_in(cohort: Cohort, enrolment_id: int, assignment_id: int):
    """Experts' comments on one trainee's work on one assignment, alone or in a team, for whoever sees the gradebook."""
    rows = Submission.objects.filter(enrolment=enrolment_id, assignment=assignment_id, enrolment__cohort=cohort)
    works = {row.leader_id or row.pk for row in rows}
    return ExpertComment.objects.filter(submission__in=works).select_related("organisation")
