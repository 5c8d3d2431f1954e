"""The officers' page of keys: where each stands and which command comes next. It changes nothing."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from ..key_overview import State, pdf_signers, pdf_step, receipt_keys, signing_keys, signing_step
from ..models import AuditRun
from ..permissions import user_is_officer


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every key with its state, what it signed and where it is published. A constant number of queries."""
    if not user_is_officer(request.user):
        raise PermissionDenied
    at = now()
    signing, pdfs = signing_keys(at=at), pdf_signers(at=at)
    context = {
        "signing": signing,
        "signing_step": signing_step(signing),
        "pdfs": pdfs,
        "pdf_step": pdf_step(pdfs, at=at),
        "receipts": receipt_keys(),
        "signing_now": next((row for row in signing if row.state == State.SIGNS), None),
        "pdf_now": next((row for row in pdfs if row.state == State.SIGNS), None),
        "any_withdrawn": any(row.withdrawal for row in [*signing, *pdfs]),
        "run": AuditRun.objects.defer("findings").first(),
    }
    return render(request, "certificates/keys.html", context)
