"""Class sessions and their attendance lists."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _

from lms.lib.errors import WrongState

from ..forms import SessionForm
from ..models import ClassSession, Enrolment
from ..permissions import get_cohort_for, get_session_for, user_can_manage_cohort


@login_required
def create(request: HttpRequest, uuid: UUID) -> HttpResponse:
    cohort = get_cohort_for(request.user, uuid)
    if not user_can_manage_cohort(request.user, cohort):
        raise PermissionDenied
    form = SessionForm(request.POST if request.method == "POST" else None, cohort=cohort)
    if request.method == "POST" and form.is_valid():
        try:
            session = ClassSession.schedule(cohort, by=request.user, at=now(), **form.cleaned_data)
        except WrongState as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("The class is in the timetable."))
            return redirect(session)
    return render(request, "training/session_form.html", {"form": form, "cohort": cohort})


@login_required
def attendance(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One list of checkboxes, one POST: it becomes exactly what is ticked. Taking somebody off asks for a reason."""
    session = get_session_for(request.user, uuid)
    at = now()
    enrolments = session.cohort.enrolments.taking_a_seat().select_related("user")
    enrolments = list(enrolments.order_by("user__full_name", "pk"))
    present, reason, problem, status = session.present(), "", "", 200
    if request.method == "POST":
        ticked = set(request.POST.getlist("present"))
        reason = request.POST.get("reason", "").strip()[:255]
        wanted = [enrolment for enrolment in enrolments if str(enrolment.uuid) in ticked]
        missing = {e.pk for e in enrolments if e.pk in present} - {e.pk for e in wanted}
        if ticked - {str(enrolment.uuid) for enrolment in enrolments}:
            problem = _("The list has changed meanwhile; please check it and save again.")
        elif missing and not reason:
            problem = _("Say why somebody is taken off the list.")
        else:
            try:
                added, removed = session.set_attendance(wanted, by=request.user, at=at, reason=reason)
            except WrongState as error:
                problem, status = error.message, 409
            else:
                text = _("Attendance saved: %(added)s added, %(removed)s taken off.")
                messages.success(request, text % {"added": added, "removed": removed})
                return redirect(session)
        present = {enrolment.pk for enrolment in wanted}
    context = {
        "session": session,
        "cohort": session.cohort,
        "rows": [(enrolment, enrolment.pk in present) for enrolment in enrolments],
        "present": len(present),
        "reason": reason,
        "problem": problem,
        "begun": session.starts_at <= at,
        "may_record": session.starts_at <= at and session.cohort.is_open,
        "completed": Enrolment.Status.COMPLETED,
    }
    return render(request, "training/session_attendance.html", context, status=status)
