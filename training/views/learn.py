"""The trainee's own pages: where they stand, and what to do next."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _

from .. import nextsteps, panels
from ..course import by_module, lesson_states
from ..models import Enrolment, StudyRecord
from ..permissions import get_enrolment_for

FINISHED = [Enrolment.Status.WITHDRAWN, Enrolment.Status.COMPLETED]


@login_required
def dashboard(request: HttpRequest) -> HttpResponse:
    """Own enrolments, running ones first, each with hours per module and the next things to do.

    The number of queries depends neither on the number of enrolments nor on their records.
    """
    enrolments = list(Enrolment.objects.of_person(request.user).order_by("-enrolled_at"))
    enrolments.sort(key=lambda enrolment: (enrolment.status in FINISHED, not enrolment.cohort.is_open))
    hours = StudyRecord.objects.hours_by_enrolment(enrolments)
    steps = nextsteps.steps_for([e for e in enrolments if e.status != Enrolment.Status.WITHDRAWN], now())
    rows = [
        {"enrolment": enrolment, "hours": hours[enrolment.pk], "steps": steps.get(enrolment.pk, [])}
        for enrolment in enrolments
    ]
    return render(request, "training/dashboard.html", {"rows": rows})


@login_required
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The course: modules with their lessons and hours, the next thing to do, and what higher apps add."""
    enrolment = get_enrolment_for(request.user, uuid)
    lessons = lesson_states(enrolment)
    modules, unplaced = by_module(enrolment, lessons)
    hours = {line.code: line for line in enrolment.hours()}
    active = enrolment.status != Enrolment.Status.WITHDRAWN
    found = panels.panels_for(enrolment) if active else []
    context = {
        "enrolment": enrolment,
        "cohort": enrolment.cohort,
        "modules": [(entry, hours.get(entry.module.code)) for entry in modules],
        "unplaced": unplaced,
        "lessons": lessons,
        "done": sum(lesson.state == "done" for lesson in lessons),
        "steps": nextsteps.steps_for([enrolment], now())[enrolment.pk] if active else [],
        "panels": [(panel, panel.render(request, enrolment)) for panel in found],
    }
    return render(request, "training/enrolment_detail.html", context)


@login_required
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask, then end one's own enrolment."""
    enrolment = get_enrolment_for(request.user, uuid)
    if request.method == "POST":
        if enrolment.is_active:  # a second click finds it done
            enrolment.withdraw(by=request.user, at=now())
        messages.success(request, _("You have withdrawn. The hours you earned stay recorded."))
        return redirect("learn")
    return render(request, "training/enrolment_withdraw.html", {"enrolment": enrolment, "cohort": enrolment.cohort})
