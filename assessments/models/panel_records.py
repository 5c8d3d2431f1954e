"""What a panel leaves behind: declarations, votes, minutes, signatures. All appended."""

import uuid
from dataclasses import dataclass
from functools import cached_property

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.lib.immutable import AppendOnly

from .defence_days import PanelSeat


class ConflictDeclaration(AppendOnly):
    """A member says whether they have a conflict of interest with one trainee; the latest counts until they vote."""

    class Ground(models.TextChoices):
        NONE = "", _("no conflict")
        TAUGHT = "taught", _("I taught or tutored this person")
        EMPLOYER = "employer", _("we work, or lately worked, for the same organisation")
        KIN = "kin", _("we are related or close")
        DECLARED = "declared", _("a conflict declared beforehand")
        INTEREST = "interest", _("I have an interest in the project")
        OTHER = "other", pgettext_lazy("conflict", "another reason")

    defence = models.ForeignKey("assessments.Defence", on_delete=models.PROTECT, related_name="declarations")
    seat = models.ForeignKey(PanelSeat, on_delete=models.PROTECT, related_name="declarations")
    ground = models.CharField(max_length=10, choices=Ground.choices, blank=True)
    note = models.CharField(max_length=300, blank=True)
    declared_at = models.DateTimeField()

    class Meta:
        verbose_name = _("declaration on conflicts of interest")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.get_ground_display()


class DefenceVote(AppendOnly):
    """One member's vote of one round. Other members see it once the round is closed."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    defence = models.ForeignKey("assessments.Defence", on_delete=models.PROTECT, related_name="votes")
    seat = models.ForeignKey(PanelSeat, on_delete=models.PROTECT, related_name="votes")
    round = models.PositiveSmallIntegerField()
    passed = models.BooleanField()
    points = models.JSONField()  # {criterion key: points of a band}
    total = models.DecimalField(max_digits=5, decimal_places=2)
    reasons = models.TextField()
    voted_at = models.DateTimeField()

    class Meta:
        verbose_name = _("vote")
        ordering = ["round", "seat__role", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["defence", "seat", "round"], name="one_vote_in_a_round"),
            models.CheckConstraint(condition=~Q(reasons=""), name="vote_has_reasons"),
            models.CheckConstraint(condition=Q(total__gte=0, total__lte=100), name="vote_of_100"),
        ]

    def __str__(self) -> str:
        return f"{self.total}"


class Minutes(AppendOnly):
    """答辩纪要: who sat, what was asked, how it was voted. Signatures are given to its hash."""

    defence = models.OneToOneField("assessments.Defence", on_delete=models.PROTECT, related_name="minutes")
    content = models.JSONField()
    content_hash = models.CharField(max_length=80)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(PanelSeat, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("minutes")
        verbose_name_plural = _("minutes")

    def __str__(self) -> str:
        return self.content_hash


class MinutesSignature(AppendOnly):
    """A member who voted signs the minutes, with their password."""

    minutes = models.ForeignKey(Minutes, on_delete=models.PROTECT, related_name="signatures")
    seat = models.ForeignKey(PanelSeat, on_delete=models.PROTECT, related_name="signatures")
    content_hash = models.CharField(max_length=80)
    signed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("signature")
        ordering = ["signed_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["minutes", "seat"], name="one_signature_of_a_seat")]

    def __str__(self) -> str:
        return f"{self.seat}"


@dataclass(frozen=True)
class Bench:
    """Who sits for one defence. said: the latest declaration by seat; known: conflicts the system found; voted: by seat, in
    this round. Seats whose holder has left stay in it for the votes they gave."""

    seats: list[PanelSeat]
    said: dict[int, ConflictDeclaration]
    known: dict[int, str]
    voted: set[int]

    @property
    def to_replace(self) -> list[PanelSeat]:
        """Members who declared a conflict with this trainee beforehand and have no substitute who could vote here."""
        out = [seat for seat in self.seats if self.known.get(seat.pk) == ConflictDeclaration.Ground.DECLARED]
        helped = {seat.stands_in_for_id for seat in self.electors}
        return [seat for seat in out if not seat.left_at and not seat.stands_in_for_id and seat.pk not in helped]

    def conflict(self, seat: PanelSeat) -> str:
        """The ground that keeps this member out, "" for none known or declared."""
        said = self.said.get(seat.pk)
        return self.known.get(seat.pk) or (said.ground if said else "")

    def needs(self, seat: PanelSeat) -> bool:
        """Whether the seat counts here: a member of the panel, or who stands in for one that is out."""
        if seat.left_at and seat.pk not in self.voted:
            return False
        if not seat.stands_in_for_id:
            return True
        first = next((other for other in self.seats if other.pk == seat.stands_in_for_id), None)
        return first is None or bool(first.left_at) or bool(self.conflict(first))

    @cached_property
    def electors(self) -> list[PanelSeat]:
        """Those who may vote: needed, without a conflict. The chair first."""
        return [seat for seat in self.seats if self.needs(seat) and not self.conflict(seat)]

    @cached_property
    def ready(self) -> list[PanelSeat]:
        """The electors who have undertaken to judge impartially and declared that they have no conflict here."""
        return [seat for seat in self.electors if seat.undertaken_at and seat.pk in self.said]

    @cached_property
    def _heads(self) -> list[PanelSeat]:
        """Who would lead, in this order: the chair, the chair's substitute, the electors as they were seated."""
        stand_ins = [seat for seat in self.electors if seat.stands_in_for_id in {s.pk for s in self.seats if s.is_chair}]
        return [*(seat for seat in self.electors if seat.is_chair), *stand_ins, *self.electors]

    @property
    def chair(self) -> PanelSeat | None:
        """The chair, or who leads where the chair is out."""
        return next(iter(self._heads), None)

    @property
    def acting(self) -> PanelSeat | None:
        """Who led the vote: the first of them who voted, so that a chair who did not come holds nothing up."""
        return next((seat for seat in self._heads if seat.pk in self.voted), None)

    @property
    def all_voted(self) -> bool:
        return bool(self.ready) and all(seat.pk in self.voted for seat in self.ready)
