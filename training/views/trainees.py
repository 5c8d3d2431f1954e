"""The registrar's work with the people of a cohort: enrolling from a list, withdrawing, the roster."""

import io
from collections.abc import Iterator
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_safe
from openpyxl import Workbook

from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.listing import csv_response, safe_cell

from ..forms import TraineeListForm
from ..models import Cohort, Enrolment, ListRefused, StudyRecord
from ..permissions import get_cohort_for, user_can_manage_cohort, user_can_see_cohort

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@login_required
def add(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Enrol everybody on a list, or nobody and say of each line why."""
    cohort = get_cohort_for(request.user, uuid)
    if not user_can_manage_cohort(request.user, cohort):
        raise PermissionDenied
    form = TraineeListForm(request.POST if request.method == "POST" else None, request.FILES or None)
    rows, status = [], 200
    if request.method == "POST" and form.is_valid():
        try:
            made = Enrolment.enrol_list(cohort, form.cleaned_data["people"], by=request.user, at=now(),
                                        despite=form.cleaned_data["despite"])  # fmt: skip
        except ListRefused as error:
            rows, status = error.rows, 409
            form.add_error(None, error.message)
        except WrongState as error:
            form.add_error(None, error.message)
            status = 409
        else:
            text = ngettext("%(count)s trainee enrolled.", "%(count)s trainees enrolled.", len(made))
            messages.success(request, text % {"count": len(made)})
            return redirect(cohort)
    context = {"form": form, "cohort": cohort, "rows": rows, "left": cohort.seats_left()}
    return render(request, "training/cohort_add_trainees.html", context, status=status)


@login_required
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    enrolment = _managed(request, uuid)
    if request.method == "POST":
        if enrolment.status != Enrolment.Status.WITHDRAWN:
            enrolment.withdraw(by=request.user, at=now())
        messages.success(request, _("The trainee was withdrawn. What was earned stays recorded."))
        return redirect(enrolment.cohort)
    return render(request, "training/trainee_step.html", {"enrolment": enrolment, "step": "withdraw"})


@login_required
def take_back(request: HttpRequest, uuid: UUID) -> HttpResponse:
    enrolment = _managed(request, uuid)
    if request.method == "POST":
        if not enrolment.is_active:
            enrolment.take_back(by=request.user, at=now())
        messages.success(request, _("The trainee is active again."))
        return redirect(enrolment.cohort)
    return render(request, "training/trainee_step.html", {"enrolment": enrolment, "step": "take_back"})


@login_required
@require_safe
def roster(request: HttpRequest, uuid: UUID, kind: str) -> HttpResponse:
    """The cohort's people with their hours per module, as CSV or XLSX. Personal data: for registrars, and logged."""
    if kind not in ("csv", "xlsx"):
        raise Http404
    cohort = get_cohort_for(request.user, uuid)
    if not user_can_manage_cohort(request.user, cohort):
        raise PermissionDenied
    log(cohort, "training.roster.export", by=request.user, organisation=cohort.organisation, format=kind)
    modules = cohort.edition.level.modules.order_by("position")
    titles = [module.title for module in modules]
    headings = [pgettext("person", "Name"), _("E-mail address"), _("State"), _("Enrolled at"), *titles, _("Total")]
    rows = _roster_rows(cohort)
    name = f"roster-{cohort.code}.{kind}"
    if kind == "csv":
        return csv_response(name, headings, rows)
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Roster"))
    for row in [headings, *rows]:
        sheet.append([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
    stream = io.BytesIO()
    book.save(stream)
    response = HttpResponse(stream.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _roster_rows(cohort: Cohort) -> Iterator[list]:
    """One row per trainee: a constant number of queries."""
    enrolments = list(cohort.enrolments.select_related("user").order_by("user__full_name", "pk"))
    for enrolment in enrolments:
        enrolment.cohort = cohort
    hours = StudyRecord.objects.hours_by_enrolment(enrolments)
    for enrolment in enrolments:
        earned = [line.earned for line in hours[enrolment.pk]]
        yield [
            enrolment.user.full_name, enrolment.user.email, str(enrolment.get_status_display()),
            localtime(enrolment.enrolled_at).strftime("%Y-%m-%d %H:%M"), *earned, sum(earned),
        ]  # fmt: skip


def _managed(request: HttpRequest, uuid: UUID) -> Enrolment:
    enrolment = Enrolment.objects.with_course().filter(uuid=uuid).first()
    if enrolment is None or not user_can_see_cohort(request.user, enrolment.cohort):
        raise Http404
    if not user_can_manage_cohort(request.user, enrolment.cohort):
        raise PermissionDenied
    return enrolment
