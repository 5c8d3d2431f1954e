"""What a room is made of: its seats, and the moves that were made at its table."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from curriculum import tables
from curriculum.seats import Seat
from lms.lib.immutable import AppendOnly

from .casework import CaseRun

LONGEST_MESSAGE = 300


class RoomSeat(models.Model):
    """A seat of a room. run: who sits there, empty for a seat that its script plays.

    missed: moves missed in a row. away_at: since when the script moves for this person at once.
    """

    room = models.ForeignKey("assessments.Room", on_delete=models.PROTECT, related_name="seats")
    key = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField()
    run = models.ForeignKey(CaseRun, on_delete=models.PROTECT, null=True, blank=True, related_name="room_seats")
    stage_key = models.CharField(max_length=40, blank=True)
    seated_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    seated_at = models.DateTimeField(null=True, blank=True)
    missed = models.PositiveSmallIntegerField(default=0)
    away_at = models.DateTimeField(null=True, blank=True)
    # Whether the person gets a mail when it is their turn; they switch it off on the page of the table.
    mailed = models.BooleanField(default=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["room", "key"], name="room_seat_once"),
            models.UniqueConstraint(
                fields=["run", "stage_key"], condition=Q(run__isnull=False), name="one_room_per_stage"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.key

    @property
    def is_person(self) -> bool:
        """Whether somebody sits here who moves by themselves."""
        return self.run_id is not None and self.away_at is None

    def spec(self) -> Seat:
        """The seat as the case describes it."""
        found = self.room.rules.seat(self.key)
        assert found is not None
        return found


class RoomMove(AppendOnly):
    """One move. how: by the person, by the script of an empty seat, or because the person missed the deadline."""

    class Kind(models.TextChoices):
        OFFER = "offer", _("offer")
        ACCEPT = "accept", _("accepted")
        REJECT = "reject", _("rejected")
        PASS = "pass", _("passed")
        LEAVE = "leave", _("walked away")

    class How(models.TextChoices):
        PERSON = "person", _("by the person")
        SCRIPTED = "scripted", _("by the script")
        MISSED = "missed", _("deadline missed")

    room = models.ForeignKey("assessments.Room", on_delete=models.PROTECT, related_name="moves")
    number = models.PositiveSmallIntegerField()
    seat_key = models.CharField(max_length=40)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    how = models.CharField(max_length=8, choices=How.choices)
    terms = models.JSONField(null=True, blank=True)
    message = models.CharField(max_length=LONGEST_MESSAGE, blank=True)
    moved_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["room", "number"], name="room_move_once")]

    def __str__(self) -> str:
        return f"{self.number}: {self.seat_key} {self.kind}"

    def as_move(self) -> tables.Move:
        return tables.Move(self.seat_key, self.kind, self.terms)

    def as_json(self) -> dict[str, Any]:
        """What of a move goes into the trace of everybody at the table: seats, no names."""
        return {
            "seat": self.seat_key, "kind": self.kind, "how": self.how, "terms": self.terms, "message": self.message,
            "at": self.moved_at.isoformat(),
        }  # fmt: skip
