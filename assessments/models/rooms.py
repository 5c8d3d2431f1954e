"""A room: two to five trainees of one cohort at the same table of a case. State is in the database alone.

Moves are appended; `move_count` is compared and set with each, so two tabs, two clicks or two people never make one move two.
What a move does is decided by `curriculum/tables.py` from the moves alone. A deadline that has passed is made up for by
whoever looks first, a page or the job, as of the moment when it passed.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from curriculum import bargaining, tables
from curriculum.caserules import Negotiation
from curriculum.cases import CaseScript
from curriculum.reading import script_of_item
from curriculum.seats import RoomRules
from lms.lib.audit import log
from lms.lib.errors import WrongState
from training.errata import correction_of
from training.models import Cohort

from ..signals import turn_began
from .casework import CaseRun, OfferIncomplete
from .plans import Assignment
from .room_parts import LONGEST_MESSAGE, RoomMove, RoomSeat

AWAY_AFTER = 2  # moves missed in a row, then the script moves at once until the person comes back
MOVED = _("Somebody has moved since this page was shown; this is the table now.")
REFUSALS = {
    "over": _("The talks in this room are over."),
    "not_your_turn": _("It is not your turn yet."),
    "no_offer": _("No new offer can be made any more: accept what lies on the table, or reject it."),
    "no_accept": _("Nothing lies on the table that you could accept."),
    "no_reject": _("Nothing lies on the table that you could reject."),
    "no_leave": _("Nobody can walk away before everybody has had a turn."),
}


class RoomQuerySet(models.QuerySet):
    def unfinished(self) -> "RoomQuerySet":
        return self.filter(status__in=[Room.Status.WAITING, Room.Status.PLAYING])

    def overdue(self, at: datetime) -> "RoomQuerySet":
        """Rooms in which a deadline has passed: of a move, or of waiting for others."""
        return self.unfinished().filter(due_at__lte=at)


class Room(models.Model):
    """One table. version: goes up with everything that changes on its pages; due_at: until when the turn is, or the waiting."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting for people")
        PLAYING = "playing", _("at the table")
        DEAL = "deal", _("deal")
        FAILURE = "failure", _("no deal")
        CALLED_OFF = "off", _("called off")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="rooms")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="rooms")
    stage_key = models.CharField(max_length=40)
    number = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    move_count = models.PositiveSmallIntegerField(default=0)
    turn_key = models.CharField(max_length=40, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = RoomQuerySet.as_manager()

    class Meta:
        verbose_name = _("room")
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["cohort", "assignment", "stage_key", "number"], name="room_number_once")
        ]
        indexes = [models.Index(fields=["status", "due_at"], name="room_due")]

    def __str__(self) -> str:
        return f"{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("room", args=[self.uuid])

    # --- What the case says ---------------------------------------------------------------------------------------------

    def script(self) -> CaseScript:
        """The case as it was when the room was opened: a correction that came later changes no table in play."""
        correction = correction_of(self.cohort, self.assignment.item)
        if correction is None or correction.applied_at > self.opened_at:
            return self.assignment.script()
        return script_of_item(correction.change)

    @property
    def talk(self) -> Negotiation:
        stage = self.script().stage(self.stage_key)
        assert stage is not None and stage.negotiation is not None
        return stage.negotiation

    @property
    def rules(self) -> RoomRules:
        room = self.talk.room
        assert room is not None
        return room

    @property
    def is_waiting(self) -> bool:
        return self.status == self.Status.WAITING

    @property
    def is_playing(self) -> bool:
        return self.status == self.Status.PLAYING

    @property
    def is_over(self) -> bool:
        return not (self.is_waiting or self.is_playing)

    # --- Seats ------------------------------------------------------------------------------------------------------------

    @classmethod
    def open(cls, run: CaseRun, seat_key: str, *, by: User, at: datetime) -> "Room":
        """Open a room at the stage where the run is, and sit down on a seat of it.

        Raises WrongState: the run is at no such stage, sits in a room already, or there is no such seat.
        """
        with transaction.atomic():
            Cohort.objects.select_for_update().get(pk=run.enrolment.cohort_id)  # numbers one after another
            fields = {"cohort": run.enrolment.cohort, "assignment": run.assignment, "stage_key": run.stage_key}
            last = cls.objects.filter(**fields).aggregate(m=models.Max("number"))["m"] or 0
            room = cls(**fields, number=last + 1, opened_by=by, opened_at=at)
            stage = room.script().stage(run.stage_key)
            if run.is_played or stage is None or stage.negotiation is None or stage.negotiation.room is None:
                raise WrongState(_("There is no table at the stage where this case is."), obj=run)
            if room.rules.waiting:
                room.due_at = at + timedelta(minutes=room.rules.waiting)
            room.save()
            RoomSeat.objects.bulk_create(
                RoomSeat(room=room, key=seat.key, position=place) for place, seat in enumerate(room.rules.seats)
            )
            log(room, "assessments.room.open", by=by, organisation=room.cohort.organisation)
            room.sit(run, seat_key, by=by, at=at)
        return room

    def sit(self, run: CaseRun, seat_key: str, *, by: User, at: datetime) -> "RoomSeat":
        """Let somebody sit down; the last one begins the talks. On the seat where they sit already: harmless.

        Raises WrongState: the talks have begun, the seat is taken, another cohort or stage, or they sit elsewhere.
        """
        with transaction.atomic():
            room = self._held()
            own = RoomSeat.objects.filter(run=run, stage_key=room.stage_key).select_related("room").first()
            if own is not None:
                if own.room_id == room.pk and own.key == seat_key:
                    return own
                raise WrongState(_("They sit at a table already."), obj=own.room)
            if not room.is_waiting:
                raise WrongState(_("The talks in this room have begun; open another one."), obj=room)
            if run.enrolment.cohort_id != room.cohort_id or not run.enrolment.is_active:
                raise WrongState(_("Only active trainees of the same cohort can join."), obj=room)
            if run.assignment_id != room.assignment_id or run.is_played or run.stage_key != room.stage_key:
                raise WrongState(_("Their case is not at this table yet."), obj=room)
            fields = {"run": run, "stage_key": room.stage_key, "seated_by": by, "seated_at": at}
            if not room.seats.filter(key=seat_key, run=None).update(**fields):
                raise WrongState(_("This seat is taken."), obj=room)
            room._changed()
            log(room, "assessments.room.sit", by=by, organisation=room.cohort.organisation, seat=seat_key)
            if not room.seats.filter(run=None).exists():
                room._begin(at=at)
            self.refresh_from_db()
        return self.seats.get(key=seat_key)

    def stand_up(self, run: CaseRun, *, by: User, at: datetime) -> None:
        """Leave the table. Before the talks the seat is free again, and a room without people is called off; later the script
        moves for the seat until the person comes back. Twice is harmless. Raises WrongState once the talks are over."""
        with transaction.atomic():
            room = self._held()
            if room.is_over:
                raise WrongState(REFUSALS["over"], obj=room)
            seats = room.seats.filter(run=run)
            if room.is_waiting:
                gone = seats.update(run=None, stage_key="", seated_by=None, seated_at=None)
                if gone and not room.seats.exclude(run=None).exists():
                    Room.objects.filter(pk=room.pk).update(status=self.Status.CALLED_OFF, closed_at=at, due_at=None)
            else:
                gone = seats.filter(away_at=None).update(away_at=at)
            if gone:
                room._changed()
                log(room, "assessments.room.leave", by=by, organisation=room.cohort.organisation)
                room._go_on(at=at)
            self.refresh_from_db()

    def come_back(self, run: CaseRun, *, at: datetime) -> None:
        """Take one's seat back from the script. Twice is harmless."""
        with transaction.atomic():
            room = self._held()
            if room.is_playing and room.seats.filter(run=run).exclude(away_at=None).update(away_at=None, missed=0):
                room._changed()
            self.refresh_from_db()

    def mail_turns(self, run: CaseRun, *, wanted: bool) -> None:
        """Whether this person gets a mail when it is their turn."""
        self.seats.filter(run=run).update(mailed=wanted)

    def begin(self, *, by: User, at: datetime) -> None:
        """Begin with scripts on the empty seats. Twice is harmless. Raises WrongState when nobody sits there."""
        with transaction.atomic():
            room = self._held()
            if room.is_waiting:
                if not room.seats.exclude(run=None).exists():
                    raise WrongState(_("Nobody sits at this table."), obj=room)
                log(room, "assessments.room.begin", by=by, organisation=room.cohort.organisation)
                room._begin(at=at)
            self.refresh_from_db()

    def call_off(self, *, by: User, at: datetime) -> None:
        """Close a room that has not begun; everybody is free to sit elsewhere. Twice is harmless."""
        with transaction.atomic():
            room = self._held()
            if room.status == self.Status.CALLED_OFF:
                return
            if not room.is_waiting:
                raise WrongState(_("The talks in this room have begun."), obj=room)
            room.seats.update(run=None, stage_key="", seated_by=None, seated_at=None)
            Room.objects.filter(pk=room.pk).update(status=self.Status.CALLED_OFF, closed_at=at, due_at=None)
            room._changed()
            log(room, "assessments.room.off", by=by, organisation=room.cohort.organisation)
            self.refresh_from_db()

    # --- Moves ------------------------------------------------------------------------------------------------------------

    def move(
        self,
        run: CaseRun,
        kind: str,
        typed: Mapping[str, str] | None = None,
        *,
        number: int,
        message: str = "",
        at: datetime,
    ) -> "RoomMove":
        """Make one move. number: of the move as the page showed it, 1 for the first; the same one twice is harmless.

        Raises OfferIncomplete naming the terms; WrongState: not their turn, somebody moved first, or it can't be made now.
        """
        terms = None
        if kind == "offer":
            if found := bargaining.offer_problems(self.talk, typed or {}):
                raise OfferIncomplete(found)
            terms = bargaining.read_offer(self.talk, typed or {})
        self.catch_up(at=at)
        with transaction.atomic():
            room = self._held()
            seat = room.seats.filter(run=run).first()
            if seat is None or kind not in ("offer", "accept", "reject", "leave"):
                raise WrongState(MOVED, obj=room)
            made = room.moves.filter(number=number).first()
            if (
                made is not None
                and (made.seat_key, made.kind, made.terms) == (seat.key, kind, terms)
                and made.how == "person"
            ):
                return made
            if room.is_over:
                raise WrongState(REFUSALS["over"], obj=room)
            if not room.is_playing or number != room.move_count + 1:
                raise WrongState(MOVED, obj=room)
            try:
                row = room._append(
                    tables.Move(seat.key, kind, terms),
                    how=RoomMove.How.PERSON,
                    message=message.strip()[:LONGEST_MESSAGE],
                    at=at,
                )
            except tables.Refused as refused:
                raise WrongState(REFUSALS[refused.kind], obj=room) from refused
            room.seats.filter(pk=seat.pk).update(away_at=None, missed=0)
            room._go_on(at=at)
            self.refresh_from_db()
        return row

    def catch_up(self, *, at: datetime) -> bool:
        """Make up for deadlines that have passed, each as of its moment. No query when none has. True when something moved."""
        if self.due_at is None or self.due_at > at or self.is_over:
            return False
        with transaction.atomic():
            room = self._held()
            while not room.is_over and room.due_at is not None and room.due_at <= at:
                moment = room.due_at
                if room.is_waiting:
                    room._begin(at=moment)
                    continue
                seat = room.seats.get(key=room.turn_key)
                away = moment if seat.missed + 1 >= AWAY_AFTER else None
                room.seats.filter(pk=seat.pk).update(missed=F("missed") + 1, away_at=away)
                table = room.table()
                move = (
                    tables.scripted(room.talk, table)
                    if room.rules.missed == "scripted"
                    else tables.Move(table.turn, "pass")
                )
                room._append(move, how=RoomMove.How.MISSED, at=moment)
                room._go_on(at=moment)
        self.refresh_from_db()
        return True

    def table(self) -> tables.Table:
        """The table after all moves. One query unless `moves` is prefetched."""
        return tables.play(self.talk, [row.as_move() for row in self.moves.all()])

    def _held(self) -> "Room":
        """This room, locked until the end of the transaction, with what it belongs to."""
        room = Room.objects.select_for_update().get(pk=self.pk)
        room.cohort, room.assignment = self.cohort, self.assignment
        return room

    def _begin(self, *, at: datetime) -> None:
        fields = {"status": self.Status.PLAYING, "started_at": at, "turn_key": self.rules.keys[0], "due_at": None}
        if not Room.objects.filter(pk=self.pk, status=self.Status.WAITING).update(**fields):
            raise WrongState(MOVED, obj=self)
        self._changed()
        self._go_on(at=at)

    def _append(self, move: tables.Move, *, how: str, at: datetime, message: str = "") -> "RoomMove":
        """Write a move that can be made now, and give the turn on. Raises tables.Refused, WrongState when somebody was first."""
        table = self.table()
        tables.happen(table, move)
        fields = {
            "move_count": self.move_count + 1,
            "turn_key": table.turn,
            "version": F("version") + 1,
            "due_at": None,
        }
        if not Room.objects.filter(pk=self.pk, move_count=self.move_count, status=self.Status.PLAYING).update(**fields):
            raise WrongState(MOVED, obj=self)
        row = RoomMove.objects.create(
            room=self, number=self.move_count + 1, seat_key=move.seat, kind=move.kind, how=how, message=message, moved_at=at,
            terms=None if move.terms is None else dict(move.terms),
        )  # fmt: skip
        if table.result:
            self._close(table, at=at)
        self.refresh_from_db()
        return row

    def _go_on(self, *, at: datetime) -> None:
        """Let scripted seats move until it is a person's turn, and set their deadline."""
        self.refresh_from_db()
        people = {seat.key for seat in self.seats.all() if seat.is_person}
        while self.is_playing and self.turn_key not in people:
            self._append(tables.scripted(self.talk, self.table()), how=RoomMove.How.SCRIPTED, at=at)
        if self.is_playing and self.due_at is None:
            Room.objects.filter(pk=self.pk).update(due_at=at + timedelta(minutes=self.rules.minutes))
            self.refresh_from_db()
            turn_began.send(sender=Room, room=self, at=at)

    def _close(self, table: tables.Table, *, at: datetime) -> None:
        """Keep how it ended, and let everybody's case go on from it."""
        status = self.Status.DEAL if table.result == "deal" else self.Status.FAILURE
        Room.objects.filter(pk=self.pk).update(status=status, closed_at=at, due_at=None, turn_key="")
        moves = [row.as_json() for row in self.moves.order_by("number")]
        terms = dict(table.offer or {}) if table.result == "deal" else {}
        people = list(self.seats.exclude(run=None).select_related("run__enrolment__cohort", "run__assignment__item"))
        for seat in people:
            data = {
                "room": str(self.uuid), "seat": seat.key, "result": table.result, "terms": terms, "moves": moves,
                "people": [other.key for other in people],
            }  # fmt: skip
            seat.run.end_room(self.stage_key, data, at=at)

    def _changed(self) -> None:
        Room.objects.filter(pk=self.pk).update(version=F("version") + 1)
        self.refresh_from_db()
