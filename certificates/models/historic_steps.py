"""What happens to imported records afterwards: corrections and withdrawals by two officers, and people who claim theirs."""

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.uploads import CheckedFile

from ..historic_reading import SHOWN
from ..numbers import normalise_name
from ..old_numbers import looks_like_ours
from ..signals import claim_decided
from .evidence import BroughtEvidence
from .historic import HistoricImport, HistoricRecord
from .two_people import TwoPersonStep

DAYS = ("issued_on", "valid_until")


class HistoricChange(TwoPersonStep):
    """A correction of one record, or the withdrawal of one record or of a whole import: proposed by one officer, confirmed by
    another. Until then nothing changes."""

    class Kind(models.TextChoices):
        CORRECT = "correct", _("correct one record")
        WITHDRAW = "withdraw", _("take one record back")
        WITHDRAW_ALL = "withdraw_all", _("take the whole import back")

    ACTION = "certificates.historic_change.{verb}"
    FIELDS = ("number", "name", "level", "issued_on", "issuer", "valid_until", "note")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    batch = models.ForeignKey(HistoricImport, on_delete=models.PROTECT, related_name="changes")
    record = models.ForeignKey(HistoricRecord, on_delete=models.PROTECT, null=True, blank=True, related_name="changes")
    values = models.JSONField(default=dict)  # what a correction puts in place: {field: text, days as ISO}
    reason = models.CharField(
        _("public reason"), max_length=300,
        help_text=_("Everyone who verifies the record reads this. No personal circumstances."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("change of imported records")
        verbose_name_plural = _("changes of imported records")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["record"], condition=Q(status="proposed", record__isnull=False), name="one_open_change_per_record"
            ),
            models.UniqueConstraint(
                fields=["batch"], condition=Q(status="proposed", record=None), name="one_open_withdrawal_per_import"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="historic_change_takes_two_people"
            ),
            models.CheckConstraint(
                condition=Q(kind="withdraw_all", record=None) | (~Q(kind="withdraw_all") & Q(record__isnull=False)),
                name="historic_change_says_what_it_is_of",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="historic_change_says_why"),
        ]

    def __str__(self) -> str:
        return str(self.record or self.batch)

    def get_absolute_url(self) -> str:
        return reverse("historic_change", args=[self.uuid])

    @property
    def subject(self) -> "HistoricChange":
        return self

    @property
    def holder_id(self) -> int | None:
        return self.record and self.record.holder_id

    @property
    def told(self) -> dict[str, str]:
        return {"kind": self.kind}

    @classmethod
    def propose(
        cls, kind: str, *, batch: HistoricImport, record: HistoricRecord | None = None, values: dict[str, Any] | None = None,
        reason: str, by: User, at: datetime,
    ) -> "HistoricChange":  # fmt: skip
        """values: only what is to read differently. Raises WrongState: nothing would change, it no longer stands, or a change of
        it waits already."""
        said = {name: value.isoformat() if isinstance(value, date) else value for name, value in (values or {}).items()}
        with transaction.atomic():
            if record is None:
                open_to, waiting = batch.status == HistoricImport.Status.DONE, batch.changes.filter(record=None)
                HistoricImport.objects.select_for_update().get(pk=batch.pk)
            else:
                open_to = HistoricRecord.objects.select_for_update().get(pk=record.pk).live
                waiting = record.changes.all()
            if not open_to:
                raise WrongState(_("This record no longer stands."), obj=record or batch)
            if waiting.filter(status=cls.Status.PROPOSED).exists():
                raise WrongState(_("A change is already waiting; decide on that first."), obj=record or batch)
            if kind == cls.Kind.CORRECT and not said:
                raise WrongState(_("Nothing would change."), obj=record)
            if "number" in said and looks_like_ours(said["number"]):
                raise WrongState(
                    _("This number has the form of the certificates issued here; an old record can't have it."), obj=record
                )
            made = cls.objects.create(
                kind=kind, batch=batch, record=record, values=said, reason=reason.strip(), proposed_by=by, proposed_at=at
            )
            made._log("propose", by=by)
        return made

    def lines(self) -> list[tuple[Any, Any, Any]]:
        """(label, before, after) of a correction."""
        field = HistoricRecord._meta.get_field
        said = self.values.items()
        labels = {name: SHOWN.get(name) or field(name).verbose_name for name in self.values}
        before = {name: getattr(self.record, name) for name in self.values}
        as_text = {name: was.isoformat() if isinstance(was, date) else was for name, was in before.items()}
        return [(labels[name], as_text[name] or "–", value or "–") for name, value in said]

    def confirm(self, *, by: User, at: datetime) -> None:
        """A second officer confirms; it happens now. Raises WrongState for one's own proposal or the record one holds, and
        when it no longer can be."""
        with transaction.atomic():
            self._confirm(by=by, at=at)
            if self.kind == self.Kind.WITHDRAW_ALL:
                self.batch.take_back(reason=self.reason, at=at)
                for overtaken in self.batch.changes.filter(status=self.Status.PROPOSED):  # of records that no longer stand
                    overtaken.withdraw(by=by, at=at)
                self._refuse_claims(self.batch.records.all(), by=by, at=at)
            elif self.kind == self.Kind.WITHDRAW:
                self.record.end("taken_back", reason=self.reason, at=at)
                self._refuse_claims([self.record], by=by, at=at)
            else:
                self.record.correct(self._read_values(), reason=self.reason, at=at)
            self._log("confirm", by=by)

    def _refuse_claims(self, records: Iterable[HistoricRecord], *, by: User, at: datetime) -> None:
        """Of what no longer stands, with the public reason; one's own is left to another officer."""
        asked = HistoricClaim.objects.filter(record__in=records, status=HistoricClaim.Status.ASKED)
        for claim in asked.exclude(user=by):
            claim.refuse(note=self.reason, by=by, at=at)

    def _read_values(self) -> dict[str, Any]:
        """The values with days as days. Raises WrongState when another record has the number by now."""
        days = {name: date.fromisoformat(text) if text else None for name, text in self.values.items() if name in DAYS}
        values = self.values | days
        if "number" in values and HistoricRecord.objects.standing(values["number"]).exclude(pk=self.record_id).exists():
            raise WrongState(_("Another record with this number stands already."), obj=self)
        return values


class HistoricClaim(BroughtEvidence, models.Model):
    """A person says that an imported record is theirs, with evidence; an officer decides. The evidence goes with the decision."""

    EVIDENCE_FOLDER = "historic-claims"

    class Status(models.TextChoices):
        ASKED = "asked", pgettext_lazy("claim", "to be decided")
        ACCEPTED = "accepted", pgettext_lazy("claim", "accepted")
        REFUSED = "refused", pgettext_lazy("claim", "refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("claim", "withdrawn")

    MAX_BYTES = 10 * 1024 * 1024
    TAKEN = ("pdf", "png", "jpg")
    MOST_OPEN = 5

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    record = models.ForeignKey(HistoricRecord, on_delete=models.PROTECT, related_name="claims")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="historic_claims")
    evidence_name = models.CharField(max_length=200, blank=True)  # in the private storage
    evidence_type = models.CharField(max_length=100)
    evidence_sha256 = models.CharField(max_length=80)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ASKED)
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("claim of an imported record")
        verbose_name_plural = _("claims of imported records")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["record", "user"], condition=Q(status="asked"), name="one_open_claim_per_person"
            ),
            models.UniqueConstraint(fields=["record"], condition=Q(status="accepted"), name="one_holder_per_imported_record"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("user")), name="nobody_accepts_their_own_claim"
            ),
            models.CheckConstraint(condition=~Q(status="refused") | ~Q(note=""), name="refused_claim_says_why"),
        ]

    def __str__(self) -> str:
        return str(self.record)

    def get_absolute_url(self) -> str:
        return reverse("historic_claim", args=[self.uuid])

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.ASKED

    @property
    def tone(self) -> str:
        return {"asked": "warn", "accepted": "ok", "refused": "bad"}.get(self.status, "muted")

    @property
    def same_name(self) -> bool:
        """Whether the account's name is the record's: for the officer to see; a name may have changed since."""
        return normalise_name(self.user.full_name) == normalise_name(self.record.name)

    @classmethod
    def ask(
        cls, record: HistoricRecord, *, upload: UploadedFile, checked: CheckedFile, by: User, at: datetime
    ) -> "HistoricClaim":  # fmt: skip
        """Claim a record. A second click finds the first claim. Raises WrongState: it is somebody's, ended, or too many wait."""
        with transaction.atomic():
            locked = HistoricRecord.objects.select_for_update().get(pk=record.pk)
            if made := cls.objects.filter(record=locked, user=by, status=cls.Status.ASKED).first():
                return made
            if locked.holder_id is not None or not locked.live:
                raise WrongState(_("This record can't be claimed."), obj=None)
            if cls.objects.filter(user=by, status=cls.Status.ASKED).count() >= cls.MOST_OPEN:
                raise WrongState(_("Some of your claims are still waiting; wait for the decision."), obj=None)
            made = cls.objects.create(
                record=locked, user=by, evidence_type=checked.media_type, evidence_sha256=checked.sha256, asked_at=at
            )
            made.keep_evidence(upload, checked)
            log(made, "certificates.historic_claim.ask", by=by)
        return made

    def accept(self, *, by: User, at: datetime) -> None:
        """The record is this person's from now on. Raises WrongState for one's own claim, and when it is another's by now."""
        self._not_own(by)
        with transaction.atomic():
            self._move(status=self.Status.ACCEPTED, decided_by=by, decided_at=at)
            free = HistoricRecord.objects.filter(pk=self.record_id, holder=None, live=True)
            if not free.update(holder=self.user, held_since=at):
                raise WrongState(_("This record can't be claimed."), obj=self)
            self._over("accept", by=by)

    def refuse(self, *, note: str, by: User, at: datetime) -> None:
        self._not_own(by)
        with transaction.atomic():
            self._move(status=self.Status.REFUSED, decided_by=by, decided_at=at, note=note.strip())
            self._over("refuse", by=by)

    def withdraw(self, *, by: User, at: datetime) -> None:
        with transaction.atomic():
            self._move(status=self.Status.WITHDRAWN, decided_at=at)
            self._over("withdraw", by=by)

    def _not_own(self, by: User) -> None:
        if by.pk == self.user_id:
            raise WrongState(_("Nobody decides on their own certificate."), obj=self)

    def _move(self, **values: Any) -> None:
        if not HistoricClaim.objects.filter(pk=self.pk, status=self.Status.ASKED).update(**values):
            raise WrongState(_("This was decided meanwhile."), obj=self)
        self.refresh_from_db()

    def _over(self, verb: str, *, by: User) -> None:
        self.drop_evidence()
        log(self, f"certificates.historic_claim.{verb}", by=by)
        claim_decided.send(sender=HistoricClaim, claim=self)
