"""Writing the work product: a form that saves itself, files, and nothing typed that gets lost."""

import uuid as uuids
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateformat import time_format
from django.utils.timezone import localtime, now
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lms.lib.errors import WrongState
from lms.lib.uploads import TAKEN

from .. import productform
from ..checks.words import report
from ..models import Deadline, NotComplete, StaleDraft, Submission
from ..models.shared_work import start_shared
from ..models.submissions import MAX_FILES
from ..permissions import get_own_run, get_own_submission
from ..play import gauges, shown_exhibits, state_of, trace_steps
from ..workproduct import Problem, problems, tidy
from .work_files import given_key, take_file, why_not


@login_required
@require_POST
def start(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Begin the work product of a played case, or go on with it."""
    run = get_own_run(request.user, uuid)
    if not (run.is_played and run.assignment.script().deliverable.is_team_work):
        return redirect(Submission.start(run, at=now()))
    try:
        return redirect(start_shared(run, at=now()))
    except WrongState as early:
        messages.warning(request, early.message)
        return redirect("team", run.enrolment.uuid, run.assignment.uuid)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The form. POST saves, and does what its button says: another row, one row less, a file out, on to the hand-in."""
    submission = get_own_submission(request.user, uuid)
    if request.method == "POST":
        return _save(request, submission)
    if not submission.is_draft:
        return redirect("submission_receipt", submission.uuid)
    found: list[Problem] = []
    if request.GET.get("check"):
        deliverable = submission.assignment.script().deliverable
        found = problems(deliverable, submission.fields, files=len(submission.current_files()))
    return _page(request, submission, found=found)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Save what was typed, then take the file. A file we don't take says why; the typed fields stay."""
    submission = get_own_submission(request.user, uuid)
    if request.method != "POST":
        return redirect(submission)
    return _save(request, submission, uploading=True)


@login_required
@require_POST
def autosave(request: HttpRequest, uuid: UUID) -> JsonResponse:
    """Save what was typed. 200 with the new number and time; 409 with what is saved now for a stale tab or after the
    hand-in; 422 for what is too long."""
    submission = get_own_submission(request.user, uuid, whole=False)
    deliverable = submission.assignment.script().deliverable
    typed = productform.read(deliverable, request.POST)
    try:
        done = submission.save_draft(typed, number=number_of(request), key=key_of(request), at=now())
    except StaleDraft:
        fields = productform.draw(deliverable, submission.fields)
        return JsonResponse(
            {
                "error": "stale",
                "number": submission.draft_number,
                "message": _("Another window has saved newer content at %(time)s. Nothing was overwritten.")
                % {"time": clock(submission.saved_at)},
                "fields": [[cell.name, cell.value] for f in fields for row in f.rows for cell in row.cells]
                + [[f.name, f.value] for f in fields if f.kind != "table"],
            },
            status=409,
        )
    except NotComplete as error:
        return JsonResponse(
            {"error": "too_long", "message": productform.told(deliverable, error.problems)}, status=422
        )
    except WrongState as error:
        url = reverse("submission_receipt", args=[submission.uuid])
        return JsonResponse({"error": "closed", "message": str(error.message), "url": url}, status=409)
    saved = _("Saved at %(time)s") % {"time": clock(done.saved_at)}
    return JsonResponse({"number": done.number, "saved": saved})


def _save(request: HttpRequest, submission: Submission, *, uploading: bool = False) -> HttpResponse:
    deliverable = submission.assignment.script().deliverable
    post = request.POST
    typed = productform.read(deliverable, post)
    if which := post.get("remove_row"):
        typed = productform.without_row(typed, which)
    try:
        kept = "save" in post or "continue" in post or "checks" in post
        done = submission.save_draft(typed, number=number_of(request), key=key_of(request), at=now(), kept=kept)
    except StaleDraft:
        return _page(request, submission, typed=tidy(deliverable, typed), stale=True, status=409)
    except NotComplete as error:
        return _page(request, submission, typed=tidy(deliverable, typed), found=error.problems, status=422)
    if key := post.get("add_row"):
        return _page(request, submission, more_rows=key)
    if "checks" in post:
        return redirect(reverse("submission_edit", args=[submission.uuid]) + "#checks")
    here = reverse("submission_edit", args=[submission.uuid])
    if which:
        return redirect(f"{here}#field-{which.rpartition('.')[0]}")
    if name := post.get("remove_file"):
        _remove_file(submission, name)
        return redirect(f"{here}#field-files")
    if uploading:
        try:
            take_file(submission, request.FILES.get("file"))
        except (ValidationError, WrongState) as error:
            return _page(request, submission, file_error=why_not(error), status=422)
        return redirect(f"{here}#field-files")
    if "continue" in post:
        return redirect("submission_hand_in", submission.uuid)
    messages.success(request, _("Saved at %(time)s") % {"time": clock(done.saved_at)})
    return redirect(here)


def _remove_file(submission: Submission, name: str) -> None:
    try:
        found = submission.files.filter(uuid=UUID(name)).first()
    except ValueError as error:
        raise Http404 from error
    if found is None:
        raise Http404
    submission.remove_file(found, at=now())


def _page(
    request: HttpRequest, submission: Submission, *, typed: dict[str, Any] | None = None, found: Sequence[Problem] = (),
    stale: bool = False, more_rows: str = "", file_error: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    """typed: what to show instead of what is saved."""
    own = submission.row_of(request.user)
    script = own.run.script()
    deliverable = script.deliverable
    decisions = list(own.run.decisions.all())
    trace = trace_steps(script, decisions)
    state = state_of(own.run, decisions)
    values = submission.fields if typed is None else typed
    english = (get_language() or "").startswith("en")
    errors = productform.labels(deliverable, found, english=english)
    if file_error:
        errors.append({"anchor": "field-files", "label": _("Files"), "text": file_error})
    context = {
        "submission": submission,
        "run": own.run,
        "script": script,
        "deliverable": deliverable,
        "item": submission.assignment.item,
        "enrolment": own.enrolment,
        "cohort": own.enrolment.cohort,
        "team": submission.team_id is not None,
        "fields": productform.draw(deliverable, values, found, more_rows=more_rows),
        "newer": productform.draw(deliverable, submission.fields) if stale else None,
        "errors": errors,
        "file_errors": [e["text"] for e in errors if e["anchor"] == "field-files"],
        "files": submission.current_files(),
        "max_files": MAX_FILES,
        "max_bytes": settings.SUBMISSION_FILE_MAX_BYTES,
        "taken": TAKEN,
        "trace": trace,
        "report": report(deliverable, values),
        "exhibits": shown_exhibits(script, state.visited, released=state.released),
        "gauges": gauges(script, state.variables),
        "key": uuids.uuid4().hex,
        "due": Deadline.of(submission),
        "at": now(),
        "saved_at": clock(submission.saved_at) if submission.saved_at else "",
    }
    return render(request, "assessments/submission_edit.html", context, status=status)


def number_of(request: HttpRequest) -> int:
    """The draft number the page was showing; -1, which never fits, for nonsense."""
    given = request.POST.get("number", "")
    return int(given) if given.isdecimal() and len(given) < 10 else -1


def key_of(request: HttpRequest) -> str:
    return given_key(request) or uuids.uuid4().hex


def clock(at) -> str:
    """The server's time of day, to the second."""
    return time_format(localtime(at), "H:i:s")
