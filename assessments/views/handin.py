"""Handing the work product in, its receipt, and the released result."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.lib.errors import WrongState

from .. import productform
from ..appeals import appeal_state
from ..checks.words import kept_report, report
from ..expert_pages import expert_part
from ..feedback import criteria_of, marks_behind
from ..forms import ContributionForm, HandInForm
from ..models import Deadline, NotComplete, StaleDraft, Submission
from ..models.shared_work import confirm as agree
from ..models.submissions import MAX_ATTEMPTS
from ..models.teams import standing
from ..noted_work import Address, noted
from ..permissions import get_own_row, get_own_submission
from ..workproduct import Problem, problems
from .answers import answers_to
from .product import number_of


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def hand_in(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What is about to be handed in, what is still missing, the declaration. Twice is harmless: the same receipt.

    In a team any member hands in, once each has said what was theirs and agreed to what stands there.
    """
    submission = get_own_submission(request.user, uuid)
    if not submission.is_draft:
        return redirect("submission_receipt", submission.uuid)
    return _hand_in_page(request, submission)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A member's statement on their own part and agreement to what stands there."""
    submission = get_own_submission(request.user, uuid)
    if submission.team_id is None:
        raise Http404
    if request.method != "POST" or not submission.is_draft:
        return redirect("submission_hand_in", submission.uuid)
    form = ContributionForm(request.POST)
    if not form.is_valid():
        return _hand_in_page(request, submission, contribution=form)
    own = submission.row_of(request.user)
    try:
        statement = form.cleaned_data["statement"]
        agree(submission, own.enrolment, statement=statement, number=number_of(request), at=now())
    except WrongState as late:
        messages.warning(request, late.message)
    else:
        messages.success(request, _("Your statement is kept. It holds as long as nothing of the work product changes."))
    return redirect("submission_hand_in", submission.uuid)


def _hand_in_page(
    request: HttpRequest, submission: Submission, *, contribution: ContributionForm | None = None
) -> HttpResponse:
    own = submission.row_of(request.user)
    members = standing(submission) if submission.team_id else []
    mine = next((row for row in members if row[0].enrolment_id == own.enrolment_id), None)
    if mine and contribution is None:
        contribution = ContributionForm(initial={"statement": mine[1].statement if mine[1] else ""})
    confirming = request.resolver_match.url_name == "submission_confirm"
    deliverable = submission.assignment.script().deliverable
    sent = request.method == "POST" and not confirming
    form = HandInForm(request.POST if sent else None)
    found: list[Problem] | None = None
    stale, status = False, 200
    if sent and form.is_valid():
        try:
            number = number_of(request) if "number" in request.POST else None
            submission.hand_in(at=now(), ai_use=form.declaration(), ai_tools=form.tools(), number=number, by=request.user)
        except StaleDraft:
            stale = True
        except WrongState as late:  # the time to hand in is over, or the enrolment ended
            messages.warning(request, late.message)
            return redirect("submission_hand_in", submission.uuid)
        except NotComplete as error:
            submission.refresh_from_db()  # another window may have emptied a field meanwhile
            found = error.problems
        else:
            return redirect("submission_receipt", submission.uuid)
    files = submission.current_files()
    if found is None:
        found = problems(deliverable, submission.fields, files=len(files))
        if waiting := sum(not now_agreed for _member, _said, now_agreed in members):
            found.append(Problem("team", "not_confirmed", waiting))
    if request.method == "POST":
        status = 409 if stale else 422
    context = {
        "submission": submission,
        "item": submission.assignment.item,
        "enrolment": own.enrolment,
        "cohort": own.enrolment.cohort,
        "members": members,
        "mine": mine,
        "contribution": contribution,
        "deliverable": deliverable,
        "fields": productform.draw(deliverable, submission.fields),
        "report": report(deliverable, submission.fields),
        "files": files,
        "form": form,
        "stale": stale,
        "due": Deadline.of(submission),
        "at": now(),
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
    own = submission.row_of(request.user)
    deliverable = submission.assignment.script().deliverable
    context = {
        "submission": submission,
        "item": submission.assignment.item,
        "enrolment": own.enrolment,
        "cohort": own.enrolment.cohort,
        "run": own.run,
        "members": standing(submission) if submission.team_id else [],
        "deliverable": deliverable,
        "fields": productform.draw(deliverable, submission.fields),
        "files": submission.current_files(),
        "report": kept_report(deliverable, submission.checks),
        "holds": submission.receipt_holds(),
        "released": submission.status == Submission.Status.RELEASED,
    }
    return render(request, "assessments/submission_receipt.html", context)


def own_pages(work: Submission) -> Address:
    """Where the pages of one's own files are drawn."""
    return lambda file, _place, number: reverse("submission_file_page", args=[work.uuid, file.uuid, number])


@login_required
@require_safe
def result(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The released result: total, decision, every criterion with band, points and comments. No assessor's name."""
    submission = get_own_row(request.user, uuid)
    if submission.status != Submission.Status.RELEASED:
        raise Http404
    made = ("decided_appeal", "regrade_line__batch", "regrade_line__base__decided_appeal")
    results = list(submission.results.select_related(*made).order_by("released_at", "pk"))
    latest = results[-1]
    result = next((found for found in results if str(found.uuid) == request.GET.get("result")), latest)
    for found in results:
        found.submission = submission
        if found.is_correction:
            found.root.submission = submission
    marks, work = marks_behind(result), submission.work
    later = Submission.objects.filter(run=submission.run_id, attempt__gt=submission.attempt).first()
    context = {
        "submission": submission,
        "result": result,
        "item": submission.assignment.item,
        "part": submission.assignment.part,
        "enrolment": submission.enrolment,
        "cohort": submission.enrolment.cohort,
        "criteria": criteria_of(result, marks),
        "noted": noted(work, marks, own_pages(work)),
        "comments": [mark for mark in marks if mark.comment or mark.reason],
        "results": results,
        "latest": latest,
        "appeal": appeal_state(results, further=later is not None, at=now()),
        "answers": answers_to(result),
        "later": later,
        "factor": submission.factors.last() if submission.team_id else None,
        "may_resubmit": not latest.passed and not later and result == latest and submission.attempt < MAX_ATTEMPTS
        and submission.enrolment.is_active,
        "attempts": MAX_ATTEMPTS,
        **expert_part(submission),
    }  # fmt: skip
    return render(request, "assessments/submission_result.html", context)
