"""A certificate file brought for verification: by form, and by software. Judged in memory, never kept."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from lms.lib.csrf import csrf_for_members

from ..credential.carriers import MAX_FILE
from ..filecheck import verify_file
from ..models import Lookup
from ..receipts import offer
from .answers import FILE, limited, open_json, organisation_of, page, too_many

FORM_BYTES = 64 * 1024  # what a form may have around the file


def _is_too_large(request: HttpRequest) -> bool:
    """By what the client announces, so that nothing is read; a file of this size is held in memory, not on disk."""
    return int(request.META.get("CONTENT_LENGTH") or 0) > MAX_FILE + FORM_BYTES


@never_cache
@csrf_for_members
def verify_upload(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("verify")
    if not FILE.allows(request):
        return too_many(request)
    if _is_too_large(request):
        return page(request, 413, file_error=_("The file is larger than a certificate can be."))
    upload = request.FILES.get("file")
    if upload is None:
        return page(request, 422, file_error=_("Please choose a file first."))
    found = verify_file(upload.read(MAX_FILE + 1), at=now(), organisation=organisation_of(request))
    offered = offer(found.verdict, Lookup.Way.FILE) if found.verdict.known else ""
    return page(request, verdict=found.verdict, file=found, receipt=offered)


@never_cache
@csrf_for_members
@require_POST
@limited(FILE, json=True)
def verify_upload_json(request: HttpRequest) -> HttpResponse:
    """POST the bytes of the file as the body, or as the field `file` of a form."""
    if _is_too_large(request):
        return open_json({"error": "too_large", "max_bytes": MAX_FILE}, status=413)
    is_form = request.content_type == "multipart/form-data"
    upload = request.FILES.get("file") if is_form else None
    raw = upload.read(MAX_FILE + 1) if upload else b"" if is_form else request.body
    found = verify_file(raw, at=now(), way=Lookup.Way.API, organisation=organisation_of(request))
    return open_json(found.as_json())
