"""Rooms for the trainers of a cohort: the list, opening one for somebody, and seating people before the talks begin."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime, now
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.listing import csv_response, paginate
from training.models import Cohort

from ..models import Assignment, CaseRun, Room, RoomSeat
from ..models.casework import is_room
from ..room_permissions import OF_ROOM, get_watched_room, rooms_of, user_watches_rooms, watched_cohorts

ROWS = 50


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The rooms of the person's cohorts by state, cohort and case, 50 on a page, as CSV. A constant number of queries; one
    cohort chosen, also its trainees who have come to a table and sit nowhere."""
    if not user_watches_rooms(request.user):
        raise PermissionDenied
    cohorts = list(watched_cohorts(request.user).order_by("-starts_on", "code"))
    cohort = next((found for found in cohorts if str(found.uuid) == request.GET.get("cohort")), None)
    rows = _filtered(request, cohort)
    if request.GET.get("format") == "csv":
        return _export(request, rows)
    items = Assignment.objects.filter(rooms__in=rooms_of(request.user)).select_related("item").distinct()
    page = paginate(request, rows, ROWS)
    for room in page:
        room.people = sum(seat.run_id is not None for seat in room.seats.all())
        room.late = room.due_at is not None and room.due_at <= now() and not room.is_over
    context = {
        "page": page, "cohorts": cohorts, "cohort": cohort, "states": Room.Status.choices,
        "state": request.GET.get("state", "open"), "assignments": items, "chosen": request.GET.get("case", ""),
        "waiting": waiting_at_tables(cohort) if cohort else [],
    }  # fmt: skip
    return render(request, "assessments/room_list.html", context)


def _filtered(request: HttpRequest, cohort: Cohort | None) -> QuerySet[Room]:
    people = RoomSeat.objects.select_related("run__enrolment__user")
    rows = rooms_of(request.user).select_related(*OF_ROOM).prefetch_related(Prefetch("seats", people))
    state = request.GET.get("state", "open")
    if state == "open":
        rows = rows.unfinished()
    elif state in Room.Status.values:
        rows = rows.filter(status=state)
    if cohort is not None:
        rows = rows.filter(cohort=cohort)
    try:
        return rows.filter(assignment__uuid=UUID(request.GET.get("case", "")))
    except ValueError:
        return rows


def _export(request: HttpRequest, rows: QuerySet[Room]) -> HttpResponse:
    """The filtered list with the names on the seats; logged for each base."""
    found = list(rows)
    for cohort in {room.cohort_id: room.cohort for room in found}.values():
        log(cohort, "assessments.room.export", by=request.user, organisation=cohort.organisation, count=len(found))
    english = (get_language() or "").startswith("en")

    def lines():
        for room in found:
            item = room.assignment.item
            names = [f"{seat.key}: {seat.run.enrolment.user.full_name}" for seat in room.seats.all() if seat.run]
            yield [
                room.cohort.code, item.title_en if english and item.title_en else item.title, room.number,
                room.get_status_display(), "; ".join(names), room.move_count,
                *(localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else "" for moment in (room.opened_at, room.closed_at)),
            ]  # fmt: skip

    heads = [_("Cohort"), _("Case"), _("Room"), _("State"), _("People"), _("Moves"), _("Opened"), _("Closed")]
    return csv_response("rooms.csv", heads, lines())


def waiting_at_tables(cohort: Cohort) -> list[CaseRun]:
    """Return the runs of a cohort that have come to a table and sit nowhere: two queries, and one for each unread case."""
    found = Assignment.objects.filter(part__plan__edition=cohort.edition_id).select_related("item__revision")
    tables = {one.pk: {stage.key for stage in one.script().stages if is_room(stage)} for one in found}
    runs = CaseRun.objects.filter(
        enrolment__cohort=cohort, enrolment__status="active", status=CaseRun.Status.PLAYING,
        assignment__in=[key for key, stages in tables.items() if stages],
    ).exclude(room_seats__room__status__in=[Room.Status.WAITING, Room.Status.PLAYING])  # fmt: skip
    runs = runs.select_related("enrolment__user", "assignment__item").order_by("enrolment__user__full_name")
    return [run for run in runs if run.stage_key in tables[run.assignment_id]]


@login_required
@require_POST
def open_room(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Open a room for one trainee of a cohort, on the first seat; the others are put in there, or come by themselves."""
    cohort = watched_cohorts(request.user).filter(uuid=uuid).first() if user_watches_rooms(request.user) else None
    if cohort is None:
        raise Http404
    run = next((found for found in waiting_at_tables(cohort) if str(found.uuid) == request.POST.get("run")), None)
    if run is None:
        messages.warning(request, _("They sit at a table already."))
        return redirect("room_list")
    run.enrolment.cohort = cohort
    first = run.script().stage(run.stage_key).negotiation.room.keys[0]
    try:
        return redirect(Room.open(run, first, by=request.user, at=now()))
    except WrongState as late:
        messages.warning(request, late.message)
        return redirect("room_list")


@login_required
@require_POST
def arrange(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Put somebody on a free seat, take somebody out, begin with scripts on the empty seats, or call the room off."""
    room = get_watched_room(request.user, uuid)
    post, at = request.POST, now()
    room.catch_up(at=at)
    try:
        if "begin" in post:
            room.begin(by=request.user, at=at)
        elif "off" in post:
            room.call_off(by=request.user, at=at)
        elif "run" in post:
            run = _run_of(room, post.get("run", ""))
            if "out" in post:
                if not room.is_waiting:
                    raise WrongState(_("The talks in this room have begun."), obj=room)
                room.stand_up(run, by=request.user, at=at)
            else:
                room.sit(run, post.get("seat", ""), by=request.user, at=at)
    except WrongState as late:
        messages.warning(request, late.message)
    return redirect(room)


def _run_of(room: Room, text: str) -> CaseRun:
    try:
        run = CaseRun.objects.filter(uuid=UUID(text), enrolment__cohort=room.cohort, assignment=room.assignment).first()
    except ValueError as error:
        raise Http404 from error
    if run is None:
        raise Http404
    return run
