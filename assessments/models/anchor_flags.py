"""A marker whose marks of anchors lie surely beyond the limit: shown to the officers, and what a person decided, and why."""

import uuid
from datetime import datetime

from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState

from .anchor_terms import AnchorTerms
from .policy import LicenceEvent


class MarkerFlag(models.Model):
    class Outcome(models.TextChoices):
        KEPT = "kept", _("may go on marking")
        SUSPENDED = "suspended", _("licence suspended")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    assessor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="marker_flags")
    terms = models.ForeignKey(AnchorTerms, on_delete=models.PROTECT, related_name="+")
    # {"bias", "low", "high", "marks"}: points of 100, as measured when it was raised.
    measured = models.JSONField()
    raised_at = models.DateTimeField()
    outcome = models.CharField(max_length=9, choices=Outcome.choices, blank=True)
    reason = models.CharField(_("reason"), max_length=400, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    licence = models.OneToOneField(LicenceEvent, on_delete=models.PROTECT, null=True, blank=True, related_name="flag")

    class Meta:
        verbose_name = _("flagged marker")
        ordering = ["-raised_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["assessor"], condition=Q(outcome=""), name="one_open_flag_per_marker"),
            models.CheckConstraint(
                condition=Q(outcome="", decided_at=None)
                | ~Q(outcome="") & Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(reason=""),
                name="flag_is_decided_by_a_person",
            ),
            models.CheckConstraint(
                condition=Q(outcome="suspended", licence__isnull=False) | ~Q(outcome="suspended") & Q(licence=None),
                name="suspension_names_the_licence",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessor_id} {self.outcome or '…'}"

    def get_absolute_url(self) -> str:
        return reverse("anchor_marker", args=[self.assessor.uuid])

    def decide(self, outcome: str, *, reason: str, by: User, at: datetime) -> None:
        """Let the marker go on, or suspend the licence. Raises WrongState when it is decided, when the terms don't let a
        licence be suspended for this, or when none holds."""
        with transaction.atomic():
            fresh = MarkerFlag.objects.select_for_update(of=("self",)).select_related("terms", "assessor").get(pk=self.pk)
            if fresh.outcome:
                raise WrongState(_("This was decided before."), obj=self)
            licence = None
            if outcome == self.Outcome.SUSPENDED:
                if not fresh.terms.suspends:
                    raise WrongState(_("The terms don't let a licence be suspended for this."), obj=self)
                licence = LicenceEvent.record(
                    LicenceEvent.Kind.WITHDRAWN, fresh.assessor, reason=reason, by=by, at=at, measured=fresh.measured
                )
            fresh.outcome, fresh.reason, fresh.decided_at, fresh.decided_by = outcome, reason.strip()[:400], at, by
            fresh.licence = licence
            fresh.save()
            log(fresh, f"assessments.flag.{outcome}", by=by, assessor=fresh.assessor_id)
        self.refresh_from_db()
