"""What every turn at the marking sheet has: a lease, and an unfinished mark that no second tab overwrites."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from lms.lib.errors import WrongState

from .marks import DECIDING, MarkIncomplete
from .rubrics import Band

LEASE = timedelta(hours=4)


class StaleMark(Exception):
    """Another tab has saved this mark since; `allocation` holds what is saved now."""

    def __init__(self, allocation: "SheetTurn") -> None:
        super().__init__(str(allocation.draft_number))
        self.allocation = allocation


class SheetTurn(models.Model):
    """One person's turn at a sheet. Whoever inherits has `submission`, `kind` and `sampled_id`."""

    class Status(models.TextChoices):
        TAKEN = "taken", _("being marked")
        DONE = "done", _("marked")
        GIVEN_BACK = "given_back", _("given back")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.TAKEN)
    taken_at = models.DateTimeField()
    lease_until = models.DateTimeField()
    # The assessor's unfinished mark, autosaved: {"scores": {criterion key: points}, "comments": {…}, "comment": ""}.
    draft = models.JSONField(default=dict, blank=True)
    draft_number = models.PositiveIntegerField(default=0)
    # Why the assessor gave it back, in their words; empty when only the lease ran out.
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        abstract = True

    def save_draft(self, draft: dict[str, Any], *, number: int, at: datetime) -> None:
        """Keep an unfinished mark and lengthen the lease. The same save twice is one.

        Raises StaleMark for a stale tab, WrongState when it is done.
        """
        mine = type(self)._default_manager.filter(pk=self.pk, status=self.Status.TAKEN, draft_number=number)
        moved = mine.update(draft=draft, draft_number=number + 1, lease_until=Greatest("lease_until", Value(at + LEASE)))
        self.refresh_from_db()
        if not moved:
            if self.status == self.Status.TAKEN and self.draft == draft and self.draft_number == number + 1:
                return  # the answer to the first sending was lost on its way
            if self.status == self.Status.TAKEN:
                raise StaleMark(self)
            raise WrongState(_("This mark has been given or handed back."), obj=self)

    def bands_of(self, scores: dict[str, dict[str, Any]], *, reason: str = "") -> dict[str, Band]:
        """Return the chosen band of every criterion. Raises MarkIncomplete naming what a mark still needs."""
        lines = self.submission.assignment.rubric.lines()
        chosen: dict[str, Band] = {}
        for criterion in lines:
            points = scores.get(criterion.key, {}).get("points")
            band = next((b for b in criterion.bands.all() if str(b.points) == str(points)), None)
            if band is not None:
                chosen[criterion.key] = band
        missing = [criterion.key for criterion in lines if criterion.key not in chosen]
        if self.kind in DECIDING and not reason.strip():
            missing.append("reason")
        if missing:
            raise MarkIncomplete(missing)
        return chosen
