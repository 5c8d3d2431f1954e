"""The holder's learner records: asked for, listed, downloaded."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.lib.listing import paginate

from ..addresses import verify_page_address
from ..forms import RecordForm
from ..models import Certificate, LearnerRecord

TONES = {"waiting": "info", "made": "ok", "ended": "muted", "empty": "muted", "withdrawn": "warn"}


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def record_list(request: HttpRequest) -> HttpResponse:
    """What the holder asked for so far; POST asks for another one, which a worker makes."""
    if request.method == "POST":
        form = RecordForm(request.POST)
        if form.is_valid():
            LearnerRecord.ask(request.user, request_id=form.cleaned_data["request_id"], at=now())
            messages.success(request, _("The learner record is being made. Reload the page in a minute."))
        return redirect("learner_records")
    records = LearnerRecord.objects.filter(holder=request.user).select_related("key")
    found = paginate(request, records.prefetch_related("copies__certificate"))
    rows = []
    for record in found:
        state = record.state_at(now())
        rows.append({"record": record, "state": state, "tone": TONES[state]})
    certificates = Certificate.objects.prepared().filter(holder=request.user)
    context = {
        "page": found,
        "rows": rows,
        "form": RecordForm(initial={"request_id": uuid4()}),
        "can_ask": certificates.standing().exists(),
        "is_waiting": any(row["state"] == "waiting" for row in rows),
        "days": LearnerRecord.DAYS,
        "verify_address": verify_page_address(),
    }
    return render(request, "certificates/record_list.html", context)


@login_required
@never_cache
@require_safe
def record_json(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The record as it was signed: the holder's alone, until it runs out."""
    record = get_object_or_404(LearnerRecord.objects.select_related("key"), uuid=uuid, holder=request.user)
    if record.state_at(now()) != "made" or not record.credential:
        raise Http404
    response = HttpResponse(record.credential, content_type="application/vc")
    response["Content-Disposition"] = f'attachment; filename="learner-record-{localtime(record.signed_at):%Y-%m-%d}.json"'
    return response
