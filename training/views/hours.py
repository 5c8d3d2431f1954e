"""The hours ledger of one enrolment, for its trainee and the base's people, and the correction of a row."""

from collections.abc import Iterator
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lms.lib.listing import csv_response, paginate

from ..forms import ReverseForm
from ..models import Enrolment, StudyRecord
from ..permissions import get_enrolment_with_hours_for, user_can_reverse_record


def rows_of(enrolment: Enrolment):
    """Every row of the ledger with what it is about, newest first."""
    rows = enrolment.records.select_related("topic", "item", "session", "recorded_by", "reverses", "reversed_by")
    return rows.order_by("-recorded_at", "-pk")


@login_required
@require_safe
def ledger(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Totals per module and every row they are made of, 50 on a page."""
    enrolment = get_enrolment_with_hours_for(request.user, uuid)
    hours = enrolment.hours()
    context = {
        "enrolment": enrolment,
        "cohort": enrolment.cohort,
        "own": enrolment.user_id == request.user.pk,
        "hours": hours,
        "earned": sum(line.earned for line in hours),
        "required": sum(line.required for line in hours),
        "missing": sum(line.missing for line in hours),
        "verified": all(line.verified for line in hours),
        "minutes_per_hour": enrolment.cohort.edition.level.syllabus.minutes_per_hour,
        "page": paginate(request, rows_of(enrolment), 50),
        "activities": enrolment.activities.select_related("item"),
        "may_reverse": user_can_reverse_record(request.user, enrolment),
    }
    return render(request, "training/hours_ledger.html", context)


@login_required
@require_safe
def ledger_csv(request: HttpRequest, uuid: UUID) -> HttpResponse:
    enrolment = get_enrolment_with_hours_for(request.user, uuid)
    headings = [_("Recorded at"), _("Topic"), _("Minutes"), _("Delivery"), _("Evidence"), _("What"), _("Rule"),
                _("Reason"), _("Row")]  # fmt: skip
    return csv_response(f"hours-{str(enrolment.uuid)[:8]}.csv", headings, _csv_rows(enrolment))


def _csv_rows(enrolment: Enrolment) -> Iterator[list]:
    for row in rows_of(enrolment).iterator():
        what = row.session.title if row.session_id else row.item.title if row.item_id else ""
        yield [
            localtime(row.recorded_at).isoformat(timespec="seconds"), str(row.topic), row.minutes,
            row.get_delivery_display(), row.get_evidence_display(), what, row.rule, row.reason, str(row.uuid),
        ]  # fmt: skip


@login_required
def reverse(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask for the reason, then take a row back by a reversing row."""
    record = (
        StudyRecord.objects.filter(uuid=uuid)
        .select_related("topic", "item", "session", "enrolment__user", "enrolment__cohort__organisation", "reversed_by")
        .first()
    )
    if record is None:
        raise Http404
    enrolment = get_enrolment_with_hours_for(request.user, record.enrolment.uuid)  # 404 for other bases
    if not user_can_reverse_record(request.user, enrolment):
        raise PermissionDenied
    form = ReverseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        record.reverse(by=request.user, at=now(), reason=form.cleaned_data["reason"])
        messages.success(request, _("The hours were taken back by a correction."))
        return redirect("hours_ledger", enrolment.uuid)
    return render(request, "training/record_reverse.html", {"record": record, "enrolment": enrolment, "form": form})
