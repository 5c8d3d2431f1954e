"""Marking: who was asked to mark, and what they gave. Two assessors, blind; a moderator when they disagree."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.immutable import AppendOnly

from .casework import Submission
from .rubrics import Band, Criterion, Rubric


class Allocation(models.Model):
    """One assessor's turn on one submission, held by a lease. Taken from the queue; given back when the lease runs out."""

    class Kind(models.TextChoices):
        FIRST = "first", _("first mark")
        SECOND = "second", _("second mark")
        MODERATED = "moderated", _("moderator's mark")

    class Status(models.TextChoices):
        TAKEN = "taken", _("being marked")
        DONE = "done", _("marked")
        GIVEN_BACK = "given_back", _("given back")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="allocations")
    assessor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="allocations")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.TAKEN)
    taken_at = models.DateTimeField()
    lease_until = models.DateTimeField()
    # The assessor's unfinished mark, autosaved: {"scores": {criterion key: points}, "comments": {…}, "comment": ""}.
    draft = models.JSONField(default=dict, blank=True)
    draft_number = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("marking allocation")
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "kind"], condition=~Q(status="given_back"), name="one_allocation_per_kind"
            ),
            models.UniqueConstraint(
                fields=["submission", "assessor"], condition=~Q(status="given_back"), name="one_turn_per_assessor"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.kind}"


class Mark(AppendOnly):
    """评分: one person's judgement of one submission by its rubric."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="marks")
    allocation = models.OneToOneField(Allocation, on_delete=models.PROTECT, related_name="mark")
    assessor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="marks")
    kind = models.CharField(max_length=10, choices=Allocation.Kind.choices)
    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, related_name="marks")
    # Points of 100, two decimals: points given ÷ points possible × 100.
    total = models.DecimalField(max_digits=5, decimal_places=2)
    comment = models.TextField(_("comment for the trainee"), blank=True)
    reason = models.TextField(_("moderator's reason"), blank=True)
    marked_at = models.DateTimeField()

    class Meta:
        verbose_name = _("mark")
        ordering = ["marked_at"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "kind"], name="one_mark_per_kind"),
            models.UniqueConstraint(fields=["submission", "assessor"], name="one_mark_per_assessor"),
            models.CheckConstraint(condition=Q(total__gte=0, total__lte=100), name="mark_of_100"),
            models.CheckConstraint(condition=~Q(kind="moderated") | ~Q(reason=""), name="moderator_gives_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.kind}: {self.total}"


class Score(AppendOnly):
    """分数: the band chosen for one criterion, with a comment."""

    mark = models.ForeignKey(Mark, on_delete=models.PROTECT, related_name="scores")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    band = models.ForeignKey(Band, on_delete=models.PROTECT, related_name="+")
    comment = models.TextField(blank=True)

    class Meta:
        verbose_name = _("score")
        ordering = ["criterion__position"]
        constraints = [models.UniqueConstraint(fields=["mark", "criterion"], name="one_score_per_criterion")]

    def __str__(self) -> str:
        return f"{self.criterion_id}: {self.band_id}"
