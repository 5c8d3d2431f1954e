"""Registrars' pages of cohorts; instructors see their own."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from curriculum.models import Level
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.listing import csv_response, paginate

from ..forms import CancelForm, CohortForm
from ..models import AdmissionStatement, Cohort, StudyRecord
from ..permissions import (
    bases_of_registrar,
    get_cohort_for,
    user_can_create_cohort,
    user_can_manage_cohort,
    user_works_with_cohorts,
)


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Cohorts of the own base (or taught), by status and level, 20 on a page; CSV of what is filtered."""
    if not user_works_with_cohorts(request.user):
        raise PermissionDenied
    cohorts = Cohort.objects.visible_to(request.user).with_taken()
    cohorts = cohorts.select_related("organisation", "edition__level")
    status, level = request.GET.get("status", ""), request.GET.get("level", "")
    if status in Cohort.Status.values:
        cohorts = cohorts.filter(status=status)
    if level in Level.Code.values:
        cohorts = cohorts.filter(edition__level__code=level)
    if request.GET.get("format") == "csv":
        headings = [_("Code"), _("Title"), _("Level"), _("State"), _("First day"), _("Last day"), _("Seats"),
                    _("Trainees")]  # fmt: skip
        rows = (
            [c.code, c.title, c.edition.level.title, c.get_status_display(), c.starts_on, c.ends_on, c.seats, c.taken]
            for c in cohorts.iterator()
        )
        return csv_response("cohorts.csv", headings, rows)
    context = {
        "page": paginate(request, cohorts, 20),
        "statuses": Cohort.Status.choices,
        "levels": Level.Code.choices,
        "status": status,
        "level": level,
        "may_create": user_can_create_cohort(request.user),
    }
    return render(request, "training/cohort_list.html", context)


@login_required
def create(request: HttpRequest) -> HttpResponse:
    if not user_can_create_cohort(request.user):
        raise PermissionDenied
    form = CohortForm(request.POST if request.method == "POST" else None, bases=bases_of_registrar(request.user))
    if request.method == "POST" and form.is_valid():
        cohort = form.save(commit=False)
        cohort.organisation = form.cleaned_data["edition"].organisation
        cohort.created_by = request.user
        with transaction.atomic():
            cohort.save()
            form.save_m2m()
            log(cohort, "training.cohort.create", by=request.user, organisation=cohort.organisation)
        messages.success(request, _("The cohort is planned. Open it when trainees may enrol."))
        return redirect(cohort)
    return render(request, "training/cohort_form.html", {"form": form, "cohort": None})


@login_required
def edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    cohort = _managed(request, uuid)
    if cohort.status in (Cohort.Status.CLOSED, Cohort.Status.CANCELLED):
        raise WrongState(_("This cohort is over; it can't be changed any more."), obj=cohort)
    typed = request.POST if request.method == "POST" else None
    form = CohortForm(typed, instance=cohort, bases=[cohort.organisation_id])
    if request.method == "POST" and form.is_valid():
        fresh = Cohort.objects.get(pk=cohort.pk)  # the form has written what was typed into its own instance
        fresh.change(by=request.user, at=now(), instructors=form.cleaned_data["instructors"], **form.values())
        messages.success(request, _("Changes saved."))
        return redirect(cohort)
    return render(request, "training/cohort_form.html", {"form": form, "cohort": cohort})


@login_required
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Trainees with their hours per module (50 on a page, queries constant in their number), classes, steps."""
    cohort = get_cohort_for(request.user, uuid)
    enrolments = cohort.enrolments.select_related("user", "admission").order_by("status", "user__full_name", "pk")
    page = paginate(request, enrolments, 50)
    for enrolment in page.object_list:
        enrolment.cohort = cohort
    hours = StudyRecord.objects.hours_by_enrolment(page.object_list)
    context = {
        "cohort": cohort,
        "page": page,
        "modules": list(cohort.edition.level.modules.order_by("position")),
        "rows": [(enrolment, hours[enrolment.pk]) for enrolment in page.object_list],
        "sessions": cohort.sessions.select_related("topic", "instructor"),
        "instructors": cohort.instructors.all(),
        "taken": cohort.seats_taken(),
        "may_manage": user_can_manage_cohort(request.user, cohort),
        "asking": AdmissionStatement.objects.waiting(cohort)[:50] if user_can_manage_cohort(request.user, cohort) else [],
        "window": cohort.window_state(now()),
    }
    return render(request, "training/cohort_detail.html", context)


@login_required
def open_cohort(request: HttpRequest, uuid: UUID) -> HttpResponse:
    cohort = _managed(request, uuid)
    if request.method == "POST":
        if not cohort.is_open:  # a second click finds it done
            cohort.open(by=request.user, at=now(), despite_leaks=request.POST.get("despite_leaks") == "1")
        messages.success(request, _("The cohort is open."))
        return redirect(cohort)
    context = {"cohort": cohort, "step": "open", "leaks": cohort.leaks()}
    return render(request, "training/cohort_step.html", context)


@login_required
def close(request: HttpRequest, uuid: UUID) -> HttpResponse:
    cohort = _managed(request, uuid)
    if request.method == "POST":
        if cohort.status != Cohort.Status.CLOSED:
            cohort.close(by=request.user, at=now())
        messages.success(request, _("The cohort is closed. What was earned stays recorded."))
        return redirect(cohort)
    return render(request, "training/cohort_step.html", {"cohort": cohort, "step": "close"})


@login_required
def cancel(request: HttpRequest, uuid: UUID) -> HttpResponse:
    cohort = _managed(request, uuid)
    form = CancelForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if cohort.status != Cohort.Status.CANCELLED:
            cohort.cancel(by=request.user, at=now(), reason=form.cleaned_data["reason"])
        messages.success(request, _("The cohort is cancelled."))
        return redirect(cohort)
    return render(request, "training/cohort_step.html", {"cohort": cohort, "step": "cancel", "form": form})


def _managed(request: HttpRequest, uuid: UUID) -> Cohort:
    """Return the cohort; 404 when not to be known, 403 for an instructor."""
    cohort = get_cohort_for(request.user, uuid)
    if not user_can_manage_cohort(request.user, cohort):
        raise PermissionDenied
    return cohort
