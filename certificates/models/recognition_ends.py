"""The end of a recognition: proposed by one officer, confirmed by another. Until then nothing changes."""

from datetime import date, datetime

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.errors import WrongState

from .recognition import Recognition
from .two_people import TwoPersonStep


class RecognitionEnd(TwoPersonStep):
    """A proposal to end one recognition from a day on, with the reason that everyone reads once it is confirmed."""

    ACTION = "certificates.recognition.{verb}_end"

    recognition = models.ForeignKey(Recognition, on_delete=models.PROTECT, related_name="ends")
    day = models.DateField(_("from this day on"))
    reason = models.CharField(_("public reason"), max_length=300)

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
    def subject(self) -> Recognition:
        return self.recognition

    @property
    def holder_id(self) -> int:
        return self.recognition.holder_id

    @property
    def told(self) -> dict[str, str]:
        return {"day": self.day.isoformat()}

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
            made._log("propose", by=by)
        return made

    def confirm(self, *, by: User, at: datetime) -> None:
        """A second officer ends it, from the day of the proposal on, or from today when that is over by now."""
        with transaction.atomic():
            self._confirm(by=by, at=at)
            self.recognition.end(day=max(self.day, timezone.localdate(at)), reason=self.reason, by=by)
