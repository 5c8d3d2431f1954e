"""Reading a lesson, and the heartbeat that counts its time."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.dateformat import time_format
from django.utils.safestring import SafeString
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from curriculum.models import EditionItem
from lms.lib.addresses import address
from lms.lib.drawn import Drawn
from lms.lib.errors import WrongState
from lms.lib.language import local

from ..activities import activities_of
from ..course import lesson_text
from ..errata import correction_of
from ..models import Enrolment, StudyRecord, StudyVisit
from ..outline import Lesson, lessons_of
from ..permissions import get_enrolment_for, get_readable_enrolment


@login_required
@require_safe
def read(request: HttpRequest, uuid: UUID, item: UUID) -> HttpResponse:
    """The lesson as the edition froze it, or as it was corrected for the cohort (`?text=earlier` shows the former).
    Changes nothing: time counts from the script's first beat on.

    Five queries for the trainee: session, person, enrolment, lessons, minutes counted. One more for a page of national core,
    two where a statute that is quoted has ended or in a corrected cohort, one or two for an English reader: the translations.
    """
    enrolment = get_readable_enrolment(request.user, uuid)
    lessons, quotes_ended = lessons_of(enrolment.cohort.edition_id, localdate())
    index = next((i for i, lesson in enumerate(lessons) if lesson.uuid == item), None)
    if index is None:
        raise Http404
    lesson = lessons[index].as_item(enrolment.cohort.edition_id)
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
        "quotes_ended": quotes_ended,
        "correction": correction,
        "earlier": earlier,
        "ways": _ways(
            enrolment, lessons[index - 1] if index else None, lessons[index + 1] if index + 1 < len(lessons) else None, own=own
        ),
        "number": index + 1,
        "total": len(lessons),
        "own": own,
        "counting": counting,
        "time": time(
            {"beat": address("lesson_beat", enrolment.uuid, lesson.uuid), "token": get_token(request) if counting else ""},
            own=own, counting=counting, minutes=min(minutes, lesson.minutes), nominal=lesson.minutes,
            done=minutes >= lesson.minutes,
        ),
    }  # fmt: skip
    response = render(request, "training/lesson.html", context)
    if activities:
        own = f"{request.scheme}://{request.get_host()}/scorm/"
        response._csp_replace = {"frame-src": [own, *settings.VIDEO_ORIGINS]}
    return response


time = Drawn("training/_lesson_time.html")
ways = Drawn("training/_lesson_ways.html")


def _ways(enrolment: Enrolment, before: Lesson | None, after: Lesson | None, *, own: bool) -> SafeString:
    """The links to the lessons before and after this one, and at the end back to the course."""
    addresses = {"course": address("enrolment_detail", enrolment.uuid)}
    addresses |= {"back": address("lesson", enrolment.uuid, before.uuid)} if before else {}
    addresses |= {"on": address("lesson", enrolment.uuid, after.uuid)} if after else {}
    titles = {"previous": local(before, "title") if before else "", "next": local(after, "title") if after else ""}
    return ways(addresses, own=own, **titles)


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
