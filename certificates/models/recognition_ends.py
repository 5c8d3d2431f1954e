"""The end of a recognition: proposed by one officer, confirmed by another. Until then nothing changes."""

import uuid
from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState

from .recognition import Recognition


class RecognitionEnd(models.Model):
    """A proposal to end one recognition from a day on, with the reason that everyone reads once it is confirmed."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("change of a certificate", "waiting for a second person")
        CONFIRMED = "confirmed", pgettext_lazy("change of a certificate", "confirmed")
        REFUSED = "refused", pgettext_lazy("change of a certificate", "refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("change of a certificate", "withdrawn")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    recognition = models.ForeignKey(Recognition, on_delete=models.PROTECT, related_name="ends")
    day = models.DateField(_("from this day on"))
    reason = models.CharField(_("public reason"), max_length=300)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PROPOSED)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("end of a recognition")
        verbose_name_plural = _("ends of recognitions")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["recognition"], condition=Q(status__in=["proposed", "confirmed"]), name="one_end_per_recognition"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="recognition_end_takes_two_people"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["confirmed", "refused"]) | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="decided_recognition_end_says_by_whom",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="recognition_end_says_why"),
            models.CheckConstraint(condition=~Q(status="refused") | ~Q(decision_note=""), name="refused_end_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.recognition_id} {self.status}"

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.PROPOSED

    @property
    def tone(self) -> str:
        return {"proposed": "warn", "confirmed": "ok", "refused": "bad"}.get(self.status, "muted")

    @classmethod
    def propose(cls, recognition: Recognition, *, day: date, reason: str, by: User, at: datetime) -> "RecognitionEnd":
        """Raises WrongState: one's own, a day that is over, one that doesn't stand, or a proposal that waits already."""
        if by.pk == recognition.holder_id:
            raise WrongState(_("Nobody decides on their own certificate."), obj=recognition)
        if day < timezone.localdate(at):
            raise WrongState(_("A statement can't be withdrawn for days that are over."), obj=recognition)
        with transaction.atomic():
            locked = Recognition.objects.select_for_update().get(pk=recognition.pk)
            if locked.status != Recognition.Status.RECOGNISED:
                raise WrongState(_("This was decided meanwhile."), obj=recognition)
            if locked.ends.filter(status=cls.Status.PROPOSED).exists():
                raise WrongState(_("A change is already waiting; decide on that first."), obj=recognition)
            made = cls.objects.create(
                recognition=recognition, day=day, reason=reason.strip(), proposed_by=by, proposed_at=at
            )
            made._log("propose_end", by=by)
        return made

    def confirm(self, *, by: User, at: datetime) -> None:
        """A second officer ends it, from the day of the proposal on, or from today when that is over by now."""
        if by.pk in (self.proposed_by_id, self.recognition.holder_id):
            raise WrongState(_("Another person than who proposed this step has to confirm it."), obj=self.recognition)
        with transaction.atomic():
            self._move(status=self.Status.CONFIRMED, decided_by=by, decided_at=at)
            self.recognition.end(day=max(self.day, timezone.localdate(at)), reason=self.reason, by=by)

    def refuse(self, *, note: str, by: User, at: datetime) -> None:
        if by.pk == self.proposed_by_id:
            raise WrongState(_("Take your own proposal back instead."), obj=self.recognition)
        if by.pk == self.recognition.holder_id:
            raise WrongState(_("Nobody decides on their own certificate."), obj=self.recognition)
        with transaction.atomic():
            self._move(status=self.Status.REFUSED, decided_by=by, decided_at=at, decision_note=note.strip())
            self._log("refuse_end", by=by)

    def withdraw(self, *, by: User, at: datetime) -> None:
        with transaction.atomic():
            self._move(status=self.Status.WITHDRAWN, decided_at=at)
            self._log("withdraw_end", by=by)

    def _move(self, **values: Any) -> None:
        if not RecognitionEnd.objects.filter(pk=self.pk, status=self.Status.PROPOSED).update(**values):
            raise WrongState(_("This change has already been decided."), obj=self.recognition)
        self.refresh_from_db()

    def _log(self, verb: str, *, by: User) -> None:
        log(self.recognition, f"certificates.recognition.{verb}", by=by)
