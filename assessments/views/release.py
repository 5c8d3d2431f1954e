"""Releasing results: the registrar shows the agreed results to the trainees, one or a whole cohort."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Role
from accounts.permissions import organisation_ids
from lms.lib.errors import WrongState
from training.models import Cohort

from ..models import Result, Submission
from ..permissions import get_base_submission, user_can_release, user_releases_results


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What is ready, cohort by cohort, with the result it will have: a constant number of queries."""
    if not user_releases_results(request.user):
        raise PermissionDenied
    groups: dict[int, dict] = {}
    for submission in ready(request.user):
        cohort = submission.enrolment.cohort
        group = groups.setdefault(cohort.pk, {"cohort": cohort, "rows": []})
        group["rows"].append({"submission": submission, "result": Result.agreed(submission)})
    return render(request, "assessments/release_list.html", {"groups": list(groups.values())})


@login_required
@require_POST
def release(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Release one result."""
    submission = get_base_submission(request.user, uuid, Role.REGISTRAR)
    if not user_can_release(request.user, submission):
        raise PermissionDenied
    if submission.status != Submission.Status.RELEASED:  # a second click finds it done
        try:
            Result.release(submission, by=request.user, at=now())
        except WrongState as late:
            messages.warning(request, late.message)
            return redirect("release_list")
    messages.success(request, _("Result released. The trainee gets an e-mail."))
    return redirect("release_list")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def release_cohort(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask, then release everything of one cohort that is ready. What someone else released meanwhile is passed over."""
    bases = organisation_ids(request.user, Role.REGISTRAR)
    cohort = Cohort.objects.filter(uuid=uuid, organisation__in=bases).first()
    if cohort is None:
        raise Http404
    waiting = [s for s in ready(request.user) if s.enrolment.cohort_id == cohort.pk]
    if request.method == "POST":
        done = 0
        for submission in waiting:
            try:
                Result.release(submission, by=request.user, at=now())
            except WrongState:
                continue
            done += 1
        text = ngettext("%(count)s result released.", "%(count)s results released.", done) % {"count": done}
        messages.success(request, text)
        return redirect("release_list")
    return render(request, "assessments/release_cohort.html", {"cohort": cohort, "count": len(waiting)})


def ready(user):
    """The submissions this registrar can release, oldest first; never their own."""
    found = Submission.objects.filter(
        status=Submission.Status.READY, enrolment__cohort__organisation__in=organisation_ids(user, Role.REGISTRAR)
    ).exclude(enrolment__user=user)
    found = found.select_related("enrolment__user", "enrolment__cohort__organisation", "assignment__item", "assignment__part")
    return found.prefetch_related("marks__scores__band", "marks__scores__criterion").order_by(
        "enrolment__cohort__starts_on", "enrolment__cohort", "submitted_at"
    )
