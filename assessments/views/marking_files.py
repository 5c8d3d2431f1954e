"""Files of the work on the marking sheet: never the original, always the copy without its author, under a neutral name."""

from functools import partial
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from ..models import Allocation, SubmissionFile
from .marking import own_turn, page_address
from .work_files import draw_look, give_copy, serve_page


def _file(turn: Allocation, place: int) -> SubmissionFile:
    files = turn.submission.current_files()
    if not 1 <= place <= len(files):
        raise Http404
    return files[place - 1]


@login_required
@require_safe
def file(request: HttpRequest, uuid: UUID, place: int) -> HttpResponse:
    """A file of the work product, cleaned, as A1.pdf, A2.docx …; back to the sheet while it is being prepared."""
    found = _file(own_turn(request, uuid), place)
    return give_copy(request, found, found.neutral_name(place), back=reverse("marking_sheet", args=[uuid]))


@login_required
@require_safe
def look(request: HttpRequest, uuid: UUID, place: int) -> HttpResponse:
    """The file drawn, as a fragment that asks again while it waits. While one marks, places on its pages can be marked."""
    turn = own_turn(request, uuid)
    found, marking = _file(turn, place), turn.status == Allocation.Status.TAKEN
    return draw_look(request, found, found.neutral_name(place), partial(page_address, uuid, place), marking=marking)


@login_required
@require_safe
def page(request: HttpRequest, uuid: UUID, place: int, number: int) -> HttpResponse:
    return serve_page(_file(own_turn(request, uuid), place), number)
