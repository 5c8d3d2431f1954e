"""What the nightly audit found, for the officers' desk."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lms.lib.listing import csv_response, paginate

from ..audit import Finding
from ..models import AuditRun
from ..permissions import user_is_officer

ROWS = 50


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The findings of the last night, 50 on a page, as CSV; and how the nights before went. A constant number of queries."""
    if not user_is_officer(request.user):
        raise PermissionDenied
    runs = list(AuditRun.objects.all()[:14])
    found = [Finding(**row) for row in runs[0].findings] if runs else []
    if request.GET.get("format") == "csv":
        lines = ([finding.words, finding.subject, finding.detail] for finding in found)
        return csv_response("audit.csv", ["finding", "subject", "detail"], lines)
    context = {"run": runs[0] if runs else None, "runs": runs[1:], "page": paginate(request, found, ROWS)}
    return render(request, "certificates/audit.html", context)
