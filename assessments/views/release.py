"""Releasing results: the registrar shows the agreed results to the trainees, one or a whole cohort."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Role, User
from accounts.permissions import organisation_ids
from lms.lib.errors import WrongState
from lms.lib.listing import paginate
from training.models import Cohort

from ..models import QualityPolicy, Result, SampledScript, Score, Submission
from ..models.quality import held_back
from ..permissions import get_base_submission, user_can_release, user_releases_results

ROWS = 50


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What is ready, cohort by cohort, with the result it will have; one cohort alone when the address names it.

    50 on a page, a constant number of queries.
    """
    if not user_releases_results(request.user):
        raise PermissionDenied
    waiting = waiting_for_release(request.user)
    counts = dict(waiting.order_by().values_list("enrolment__cohort").annotate(Count("pk")))
    cohorts = list(Cohort.objects.filter(pk__in=counts).order_by("starts_on", "pk"))
    chosen = next((cohort for cohort in cohorts if str(cohort.uuid) == request.GET.get("cohort")), None)
    rows = ready(request.user) if chosen is None else ready(request.user).filter(enrolment__cohort=chosen)
    page = paginate(request, rows, ROWS)
    held = held_assignments({submission.assignment_id for submission in page})
    sampled = held_by_samples([submission.pk for submission in page])
    groups: dict[int, dict] = {}
    for submission in page:
        cohort = submission.enrolment.cohort
        group = groups.setdefault(cohort.pk, {"cohort": cohort, "count": counts.get(cohort.pk, 0), "rows": []})
        agreed = Result.agreed(submission)
        wait = agreed.method in Result.UNMODERATED and submission.assignment_id in held
        group["rows"].append({"submission": submission, "result": agreed, "held": wait, "sampled": submission.pk in sampled})
    context = {"groups": list(groups.values()), "page": page, "cohorts": cohorts, "chosen": chosen}
    return render(request, "assessments/release_list.html", context)


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
    waiting = ready(request.user).filter(enrolment__cohort=cohort)
    if request.method == "POST":
        done = left = 0
        held = held_assignments(set(waiting.order_by().values_list("assignment", flat=True)))
        sampled = held_by_samples(list(waiting.values_list("pk", flat=True)))
        for submission in waiting:
            if submission.pk in sampled:
                left += 1
                continue
            if submission.assignment_id in held and Result.agreed(submission).method in Result.UNMODERATED:
                left += 1
                continue
            try:
                Result.release(submission, by=request.user, at=now())
            except WrongState:
                continue
            done += 1
        text = ngettext("%(count)s result released.", "%(count)s results released.", done) % {"count": done}
        messages.success(request, text)
        if left:
            text = ngettext("%(count)s result is held back.", "%(count)s results are held back.", left) % {"count": left}
            messages.warning(request, text)
        return redirect("release_list")
    return render(request, "assessments/release_cohort.html", {"cohort": cohort, "count": waiting.count()})


def held_assignments(assignments: set[int]) -> set[int]:
    """Those of them whose results on two marks wait to be marked again: one query, and one for each that is asked about."""
    policy = QualityPolicy.objects.at(now())
    return {pk for pk in assignments if policy and held_back(pk, policy)}


def held_by_samples(submissions: list[int]) -> set[int]:
    """Those of them at which a moderator of another base still takes a second look. One query."""
    return set(SampledScript.objects.holding(now()).filter(submission__in=submissions).values_list("submission", flat=True))


def waiting_for_release(user: User) -> QuerySet[Submission]:
    """The submissions this registrar can release; never their own."""
    bases = organisation_ids(user, Role.REGISTRAR)
    found = Submission.objects.filter(
        status=Submission.Status.READY, leader=None, enrolment__cohort__organisation__in=bases
    )
    return found.exclude(enrolment__user=user).exclude(companions__enrolment__user=user)


def ready(user: User) -> QuerySet[Submission]:
    """The same, oldest first, with everything their agreed result is made of."""
    found = waiting_for_release(user).select_related(
        "enrolment__user", "enrolment__cohort__organisation", "assignment__item", "assignment__part"
    )
    return found.prefetch_related(Score.prefetch("marks__scores")).order_by(
        "enrolment__cohort__starts_on", "enrolment__cohort", "submitted_at", "pk"
    )
