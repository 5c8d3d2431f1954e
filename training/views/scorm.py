"""Takes the reports of SCORM activities from the lesson page."""

import json
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from curriculum.models import EditionItem
from lms.lib.errors import WrongState
from lms.lib.ratelimit import allow

from ..activities import blocks_of, words_of
from ..errata import correction_of
from ..models import ScormState
from ..permissions import get_enrolment_for
from ..scorm import MAX_BYTES, Refused


@login_required
@require_POST
def commit(request: HttpRequest, uuid: UUID, item: UUID) -> JsonResponse:
    """Keep one report: 200 with the new number; 409 when another window was first; 413 and 422 for what is not taken."""
    enrolment = get_enrolment_for(request.user, uuid)
    lessons = EditionItem.objects.filter(edition=enrolment.cohort.edition_id, kind=EditionItem.Kind.LESSON)
    lesson = lessons.select_related("revision").filter(uuid=item).first()
    if lesson is None:
        raise Http404
    if not allow(f"scorm:{request.user.pk}", limit=120, seconds=60):
        return JsonResponse({"message": _("Too many reports; wait a moment.")}, status=429)
    if len(request.body) > MAX_BYTES + 4096:
        return JsonResponse({"message": _("The activity wants to save more than is kept.")}, status=413)
    try:
        said = json.loads(request.body)
        block, key, session = (UUID(said[name]) for name in ("block", "key", "session"))
        number, cmi = said["number"], said["cmi"]
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 2**31 - 1:
            raise ValueError("number")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return JsonResponse({"message": _("This report can't be read.")}, status=422)
    blocks = blocks_of(lesson)
    if correction := correction_of(enrolment.cohort, lesson):
        blocks |= blocks_of(correction.change)
    package = blocks.get(block)
    if package is None:
        raise Http404
    try:
        state = ScormState.commit(enrolment, lesson, block=block, package=package, number=number, key=key, session=session,
                                  cmi=cmi, at=now())  # fmt: skip
    except Refused:
        return JsonResponse({"message": _("The activity reported something that its version does not allow.")}, status=422)
    except WrongState as error:
        return JsonResponse({"message": str(error.message)}, status=409)
    return JsonResponse({"number": state.number, "state": words_of(state)})
