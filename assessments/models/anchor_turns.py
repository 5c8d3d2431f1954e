"""Marking an anchor: to practise, to qualify, or met in the queue, where it looks like any other script.

The turn stands where an `Allocation` would stand and is read by the same pages; its mark is an `AnchorMark`, which no result,
gradebook, release or sample knows of.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from curriculum.cases import CaseScript
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly
from training.models.enrolments import new_anonymous_code

from ..anchor_rules import Gap
from ..passages import kept
from ..scoring import total_of
from .anchors import AnchorScript
from .casework import Decision
from .file_copies import hashes_of
from .marks import Kind
from .notes import MarkNote
from .plans import Assignment
from .sheet_turns import LEASE, SheetTurn
from .similar import passed_on
from .submission_parts import SubmissionFile


class _Steps:
    """The decisions of an anchor, asked for as those of a run are."""

    def __init__(self, anchor: AnchorScript) -> None:
        self.anchor = anchor

    def all(self) -> list[Decision]:
        return self.anchor.decisions()


class AnchorRun:
    """The way through the case, as the sheet reads it of a `CaseRun`."""

    def __init__(self, turn: "AnchorTurn") -> None:
        self.assignment, self.variant, self.started_at = turn.assignment, turn.anchor.variant, turn.anchor.started_at
        self.decisions = _Steps(turn.anchor)

    def script(self) -> CaseScript:
        return self.assignment.script(self.variant)


class AnchorWork:
    """An anchor as the sheet reads a `Submission`: under the code of this turn, so that nobody can compare notes by it."""

    team_id = None

    def __init__(self, turn: "AnchorTurn") -> None:
        anchor = turn.anchor
        self.anchor, self.assignment, self.attempt = anchor, turn.assignment, anchor.attempt
        self.fields, self.checks, self.ai_use, self.ai_tools = anchor.fields, anchor.checks, anchor.ai_use, anchor.ai_tools
        self.enrolment = SimpleNamespace(anonymous_code=turn.code)

    @cached_property
    def run(self) -> AnchorRun:
        return AnchorRun(self)

    def current_files(self) -> list[SubmissionFile]:
        return self.anchor.current_files()


class AnchorTurn(SheetTurn):
    class Purpose(models.TextChoices):
        TRAINING = "training", _("practice")
        QUALIFICATION = "qualify", _("qualification")
        SEEDED = "seeded", _("met in the queue")

    anchor = models.ForeignKey(AnchorScript, on_delete=models.PROTECT, related_name="turns")
    # The anchor's own; in the queue the one beside whose scripts it lies.
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="+")
    assessor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="anchor_turns")
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    qualification = models.ForeignKey(
        "assessments.Qualification", on_delete=models.PROTECT, null=True, blank=True, related_name="turns"
    )
    code = models.CharField(max_length=12, default=new_anonymous_code)
    # In the queue: how many scripts the assessor had taken before this one.
    place = models.PositiveIntegerField(null=True, blank=True)

    # What the sheet asks of an `Allocation`. Steps on anchors stand in nobody's log but the authority's.
    logged_at = None
    sampled_id = None
    sampled = None

    class Meta:
        verbose_name = _("turn on an anchor")
        constraints = [
            models.UniqueConstraint(fields=["anchor", "assessor"], condition=Q(purpose="seeded"), name="anchor_met_once"),
            models.UniqueConstraint(
                fields=["anchor", "assessor"], condition=Q(purpose="training", status="taken"), name="one_practice_at_a_time"
            ),
            models.UniqueConstraint(fields=["qualification", "anchor"], name="anchor_once_in_a_qualification"),
            models.CheckConstraint(
                condition=Q(purpose="qualify", qualification__isnull=False) | ~Q(purpose="qualify") & Q(qualification=None),
                name="qualifying_turn_has_its_test",
            ),
            models.CheckConstraint(
                condition=Q(purpose="seeded", place__isnull=False) | ~Q(purpose="seeded") & Q(place=None),
                name="seeded_turn_has_its_place",
            ),
        ]
        indexes = [models.Index(fields=["assessor", "purpose", "status"])]

    def __str__(self) -> str:
        return f"{self.anchor_id} {self.purpose}"

    def get_absolute_url(self) -> str:
        return reverse("marking_sheet", args=[self.uuid])

    @property
    def is_seeded(self) -> bool:
        return self.purpose == self.Purpose.SEEDED

    @property
    def kind(self) -> str:
        """As the sheet asks an `Allocation`: in the queue a first mark, else nothing that the queue knows."""
        return Kind.FIRST if self.is_seeded else self.purpose

    @cached_property
    def submission(self) -> AnchorWork:
        return AnchorWork(self)

    @classmethod
    def practise(cls, anchor: AnchorScript, assessor: User, *, at: datetime) -> "AnchorTurn":
        """Begin to practise on an anchor, or go on with it. As often as one likes."""
        with transaction.atomic():
            AnchorScript.objects.select_for_update().get(pk=anchor.pk)
            mine = cls.objects.filter(anchor=anchor, assessor=assessor, purpose=cls.Purpose.TRAINING)
            if found := mine.filter(status=cls.Status.TAKEN).first():
                return found
            return cls.objects.create(
                anchor=anchor, assignment=anchor.assignment, assessor=assessor, purpose=cls.Purpose.TRAINING, taken_at=at,
                lease_until=at + LEASE,
            )

    def similar(self) -> list[str]:
        """What stood beside the work when it was handed in. One query."""
        return passed_on(self.anchor.source_id) if self.anchor.source_id else []

    def given(self) -> "AnchorMark | None":
        """The mark of this turn, once it was given. One query then."""
        return AnchorMark.objects.filter(turn=self).first() if self.status == self.Status.DONE else None

    def give_back(self, *, at: datetime, reason: str = "") -> None:
        """As `Allocation.give_back`. In a qualification another anchor takes its place."""
        with transaction.atomic():
            taken = AnchorTurn.objects.filter(pk=self.pk, status=self.Status.TAKEN)
            moved = taken.update(status=self.Status.GIVEN_BACK, reason=reason.strip()[:300], lease_until=at)
            self.refresh_from_db(fields=["status", "reason", "lease_until"])
            if not moved and self.status != self.Status.GIVEN_BACK:
                raise WrongState(_("This mark has been given or handed back."), obj=self)
            if moved:
                log(self, "assessments.anchor.give_back", by=self.assessor)
                if self.qualification_id:
                    self.qualification.replace(self, at=at)

    def give_mark(
        self, scores: dict[str, dict[str, Any]], comment: str, *, at: datetime, reason: str = "", notes: Iterable[dict] = (),
        agreed: bool = False,
    ) -> "AnchorMark":  # fmt: skip
        """Give the mark, as `Allocation.give_mark`; it stands beside the agreed bands and nowhere else. Twice is harmless."""
        if existing := AnchorMark.objects.filter(turn=self).first():
            return existing
        chosen = self.bands_of(scores, reason=reason)
        lines = self.assignment.rubric.lines()
        ladders = {line.key: [band.points for band in line.bands.all()] for line in lines}
        total = total_of({key: band.points for key, band in chosen.items()}, {line.key: line.top for line in lines})
        with transaction.atomic():
            if not AnchorTurn.objects.filter(pk=self.pk, status=self.Status.TAKEN).update(status=self.Status.DONE):
                if existing := AnchorMark.objects.filter(turn=self).first():
                    return existing
                raise WrongState(_("This mark has been given or handed back."), obj=self)
            right = {key: row.band.points for key, row in self.anchor.agreed().items()}
            mark = AnchorMark.objects.create(
                turn=self, anchor=self.anchor, assessor=self.assessor, purpose=self.purpose, total=total,
                gap=total - self.anchor.total, marked_at=at, comment=comment,
                points={key: band.points for key, band in chosen.items()},
                off={key: chosen[key].points - right[key] for key in chosen},
                apart={key: ladders[key].index(chosen[key].points) - ladders[key].index(right[key]) for key in chosen},
                comments={key: str(scores[key].get("comment", "")) for key in chosen},
                notes=kept(notes, self.anchor.fields, hashes_of(self.anchor.current_files())),
            )  # fmt: skip
            log(mark, "assessments.anchor.mark", by=self.assessor, purpose=self.purpose)
            if self.qualification_id:
                self.qualification.have_mark(at=at)
        self.refresh_from_db(fields=["status"])
        return mark


class AnchorMark(AppendOnly):
    """What somebody gave an anchor, and how far it lies from what was agreed. Not a mark of anybody's work."""

    turn = models.OneToOneField(AnchorTurn, on_delete=models.PROTECT, related_name="mark")
    anchor = models.ForeignKey(AnchorScript, on_delete=models.PROTECT, related_name="marks")
    assessor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="anchor_marks")
    purpose = models.CharField(max_length=8, choices=AnchorTurn.Purpose.choices)
    total = models.DecimalField(max_digits=5, decimal_places=2)
    # Own total less the agreed one, points of 100.
    gap = models.DecimalField(max_digits=5, decimal_places=2)
    # By criterion key: points given, points above (+) or below (-) the agreed band, and the same in bands.
    points = models.JSONField()
    off = models.JSONField()
    apart = models.JSONField()
    comments = models.JSONField(default=dict, blank=True)
    comment = models.TextField(blank=True)
    notes = models.JSONField(default=list, blank=True)
    marked_at = models.DateTimeField()

    reason = ""

    class Meta:
        verbose_name = _("mark of an anchor")
        ordering = ["marked_at", "pk"]
        indexes = [models.Index(fields=["purpose", "assessor", "marked_at"])]

    def __str__(self) -> str:
        return f"{self.anchor_id} {self.purpose}: {self.total}"

    def as_draft(self) -> dict[str, Any]:
        """As `Mark.as_draft`."""
        chosen = {key: {"points": str(points), "comment": self.comments.get(key, "")} for key, points in self.points.items()}
        return {"scores": chosen, "comment": self.comment, "reason": ""}

    @property
    def as_gap(self) -> Gap:
        return Gap(Decimal(self.gap), self.apart)

    def note_rows(self) -> list[MarkNote]:
        """The notes on the work, as rows that were never saved."""
        fields, criteria = self.anchor.fields, {line.key: line for line in self.turn.assignment.rubric.lines()}
        return [
            MarkNote.row(note, place, fields, criteria, pk=place, mark_id=self.pk) for place, note in enumerate(self.notes)
        ]
