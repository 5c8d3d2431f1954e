"""What takes two officers: proposed by one, confirmed or refused by another, taken back by whoever proposed it."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState


class TwoPersonStep(models.Model):
    """Until it is confirmed nothing changes. What it does then is each kind's own, and each says what it is about; that nobody
    decides alone is a constraint of each.

    ACTION: its name in the audit log, with `{verb}`. reason: why it was proposed. subject: what it is about. holder_id: the
    person whom it concerns. told: what the log says beside the reason.
    """

    ACTION: ClassVar[str]
    reason: str
    subject: models.Model
    holder_id: int | None
    told: dict[str, str]

    class Status(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("change of a certificate", "waiting for a second person")
        CONFIRMED = "confirmed", pgettext_lazy("change of a certificate", "confirmed")
        REFUSED = "refused", pgettext_lazy("change of a certificate", "refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("change of a certificate", "withdrawn")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PROPOSED)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.PROPOSED

    @property
    def tone(self) -> str:
        return {"proposed": "warn", "confirmed": "ok", "refused": "bad"}.get(self.status, "muted")

    def _confirm(self, *, by: User, at: datetime) -> None:
        """The second officer's yes, in the transaction of the step. Raises WrongState for one's own proposal or certificate."""
        if by.pk in (self.proposed_by_id, self.holder_id):
            raise WrongState(_("Another person than who proposed this step has to confirm it."), obj=self.subject)
        self._move(status=self.Status.CONFIRMED, decided_by=by, decided_at=at)

    def refuse(self, *, note: str, by: User, at: datetime) -> None:
        if by.pk == self.proposed_by_id:
            raise WrongState(_("Take your own proposal back instead."), obj=self.subject)
        if by.pk == self.holder_id:
            raise WrongState(_("Nobody decides on their own certificate."), obj=self.subject)
        with transaction.atomic():
            self._move(status=self.Status.REFUSED, decided_by=by, decided_at=at, decision_note=note.strip())
            self._log("refuse", by=by)

    def withdraw(self, *, by: User, at: datetime) -> None:
        with transaction.atomic():
            self._move(status=self.Status.WITHDRAWN, decided_at=at)
            self._log("withdraw", by=by)

    def _move(self, **values: Any) -> None:
        """Compare and set: of two who decide at the same time one is told."""
        if not type(self)._base_manager.filter(pk=self.pk, status=self.Status.PROPOSED).update(**values):
            raise WrongState(_("This change has already been decided."), obj=self.subject)
        self.refresh_from_db()

    def _log(self, verb: str, *, by: User) -> None:
        why = self.decision_note if verb == "refuse" else self.reason
        log(self.subject, self.ACTION.format(verb=verb), by=by, **self.told, reason=why)
