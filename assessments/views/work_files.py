"""Files of a draft: sent by the page's outbox or by the form, and one's own to save again."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.files.storage import storages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lms.lib import antivirus
from lms.lib.errors import WrongState
from lms.lib.jobs import enqueue
from lms.lib.uploads import serve_attachment

from ..models import FileCopy, Submission, SubmissionFile
from ..models.submissions import MAX_FILES
from ..noted_work import drawn_page
from ..permissions import get_own_submission


@login_required
@require_POST
def add(request: HttpRequest, uuid: UUID) -> JsonResponse:
    """Take a file from the page's outbox; the same key twice is one file. 200 with the list of files drawn anew, 422 for
    what we don't take, 409 after the hand-in."""
    submission = get_own_submission(request.user, uuid)
    try:
        take_file(submission, request.FILES.get("file"), key=given_key(request))
    except (ValidationError, WrongState) as error:
        closed = not Submission.objects.filter(pk=submission.pk, status=Submission.Status.DRAFT).exists()
        answer = {"error": "closed" if closed else "refused", "message": why_not(error)}
        if closed:
            answer["url"] = reverse("submission_receipt", args=[submission.uuid])
        return JsonResponse(answer, status=409 if closed else 422)
    files = {"submission": submission, "files": submission.current_files()}
    html = render_to_string("assessments/_work_files.html", files, request=request)
    return JsonResponse({"html": html, "full": len(files["files"]) >= MAX_FILES})


@login_required
@require_safe
def file(request: HttpRequest, uuid: UUID, file: UUID) -> HttpResponse:
    """One's own file, for saving, under the name it was brought with."""
    submission = get_own_submission(request.user, uuid)
    found = get_object_or_404(submission.files, uuid=file, removed_at=None)
    try:
        return serve_attachment(found.file.open("rb"), found.original_name, found.media_type)
    except FileNotFoundError as error:
        raise Http404 from error


@login_required
@require_safe
def look(request: HttpRequest, uuid: UUID, file: UUID) -> HttpResponse:
    """How others will see one's own file: the copy without its author, drawn. A fragment that asks again while it waits."""
    submission = get_own_submission(request.user, uuid)
    found = get_object_or_404(submission.files, uuid=file, removed_at=None)
    return draw_look(request, found, found.original_name, lambda place: reverse(
        "submission_file_page", args=[submission.uuid, found.uuid, place]))  # fmt: skip


@login_required
@require_safe
def page(request: HttpRequest, uuid: UUID, file: UUID, place: int) -> HttpResponse:
    submission = get_own_submission(request.user, uuid)
    return serve_page(get_object_or_404(submission.files, uuid=file, removed_at=None), place)


def draw_look(
    request: HttpRequest, file: SubmissionFile, name: str, address: Callable[[int], str], *, marking: bool = False
) -> HttpResponse:
    """The look at a file as a fragment; a file nobody has prepared yet is asked for. name: as this reader knows it. marking:
    places of the pages can be marked."""
    copy = FileCopy.objects.filter(file=file).first()
    if copy is None or copy.is_waiting:
        enqueue("assessments.prepare_file", key=f"prepare-file:{file.uuid}", file=file.pk)
    elif copy.is_ready and not copy.content_hash:
        enqueue("assessments.prepare_file", key=f"measure-file:{file.uuid}", file=file.pk)
    ready = copy is not None and copy.is_ready
    pictures = [drawn_page(copy, place, address(place)) for place in copy.places] if copy and ready else []
    context = {"copy": copy, "name": name, "pictures": pictures, "here": request.get_full_path(),
               "unscanned": file.scan == antivirus.WAITING, "marking": marking and ready and copy.content_hash}  # fmt: skip
    return render(request, "assessments/_file_look.html", context)


def give_copy(request: HttpRequest, file: SubmissionFile, name: str, *, back: str) -> HttpResponse:
    """The copy of a file that others than its author get, for saving; back where there is none (yet). name: a neutral one."""
    copy = FileCopy.objects.filter(file=file).first()
    if copy is None or not copy.is_ready:
        if copy is None or copy.is_waiting:
            enqueue("assessments.prepare_file", key=f"prepare-file:{file.uuid}", file=file.pk)
            messages.info(request, _("This file is still being prepared. Try again in a moment."))
        else:
            messages.warning(request, _("This file could not be prepared for others, so nobody else gets it."))
        return redirect(back)
    try:
        return serve_attachment(copy.cleaned.open("rb"), name, file.media_type)
    except FileNotFoundError as error:
        raise Http404 from error


def serve_page(file: SubmissionFile, place: int) -> HttpResponse:
    """One drawn page: a picture of ours, never bytes of the file."""
    copy = FileCopy.objects.filter(file=file, state=FileCopy.State.READY).first()
    if copy is None or place not in copy.places:
        raise Http404
    try:
        response = FileResponse(storages["private"].open(copy.page_name(place)), content_type="image/png")
    except FileNotFoundError as error:
        raise Http404 from error
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=600"
    return response


def take_file(submission: Submission, given: UploadedFile | None, *, key: str = "") -> None:
    """Put a file into the draft. Raises ValidationError or WrongState with what to say."""
    if given is None:
        raise ValidationError(_("Choose a file first."))
    if submission.assignment.script().deliverable.attachment == "none":
        raise ValidationError(_("This work product takes no files."))
    submission.add_file(given, at=now(), key=key)


def why_not(error: ValidationError | WrongState) -> str:
    return error.messages[0] if isinstance(error, ValidationError) else str(error.message)


def given_key(request: HttpRequest) -> str:
    """The browser's idempotency key, "" when it gave none."""
    return request.POST.get("key", "").replace("\x00", "")[:64]
