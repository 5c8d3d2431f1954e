"""A room for who sits there: find or open one, wait, play, see how it ended. Everything stands in the database; the page asks
again for what has changed, and works by ordinary forms without its script."""

from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import parse_etags
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from curriculum import bargaining, tables
from lms.lib.errors import WrongState

from .. import room_play
from ..models import CaseRun, OfferIncomplete, Room, RoomSeat
from ..models.casework import is_room
from ..permissions import get_own_run
from ..room_permissions import get_own_seat, get_room
from ..terms import terms_of

ROOMS_SHOWN = 30


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The rooms of the cohort with a free seat, and a new one. Who sits somewhere is shown that room."""
    run = get_own_run(request.user, uuid)
    stage = None if run.is_played else run.script().stage(run.stage_key)
    if stage is None or not is_room(stage):
        return redirect(run)
    own = RoomSeat.objects.filter(run=run, stage_key=stage.key).select_related("room").first()
    if own is not None:
        return redirect(own.room)
    if request.method == "POST":
        return _sit(request, run)
    rooms = Room.objects.filter(cohort=run.enrolment.cohort_id, assignment=run.assignment_id, stage_key=stage.key)
    rooms = list(rooms.filter(status=Room.Status.WAITING).prefetch_related("seats__run__enrolment__user")[:ROOMS_SHOWN])
    for room in rooms:
        room.cohort, room.assignment = run.enrolment.cohort, run.assignment
    rooms = [room for room in rooms if not room.catch_up(at=now())]
    rules = stage.negotiation.room
    for room in rooms:
        room.places = [(rules.seat(seat.key), seat) for seat in room.seats.all()]
    context = {"run": run, "stage": stage, "rooms": rooms, "rules": rules, "item": run.assignment.item,
               "enrolment": run.enrolment}  # fmt: skip
    return render(request, "assessments/room_find.html", context)


def _sit(request: HttpRequest, run: CaseRun) -> HttpResponse:
    """Open a room, alone or for others, or join one."""
    post, at = request.POST, now()
    try:
        if wanted := post.get("room"):
            rooms = Room.objects.filter(
                cohort=run.enrolment.cohort_id, assignment=run.assignment_id, stage_key=run.stage_key
            )
            room = next((found for found in rooms if str(found.uuid) == wanted), None)
            if room is None:
                raise Http404
            room.cohort, room.assignment = run.enrolment.cohort, run.assignment
            room.catch_up(at=at)
            room.sit(run, post.get("seat", ""), by=request.user, at=at)
        else:
            room = Room.open(run, post.get("seat", ""), by=request.user, at=at)
            if post.get("alone"):
                room.begin(by=request.user, at=at)
    except WrongState as late:
        messages.warning(request, late.message)
        return redirect("room_find", run.uuid)
    return redirect(room)


@login_required
@require_safe
def room(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The table as this person may see it: by their seat, or as a watcher without anything private."""
    found, seat = get_room(request.user, uuid)
    if found.catch_up(at=now()) and seat is not None:
        seat.refresh_from_db(fields=["away_at", "missed"])
        seat.run.refresh_from_db(fields=["status", "stage_key", "finished_at"])
    return _page(request, found, seat)


@login_required
@require_safe
def state(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What the page's script asks every few seconds: whether anything has changed. Three queries unless a deadline passed."""
    found, _own = get_room(request.user, uuid)
    found.catch_up(at=now())
    tag = f'"{found.version}"'
    if tag in parse_etags(request.headers.get("If-None-Match", "")):
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = JsonResponse({"version": found.version, "over": found.is_over})
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One move of who is on turn. "reckon" shows what an offer would come to, without making it: nothing is kept.

    A GET (the answer's address read again, the language switch) goes to the table.
    """
    seat = get_own_seat(request.user, uuid)
    if seat is None:
        raise Http404
    if request.method != "POST":
        return redirect(seat.room)
    post, at = request.POST, now()
    typed = {name.removeprefix("t."): value for name, value in post.items() if name.startswith("t.")}
    kind, number, message = post.get("step", ""), post.get("number", ""), post.get("message", "")
    try:
        if kind == "reckon":
            seat.room.catch_up(at=at)
            problems = bargaining.offer_problems(seat.room.talk, typed)
            return _page(
                request, seat.room, seat, typed=typed, problems=problems, reckon=True, status=422 if problems else 200
            )
        seat.room.move(seat.run, kind, typed, number=int(number) if number.isdecimal() else 0, message=message, at=at)
    except OfferIncomplete as wrong:
        return _page(request, seat.room, seat, typed=typed, problems=wrong.problems, status=422)
    except WrongState as late:
        fresh, own = get_room(request.user, uuid)
        return _page(
            request, fresh, own, typed=typed if kind == "offer" else None, notice=str(late.message), status=409
        )
    return redirect(seat.room)


@login_required
@require_POST
def seat(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Begin with scripts on the empty seats, leave the table, come back to it, or say whether one wants mails of one's turns."""
    found = get_own_seat(request.user, uuid)
    if found is None:
        raise Http404
    at = now()
    found.room.catch_up(at=at)
    try:
        if "begin" in request.POST:
            found.room.begin(by=request.user, at=at)
        elif "leave" in request.POST:
            found.room.stand_up(found.run, by=request.user, at=at)
            return redirect(found.run)
        elif "back" in request.POST:
            found.room.come_back(found.run, at=at)
        elif "mail" in request.POST:
            found.room.mail_turns(found.run, wanted=request.POST["mail"] == "on")
    except WrongState as late:
        messages.warning(request, late.message)
    return redirect(found.room)


def _page(
    request: HttpRequest, found: Room, own: RoomSeat | None, *, typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None, reckon: bool = False, notice: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    rows = list(found.moves.all())
    talk, at = found.talk, now()
    table = tables.play(talk, [row.as_move() for row in rows])
    script = found.script()
    seats = list(found.seats.select_related("run__enrolment__user"))
    shown = room_play.seats_shown(found, seats, table, own)
    mine = own is not None and found.is_playing and table.turn == own.key
    context = {
        "room": found,
        "item": found.assignment.item,
        "script": script,
        "stage": script.stage(found.stage_key),
        "talk": talk,
        "rules": found.rules,
        "seats": shown,
        "on_turn": next((seat for seat in shown if seat.on_turn), None),
        "by": next((seat for seat in shown if seat.seat.key == table.by), None),
        "table": table,
        "offer": terms_of(talk, table.offer) if table.offer is not None else (),
        "moves": room_play.moves_shown(found, rows, own.key if own else ""),
        "mine": mine,
        "allowed": table.allowed() if mine else (),
        "number": len(rows) + 1,
        "own": None,
        "run": own.run if own else None,
        "mailed": own is not None and own.mailed,
        "seconds": max(0, int((found.due_at - at).total_seconds())) if found.due_at else None,
        "message": request.POST.get("message", ""),
        "notice": notice,
        "reckoned": reckon and not problems,
        **({} if own else _watching(request, found, seats)),
    }
    if own is not None:
        context["own"] = room_play.own_side(found, own, table, rows, typed=typed, problems=problems, reckon=reckon)
    return render(request, "assessments/room.html", context, status=status)


def _watching(request: HttpRequest, found: Room, seats: list[RoomSeat]) -> dict[str, object]:
    """What who watches can do: put people on free seats before the talks begin. Two queries while it waits."""
    if not found.is_waiting:
        return {"watching": True}
    free = CaseRun.objects.filter(
        enrolment__cohort=found.cohort, assignment=found.assignment, stage_key=found.stage_key,
        status=CaseRun.Status.PLAYING, enrolment__status="active",
    ).exclude(room_seats__stage_key=found.stage_key)  # fmt: skip
    rules = found.rules
    return {
        "watching": True,
        "free_runs": list(free.select_related("enrolment__user").order_by("enrolment__user__full_name")),
        "free_seats": [rules.seat(one.key) for one in seats if one.run_id is None],
        "taken": [(rules.seat(one.key), one) for one in seats if one.run_id is not None],
    }
