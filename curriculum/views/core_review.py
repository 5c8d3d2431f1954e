"""Releasing a core page: sent by its author, approved by two other people of the authority."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lms.lib.errors import WrongState
from lms.lib.language import local

from ..alignment import Gap
from ..comparing import compare
from ..contents import page_gaps
from ..core_forms import CoreSubmitForm
from ..core_permissions import (
    get_core_page_for,
    get_core_review_for,
    user_can_approve_core,
    user_can_return_core,
    user_can_withdraw_core,
    user_can_write_core,
)
from ..forms import DecisionForm, ReturnForm
from ..models import CoreRelease, CoreReview, ReviewGap
from ..wording import gap_text
from .core import page_view
from .preview import draw_page


@login_required
@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a core page to review. What is not finished comes back by name, with 409; a second click finds the review."""
    page = get_core_page_for(request.user, pk)
    if not user_can_write_core(request.user):
        raise PermissionDenied
    if under_way := page.core_reviews.open().filter(submitted_by=request.user).first():
        return redirect(under_way)
    form = CoreSubmitForm(request.POST)
    if not form.is_valid():
        return page_view(request, page, form, status=422)
    try:
        review = CoreReview.submit(page, by=request.user, at=now(), note=form.cleaned_data["note"])
    except ReviewGap as refusal:
        return page_view(request, page, form, refused=refusal.gaps, status=409)
    messages.success(request, _("The page is with the authority's reviewers."))
    return redirect(review)


@login_required
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _review_page(request, get_core_review_for(request.user, uuid))


@login_required
@require_safe
def preview(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The page exactly as it was submitted."""
    review = get_core_review_for(request.user, uuid)
    page, content = review.revision.as_object(), review.revision.content
    back = review.get_absolute_url()
    return draw_page(request, review.kind, page, content, back=back, back_title=local(page, "title"))


@login_required
@require_POST
def approve(request: HttpRequest, uuid: UUID) -> HttpResponse:
    review = get_core_review_for(request.user, uuid)
    form = DecisionForm(request.POST)
    if _is_second_click(request, review, form):
        return redirect(review)
    if not user_can_approve_core(request.user, review):
        raise PermissionDenied
    if not form.is_valid():
        return _review_page(request, review, approval=form, status=422)
    _require_stage(review, form)
    try:
        review.approve(by=request.user, at=now(), comment=form.cleaned_data["comment"])
    except ReviewGap as refusal:
        review.refresh_from_db()
        return _review_page(request, review, approval=form, refused=refusal.gaps, status=409)
    if review.release:
        messages.success(request, _("Version %(number)s is released and on offer to the bases.")
                         % {"number": review.release.number})  # fmt: skip
    else:
        messages.success(request, _("Approved: a second reviewer decides now."))
    return redirect(review)


@login_required
@require_POST
def return_to_author(request: HttpRequest, uuid: UUID) -> HttpResponse:
    review = get_core_review_for(request.user, uuid)
    form = ReturnForm(request.POST)
    if _is_second_click(request, review, form):
        return redirect(review)
    if not user_can_return_core(request.user, review):
        raise PermissionDenied
    if not form.is_valid():
        return _review_page(request, review, returning=form, status=422)
    _require_stage(review, form)
    review.return_to_author(by=request.user, at=now(), comment=form.cleaned_data["comment"])
    messages.success(request, _("The page is back with its author."))
    return redirect(review)


@login_required
@require_POST
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    review = get_core_review_for(request.user, uuid)
    if review.status == CoreReview.Status.WITHDRAWN:  # a second click finds it done
        return redirect(review)
    if not user_can_withdraw_core(request.user, review):
        raise PermissionDenied
    review.withdraw(by=request.user, at=now())
    messages.success(request, _("The page is withdrawn from review; you can go on working on it."))
    return redirect(review)


def _is_second_click(request: HttpRequest, review: CoreReview, form: DecisionForm) -> bool:
    """Whether this person has decided the stage they were looking at already."""
    stage = form.data.get("stage", "")
    return review.status != stage and review.steps.filter(stage=stage, decided_by=request.user).exists()


def _require_stage(review: CoreReview, form: DecisionForm) -> None:
    if form.cleaned_data["stage"] != review.status:
        raise WrongState(_("This review has been decided meanwhile."), obj=review)


def _review_page(
    request: HttpRequest, review: CoreReview, *, approval: DecisionForm | None = None,
    returning: ReturnForm | None = None, refused: list[Gap] | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    content = review.revision.content
    before = CoreRelease.objects.filter(page=review.page_id, released_at__lt=review.submitted_at)
    before = before.select_related("revision").first()
    typed = {"stage": review.status}
    context = {
        "review": review,
        "kind": review.kind,
        "content": content,
        "steps": review.steps.select_related("decided_by"),
        "before": before,
        "comparison": compare(review.kind, before.content(), content) if before else None,
        "gaps": [gap_text(gap) for gap in refused or page_gaps(review.kind, content)],
        "approval": approval or DecisionForm(initial=typed),
        "returning": returning or ReturnForm(initial=typed, auto_id="return_%s"),
        "may_approve": user_can_approve_core(request.user, review),
        "may_return": user_can_return_core(request.user, review),
        "may_withdraw": user_can_withdraw_core(request.user, review),
        "is_open": review.status in CoreReview.OPEN,
    }
    return render(request, "curriculum/core_review.html", context, status=status)
