"""Reviews of whole courses: the list, one review with everything a reviewer needs, and the three steps."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Organisation
from lms.lib.errors import WrongState
from lms.lib.jobs import enqueue
from lms.lib.language import local
from lms.lib.listing import csv_response, paginate

from ..alignment import Gap
from ..coverage import changes, coverage
from ..demand_checks import review_gaps
from ..forms import DecisionForm, PlanForm, PublishForm, ReturnForm
from ..models import CourseReview, Edition, ReviewGap
from ..permissions import (
    get_review_for,
    reviews_visible_to,
    reviews_waiting_for,
    user_can_approve,
    user_can_plan,
    user_can_return,
    user_can_withdraw,
    user_has_reviews,
)
from ..remarks import open_remarks
from ..wording import gap_text
from .preview import draw_page

AT_ONCE = 60  # pages that are published while the reviewer waits, about a second; more of them are the worker's

@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What waits for this person first; all reviews they may read by state and base; CSV of what is filtered."""
    user = request.user
    if not user_has_reviews(user):
        raise PermissionDenied
    reviews = reviews_visible_to(user).select_related("course__level", "organisation", "submitted_by")
    state, base = request.GET.get("status", ""), request.GET.get("base", "")
    if state == "waiting":
        reviews = reviews.filter(pk__in=reviews_waiting_for(user).values("pk"))
    elif state in CourseReview.Status.values:
        reviews = reviews.filter(status=state)
    if base:
        reviews = reviews.filter(organisation__slug=base)
    if request.GET.get("format") == "csv":
        headings = [_("Course"), _("Training base"), _("State"), _("Submitted"), _("Finished")]
        rows = (
            [r.course.title, r.organisation.name, r.get_status_display(), _minute(r.submitted_at), _minute(r.finished_at)]
            for r in reviews.iterator()
        )
        return csv_response("reviews.csv", headings, rows)
    context = {
        "page": paginate(request, reviews, 20),
        "waiting": reviews_waiting_for(user).count(),
        "statuses": CourseReview.Status.choices,
        "bases": Organisation.objects.filter(course_reviews__in=reviews_visible_to(user)).distinct(),
        "status": state,
        "base": base,
    }
    return render(request, "curriculum/review_list.html", context)


@login_required
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _review_page(request, get_review_for(request.user, uuid))


@login_required
@require_POST
def approve(request: HttpRequest, uuid: UUID) -> HttpResponse:
    review = get_review_for(request.user, uuid)
    last = review.status == CourseReview.Status.WITH_AUTHORITY
    form = PublishForm(request.POST) if last else DecisionForm(request.POST)
    if _is_second_click(request, review, form):
        return redirect(review)
    if not user_can_approve(request.user, review):
        raise PermissionDenied
    if not form.is_valid():
        return _review_page(request, review, approval=form, status=422)
    _require_stage(review, form)
    try:
        with transaction.atomic():
            if last and review.go_live_at != form.cleaned_data["go_live_at"]:
                review.plan(form.cleaned_data["go_live_at"], by=request.user, at=now())
            review.approve(by=request.user, at=now(), comment=form.cleaned_data["comment"], at_once=AT_ONCE)
            if _is_publishing(review):
                enqueue("curriculum.publish_scheduled")
    except ReviewGap as refusal:
        review.refresh_from_db()
        return _review_page(request, review, approval=form, refused=refusal.gaps, status=409)
    if review.status == CourseReview.Status.APPROVED:
        messages.success(request, _("Approved: the pages are published and the edition is made."))
    elif _is_publishing(review):
        messages.success(request, _("Approved: the pages are being published; the edition appears here in a moment."))
    elif review.status == CourseReview.Status.SCHEDULED:
        messages.success(request, _("Approved: the pages are published on their day."))
    else:
        messages.success(request, _("Approved: the course is with the authority now."))
    return redirect(review)


@login_required
@require_POST
def plan(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Move the day of an approved course, or publish it with the next minute."""
    review = get_review_for(request.user, uuid)
    if review.status == CourseReview.Status.APPROVED:  # its day came while the page was open
        return redirect(review)
    if not user_can_plan(request.user, review):
        raise PermissionDenied
    form = PlanForm(request.POST)
    if not form.is_valid():
        return _review_page(request, review, planning=form, status=422)
    review.plan(form.cleaned_data["go_live_at"], by=request.user, at=now())
    messages.success(request, _("The day of publication is set; without one the course is published within a minute."))
    return redirect(review)


@login_required
@require_POST
def return_to_author(request: HttpRequest, uuid: UUID) -> HttpResponse:
    review = get_review_for(request.user, uuid)
    form = ReturnForm(request.POST)
    if _is_second_click(request, review, form):
        return redirect(review)
    if not user_can_return(request.user, review):
        raise PermissionDenied
    if not form.is_valid():
        return _review_page(request, review, returning=form, status=422)
    _require_stage(review, form)
    review.return_to_author(by=request.user, at=now(), comment=form.cleaned_data["comment"])
    messages.success(request, _("The course is back with its author."))
    return redirect(review)


@login_required
@require_POST
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    review = get_review_for(request.user, uuid)
    if review.status == CourseReview.Status.WITHDRAWN:  # a second click finds it done
        return redirect(review)
    if not user_can_withdraw(request.user, review):
        raise PermissionDenied
    review.withdraw(by=request.user, at=now())
    messages.success(request, _("The course is withdrawn from review; you can go on working on it."))
    return redirect(review)


@login_required
@require_safe
def preview(request: HttpRequest, uuid: UUID, place: int) -> HttpResponse:
    """A page of the course exactly as it was submitted. place: its position in the contents, from 0."""
    review = get_review_for(request.user, uuid)
    entries = review.entries()
    if place >= len(entries):
        raise Http404
    entry = entries[place]
    links = [(local(e.content, "title"), place == i, i) for i, e in enumerate(entries)]
    return draw_page(
        request, entry.kind, entry.revision.as_object(), entry.content,
        back=review.get_absolute_url(), back_title=local(review.course, "title"), review=review, links=links,
        core_release=entry.release,
    )  # fmt: skip


def _is_publishing(review: CourseReview) -> bool:
    """Approved and due: the worker is at it, or will be in a moment."""
    return review.status == CourseReview.Status.SCHEDULED and review.go_live_at <= now()


def _minute(moment: datetime | None) -> str:
    return localtime(moment).isoformat(" ", "minutes") if moment else ""


def _is_second_click(request: HttpRequest, review: CourseReview, form: DecisionForm) -> bool:
    """Whether this person has decided the stage they were looking at already."""
    stage = form.data.get("stage", "")
    return review.status != stage and review.steps.filter(stage=stage, decided_by=request.user).exists()


def _approval_form(review: CourseReview, typed: dict[str, str]) -> DecisionForm:
    """At the authority the author's wish is filled in, unless its day has passed."""
    if review.status != CourseReview.Status.WITH_AUTHORITY:
        return DecisionForm(initial=typed)
    wish = review.go_live_at if review.go_live_at and review.go_live_at > now() else None
    return PublishForm(initial=typed | {"go_live_at": wish})


def _require_stage(review: CourseReview, form: DecisionForm) -> None:
    if form.cleaned_data["stage"] != review.status:
        raise WrongState(_("This review has been decided meanwhile."), obj=review)


def _review_page(
    request: HttpRequest, review: CourseReview, *, approval: DecisionForm | None = None,
    returning: ReturnForm | None = None, planning: PlanForm | None = None, refused: list[Gap] | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    entries = review.entries()
    gaps = review_gaps(entries)
    before = Edition.objects.filter(course=review.course_id, created_at__lt=review.submitted_at).first()
    typed = {"stage": review.status}
    context = {
        "review": review,
        "steps": review.steps.select_related("decided_by"),
        "changes": changes(entries, before),
        "before": before,
        "modules": coverage(entries),
        "blocking": [gap_text(gap) for gap in (refused or gaps) if gap.blocking],
        "warnings": [gap_text(gap) for gap in gaps if not gap.blocking],
        "approval": approval or _approval_form(review, typed),
        "planning": planning or PlanForm(initial={"go_live_at": review.go_live_at}, auto_id="plan_%s"),
        "may_plan": user_can_plan(request.user, review),
        "remarks": open_remarks(entries),
        "returning": returning or ReturnForm(initial=typed, auto_id="return_%s"),
        "may_approve": user_can_approve(request.user, review),
        "may_return": user_can_return(request.user, review),
        "may_withdraw": user_can_withdraw(request.user, review),
        "publishing": _is_publishing(review),
        "is_open": review.status in CourseReview.OPEN,
    }
    return render(request, "curriculum/review_detail.html", context, status=status)
