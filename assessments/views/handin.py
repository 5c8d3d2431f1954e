"""Handing the work product in, its receipt, and the released result."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from .. import productform
from ..feedback import criteria_of
from ..forms import HandInForm
from ..models import NotComplete, StaleDraft, Submission
from ..models.submissions import MAX_ATTEMPTS
from ..permissions import get_own_submission
from ..workproduct import problems
from .product import number_of


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def hand_in(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What is about to be handed in, what is still missing, the declaration. Twice is harmless: the same receipt."""
    submission = get_own_submission(request.user, uuid)
    if not submission.is_draft:
        return redirect("submission_receipt", submission.uuid)
    deliverable = submission.assignment.script().deliverable
    files = submission.current_files()
    form = HandInForm(request.POST if request.method == "POST" else None)
    found = problems(deliverable, submission.fields, files=len(files))
    stale, status = False, 200
    if request.method == "POST" and form.is_valid() and not found:
        try:
            number = number_of(request) if "number" in request.POST else None
            submission.hand_in(at=now(), ai_use=form.declaration(), number=number)
        except StaleDraft:
            stale = True
            found = problems(deliverable, submission.fields, files=len(files))
        except NotComplete as error:  # another window emptied a field meanwhile
            submission.refresh_from_db()
            found = error.problems
        else:
            return redirect("submission_receipt", submission.uuid)
    if request.method == "POST":
        status = 409 if stale else 422
    context = {
        "submission": submission,
        "item": submission.assignment.item,
        "enrolment": submission.enrolment,
        "cohort": submission.enrolment.cohort,
        "deliverable": deliverable,
        "fields": productform.draw(deliverable, submission.fields),
        "files": files,
        "form": form,
        "stale": stale,
        "missing": productform.labels(deliverable, found, english=(get_language() or "").startswith("en")),
    }
    return render(request, "assessments/submission_hand_in.html", context, status=status)


@login_required
@require_safe
def receipt(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What was handed in, when by the server's clock, and its hash, computed again for this page."""
    submission = get_own_submission(request.user, uuid)
    if submission.is_draft:
        return redirect(submission)
    deliverable = submission.assignment.script().deliverable
    context = {
        "submission": submission,
        "item": submission.assignment.item,
        "enrolment": submission.enrolment,
        "cohort": submission.enrolment.cohort,
        "deliverable": deliverable,
        "fields": productform.draw(deliverable, submission.fields),
        "files": submission.current_files(),
        "holds": submission.receipt_holds(),
        "released": submission.status == Submission.Status.RELEASED,
    }
    return render(request, "assessments/submission_receipt.html", context)


@login_required
@require_safe
def result(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The released result: total, decision, every criterion with band, points and comments. No assessor's name."""
    submission = get_own_submission(request.user, uuid)
    if submission.status != Submission.Status.RELEASED:
        raise Http404
    result = submission.result
    later = Submission.objects.filter(run=submission.run_id, attempt__gt=submission.attempt).first()
    context = {
        "submission": submission,
        "result": result,
        "item": submission.assignment.item,
        "part": submission.assignment.part,
        "enrolment": submission.enrolment,
        "cohort": submission.enrolment.cohort,
        "criteria": criteria_of(result),
        "comments": [mark for mark in submission.marks.all() if mark.comment or mark.reason],
        "later": later,
        "may_resubmit": not result.passed and not later and submission.attempt < MAX_ATTEMPTS
        and submission.enrolment.is_active,
        "attempts": MAX_ATTEMPTS,
    }  # fmt: skip
    return render(request, "assessments/submission_result.html", context)
