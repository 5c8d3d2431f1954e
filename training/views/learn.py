"""The trainee's own pages: where they stand, and what to do next."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import now
from django.utils.translation import gettext as _

from lms.lib.addresses import address
from lms.lib.drawn import Drawn
from lms.lib.language import local

from .. import nextsteps, panels
from ..asking import asks_once
from ..course import LessonState, by_module, lesson_states
from ..hours import HoursLine
from ..models import Enrolment, StudyRecord
from ..models.records import hours_of, outlines
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
        {"enrolment": enrolment, "hours": hours[enrolment.pk], "steps": nextsteps.lines(steps.get(enrolment.pk, [])[:4])}
        for enrolment in enrolments
    ]
    return render(request, "training/dashboard.html", {"rows": rows})


lesson_row = Drawn("training/_lesson_row.html")
meter = Drawn("training/_meter.html")
about = Drawn("training/_course_about.html")


@login_required
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The course: modules with their lessons and hours, the next thing to do, and what higher apps add.

    Ten queries, whatever the course has: session, person, enrolment, outline, ledger, plan, work, results, award rule,
    certificate. More only for what is rare: statutes that ended, corrections, defences and portfolios, a table at which it is
    one's turn, a rule that asks for other certificates, competences or topics, an English reader of untranslated titles.
    """
    enrolment = asks_once(get_enrolment_for(request.user, uuid))
    lessons, outline = lesson_states([enrolment])[enrolment.pk], outlines([enrolment])[enrolment.pk]
    modules, unplaced = by_module(outline, lessons)
    hours = {line.code: line for line in hours_of([enrolment])[enrolment.pk]}
    active = enrolment.status != Enrolment.Status.WITHDRAWN
    found = panels.panels_for(enrolment) if active else []
    context = {
        "enrolment": enrolment,
        "cohort": enrolment.cohort,
        "quotes_ended": outline.quotes_ended,
        "modules": [
            (entry.module, _meter(hours.get(entry.module.code)), _rows(enrolment, entry.lessons)) for entry in modules
        ],
        "unplaced": _rows(enrolment, unplaced),
        "about": _about(enrolment),
        "lessons": lessons,
        "done": sum(lesson.state == "done" for lesson in lessons),
        "steps": nextsteps.lines(nextsteps.steps_for([enrolment], now())[enrolment.pk]) if active else "",
        "panels": [(panel, panel.render(enrolment)) for panel in found],
    }
    return render(request, "training/enrolment_detail.html", context)


def _about(enrolment: Enrolment) -> SafeString:
    cohort, edition = enrolment.cohort, enrolment.cohort.edition
    syllabus = edition.level.syllabus
    own = {
        "code": enrolment.anonymous_code, "ledger": address("hours_ledger", enrolment.uuid),
        "withdraw": address("enrolment_withdraw", enrolment.uuid),
    }  # fmt: skip
    return about(
        own, starts_on=cohort.starts_on, ends_on=cohort.ends_on, place=cohort.place, edition=local(edition, "title"),
        number=edition.number, syllabus=local(syllabus, "title"), version=syllabus.version, active=enrolment.is_active,
    )  # fmt: skip


def _meter(line: HoursLine | None) -> SafeString | str:
    return meter(line=line, label=_("Hours")) if line else ""


def _rows(enrolment: Enrolment, lessons: list[LessonState]) -> SafeString:
    rows = (
        lesson_row(
            address("lesson", enrolment.uuid, lesson.item.uuid), title=local(lesson.item, "title"), state=lesson.state,
            minutes=lesson.minutes if lesson.state == "begun" else 0, nominal=lesson.item.minutes,
        )
        for lesson in lessons
    )  # fmt: skip
    return mark_safe("".join(rows))


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
