"""The work with the notes on it as a PDF to take away: the trainee's after the release, and for whoever marked it."""

from collections.abc import Iterable
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from lms.lib.jobs import enqueue
from lms.lib.uploads import serve_attachment

from ..feedback import marks_behind
from ..models import Allocation, Mark, NotedCopy, Submission
from ..models.marks import DECIDING
from ..permissions import get_own_result
from .marking import own_turn


@login_required
@require_safe
def own(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One's own released work with the notes of the marks behind the result that counts."""
    result = get_own_result(request.user, uuid)
    return _give(request, result.submission.work, marks_behind(result), back=reverse("submission_result", args=[uuid]))


@login_required
@require_safe
def marked(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """After the release: for an assessor the work with their own notes, for a moderator with everybody's."""
    turn = own_turn(request, uuid)
    if not isinstance(turn, Allocation):  # a script that nobody handed in has no result
        raise Http404
    mark = Mark.objects.filter(allocation=turn).first()
    if mark is None or turn.submission.status != Submission.Status.RELEASED:
        raise Http404
    seen = [*Allocation.QUEUED, *([Allocation.Kind.MODERATED] if turn.kind == Allocation.Kind.SAMPLE else [])]
    others = Q(kind__in=seen) if turn.kind in DECIDING else Q()
    marks = turn.submission.marks.filter(others | Q(pk=mark.pk)) if others else [mark]
    return _give(request, turn.submission, marks, back=turn.get_absolute_url())


def _give(request: HttpRequest, work: Submission, marks: Iterable[Mark], *, back: str) -> HttpResponse:
    """The PDF, or a page that asks again while it is being made."""
    copy = NotedCopy.ask(work, marks, language=get_language() or "zh-hans", at=now())
    if not copy.is_ready:
        enqueue("assessments.draw_notes", key=f"draw-notes:{copy.uuid}", copy=copy.pk)
        context = {"code": work.enrolment.anonymous_code, "item": work.assignment.item, "back": back}
        return render(request, "assessments/noted_copy_waiting.html", context, status=202)
    try:
        return serve_attachment(copy.file.open("rb"), f"notes-{work.enrolment.anonymous_code}.pdf", "application/pdf")
    except FileNotFoundError as error:
        raise Http404 from error
