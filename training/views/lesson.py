"""Reading a lesson, and the heartbeat that counts its time."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.dateformat import time_format
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from curriculum.models import EditionItem
from lms.lib.errors import WrongState

from ..activities import activities_of
from ..course import lesson_text, lessons_of
from ..errata import correction_of
from ..models import StudyRecord, StudyVisit
from ..permissions import get_enrolment_for, get_readable_enrolment


@login_required
@require_safe
def read(request: HttpRequest, uuid: UUID, item: UUID) -> HttpResponse:
    """The lesson as the edition froze it, or as it was corrected for the cohort (`?text=earlier` shows the former).
    Changes nothing: time counts from the script's first beat on.

    Five queries for the trainee: session, person, enrolment, lessons, minutes counted. Two more in a corrected cohort,
    one more for an English reader: the translation.
    """
    enrolment = get_readable_enrolment(request.user, uuid)
    lessons = lessons_of(enrolment.cohort.edition_id)
    index = next((i for i, lesson in enumerate(lessons) if lesson.uuid == item), None)
    if index is None:
        raise Http404
    lesson = lessons[index]
    correction = correction_of(enrolment.cohort, lesson)
    earlier = correction is not None and request.GET.get("text") == "earlier"
    shown = correction.change if correction and not earlier else lesson
    own = enrolment.user_id == request.user.pk
    minutes = int(StudyRecord.objects.minutes_on(enrolment.pk, lesson.pk)) if own else 0
    text = lesson_text(shown)
    body = text.html
    counting = own and enrolment.may_study
    activities = activities_of(enrolment, lesson, shown, body, saving=counting, own=own)
    context = {
        "enrolment": enrolment,
        "cohort": enrolment.cohort,
        "item": lesson,
        "shown": shown,
        "body": body,
        "said": text.said,
        "activities": activities,
        "correction": correction,
        "earlier": earlier,
        "previous": lessons[index - 1] if index else None,
        "next": lessons[index + 1] if index + 1 < len(lessons) else None,
        "number": index + 1,
        "total": len(lessons),
        "own": own,
        "counting": counting,
        "minutes": min(minutes, lesson.minutes),
        "done": minutes >= lesson.minutes,
    }
    response = render(request, "training/lesson.html", context)
    if activities:
        own = f"{request.scheme}://{request.get_host()}/scorm/"
        response._csp_replace = {"frame-src": [own, *settings.VIDEO_ORIGINS]}
    return response


@login_required
@require_POST
def beat(request: HttpRequest, uuid: UUID, item: UUID) -> JsonResponse:
    """One beat of the lesson page. Without `visit` a visit is opened. Answers state, minutes and when it was saved.

    A beat for somebody else's visit is 404; one that comes too late or too early counts nothing and says so.
    """
    at = now()
    if given := request.POST.get("visit", ""):
        try:
            given = UUID(given)
        except ValueError as error:
            raise Http404 from error
        visit = (
            StudyVisit.objects.select_related("enrolment__cohort", "item__edition")
            .filter(uuid=given, user=request.user, enrolment__uuid=uuid, item__uuid=item)
            .first()
        )
        if visit is None:
            raise Http404
        active, leaving = request.POST.get("active") == "1", request.POST.get("leaving") == "1"
        answer = visit.beat(at=at, active=active, leaving=leaving)
        return _answer(visit, answer.state, answer.minutes, answer.nominal, at)
    enrolment = get_enrolment_for(request.user, uuid)
    items = EditionItem.objects.filter(edition=enrolment.cohort.edition_id).select_related("edition")
    lesson = items.filter(uuid=item).first()
    if lesson is None:
        raise Http404
    try:
        visit = StudyVisit.open_lesson(enrolment, lesson, at=at)
    except WrongState as error:
        return JsonResponse({"state": "ended", "message": str(error.message)}, status=409)
    minutes = int(StudyRecord.objects.minutes_on(enrolment.pk, lesson.pk))
    return _answer(visit, "open", minutes + visit.pending_minutes, lesson.minutes, at)


def _answer(visit: StudyVisit, state: str, minutes: int, nominal: int, at) -> JsonResponse:
    minutes = min(minutes, nominal)
    counted = _("%(minutes)s of %(nominal)s minutes counted") % {"minutes": minutes, "nominal": nominal}
    saved_at = time_format(localtime(at), "H:i:s")
    return JsonResponse(
        {
            "state": state,
            "visit": str(visit.uuid),
            "minutes": minutes,
            "nominal": nominal,
            "counted": counted,
            "saved": _("Saved at %(time)s") % {"time": saved_at},
        }
    )
