"""Moderation of marks: submissions on which two assessors disagreed, shown without names."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from accounts.permissions import organisation_ids
from lms.lib.errors import WrongState

from ..models import Allocation, Mark, SampledScript, Submission
from ..models.marks import BLIND, DECIDING, Score
from ..models.queues import fit_to_judge
from ..permissions import get_base_submission, user_can_moderate, user_is_moderator


@login_required
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """What waits for a moderator of the base, longest first, with the reasons; and what one holds."""
    if not user_is_moderator(request.user):
        raise PermissionDenied
    turns = Allocation.objects.filter(assessor=request.user, kind__in=DECIDING)
    turns = turns.select_related("submission__assignment__item", "submission__enrolment")
    context = {
        "rows": waiting_rows(request.user),
        "held": list(turns.filter(status=Allocation.Status.TAKEN)),
        "recent": list(turns.filter(status=Allocation.Status.DONE).select_related("mark", "sampled").order_by("-pk")[:10]),
        "samples": SampledScript.objects.for_moderator(request.user, at=now()).count(),
    }
    return render(request, "assessments/moderation_queue.html", context)


@login_required
@require_POST
def take(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take one submission for moderation."""
    submission = get_base_submission(request.user, uuid, Role.MODERATOR)
    if not user_can_moderate(request.user, submission):
        raise PermissionDenied
    try:
        return redirect(Allocation.take_for_moderation(submission, request.user, at=now()))
    except WrongState as late:  # the submission's own page is the trainee's
        messages.warning(request, late.message)
        return redirect("moderation_queue")


def in_moderation(user):
    """The submissions this moderator could decide: of their bases, neither their own nor marked or taught by them, and
    without a declared conflict."""
    found = Submission.objects.filter(
        status=Submission.Status.IN_MODERATION,
        leader=None,
        enrolment__cohort__organisation__in=organisation_ids(user, Role.MODERATOR),
    )
    return fit_to_judge(found, user, at=now()).order_by("submitted_at", "pk")


def waiting_rows(user) -> list[dict]:
    """Return those submissions with why they are here: a constant number of queries."""
    taken = Allocation.objects.filter(kind=Allocation.Kind.MODERATED, status=Allocation.Status.TAKEN, lease_until__gte=now())
    found = in_moderation(user).exclude(allocations__in=taken).select_related(
        "assignment__item", "assignment__part", "enrolment", "remark_order"
    )
    found = found.prefetch_related(Score.prefetch("marks__scores"), "marks__rubric__criteria__bands")
    rows = []
    for submission in found[:100]:
        marks = {mark.kind: mark for mark in submission.marks.all()}
        for mark in marks.values():
            mark.submission = submission
        rows.append(
            {
                "submission": submission,
                "apart": Mark.compare(*(marks[kind] for kind in BLIND)),
                "limit": submission.assignment.disagreement_limit,
                "order": getattr(submission, "remark_order", None),
            }
        )
    return rows
