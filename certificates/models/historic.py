"""历史导入: certificates from before this system or from another one, as lists that two officers took over.

    checking ──► faulty                       (nothing was taken over; the rows to be mended are listed)
        └──────► ready ──► importing ──► done ──► taken back (two officers)
                   └──► discarded

What is imported is no certificate of ours: nothing here is signed, counted or awarded, and it is shown as what it is. The
rows of an import answer only when all of them are there (`live`), by one statement at its end.
"""

import secrets
import uuid
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.files.storage import storages
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import ImmutableRow
from lms.lib.language import is_english
from lms.lib.sealed import seal, unseal
from lms.lib.uploads import CheckedFile

from ..numbers import normalise_name
from ..old_numbers import number_key
from ..signals import import_asked, import_confirmed

PURPOSE = "certificates.historic_import"


class HistoricImport(models.Model):
    """One file of old records, who brought it, who confirmed it, and where the records come from."""

    class Status(models.TextChoices):
        CHECKING = "checking", pgettext_lazy("import", "being checked")
        FAULTY = "faulty", pgettext_lazy("import", "has rows to be mended")
        READY = "ready", pgettext_lazy("import", "waiting for a second officer")
        IMPORTING = "importing", pgettext_lazy("import", "being taken over")
        DONE = "done", pgettext_lazy("import", "taken over")
        DISCARDED = "discarded", pgettext_lazy("import", "discarded")
        TAKEN_BACK = "taken_back", pgettext_lazy("import", "taken back")

    MAX_BYTES = 40 * 1024 * 1024
    KEPT_FAULTS, PREVIEW = 1000, 20

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(_("what it is called"), max_length=120)
    source = models.CharField(
        _("where the records come from"), max_length=200,
        help_text=_("Shown with every record: a register, an archive, a file number."),
    )  # fmt: skip
    issuer = models.CharField(
        _("issuer of the old certificates"), max_length=120, blank=True, help_text=_("For rows that don't name one themselves.")
    )
    # The file holds names: it is deleted when it has served; its hash stays.
    file_name = models.CharField(max_length=200, blank=True)  # in the private storage
    extension = models.CharField(max_length=4)
    file_sha256 = models.CharField(max_length=80)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.CHECKING)
    rows = models.PositiveIntegerField(default=0)
    fault_count = models.PositiveIntegerField(default=0)
    faults = models.JSONField(default=list, blank=True)  # [[row, text, in English], …], the first KEPT_FAULTS
    sealed_preview = models.TextField(blank=True)  # the first rows, for the second officer; erased with the decision
    brought_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    brought_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("import of old records")
        verbose_name_plural = _("imports of old records")
        ordering = ["-brought_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("brought_by")), name="historic_import_takes_two_people"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["importing", "done", "taken_back"]) | Q(confirmed_by__isnull=False),
                name="historic_import_was_confirmed",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("historic_import", args=[self.uuid])

    @property
    def tone(self) -> str:
        return {"ready": "warn", "done": "ok", "faulty": "bad", "checking": "info", "importing": "info"}.get(self.status, "muted")

    @property
    def job_key(self) -> str:
        step = "check" if self.status == self.Status.CHECKING else "rows"
        return f"historic:{self.uuid}:{step}"

    @classmethod
    def receive(
        cls, *, title: str, source: str, issuer: str, upload: UploadedFile, checked: CheckedFile, request_id: UUID,
        by: User, at: datetime,
    ) -> "HistoricImport":  # fmt: skip
        """Keep a file; a job reads it. The same form sent twice keeps it once."""
        with transaction.atomic():
            if made := cls.objects.filter(uuid=request_id).first():
                return made
            made = cls.objects.create(
                uuid=request_id, title=title, source=source, issuer=issuer, extension=checked.extension,
                file_sha256=checked.sha256, brought_by=by, brought_at=at,
            )  # fmt: skip
            made.file_name = storages["private"].save(f"historic/{made.uuid}.{checked.extension}", upload)
            made.save(update_fields=["file_name"])
            log(made, "certificates.historic.bring", by=by)
            import_asked.send(sender=cls, batch=made)
        return made

    @property
    def faults_said(self) -> list[tuple[int, str]]:
        """What is to be mended, by row, in the reader's language where it was kept in both."""
        place = -1 if is_english() else 1
        return [(fault[0], fault[place]) for fault in self.faults]

    def checked(self, *, rows: int, faults: list[list], fault_count: int, preview: list[list[str]]) -> None:
        """What the reading came to: ready for a second officer, or the rows to be mended."""
        good = not fault_count and rows
        sealed = seal({"rows": preview}, purpose=PURPOSE) if good else ""
        self._move(
            self.Status.CHECKING, status=self.Status.READY if good else self.Status.FAULTY, rows=rows, faults=faults,
            fault_count=fault_count, sealed_preview=sealed,
        )  # fmt: skip
        if not good:
            self._drop_file()

    def preview(self) -> list[list[str]]:
        return unseal(self.sealed_preview, purpose=PURPOSE).get("rows", [])

    def confirm(self, *, by: User, at: datetime) -> None:
        """A second officer has looked at it: the rows are taken over by a job. Raises WrongState for who brought it."""
        if by.pk == self.brought_by_id:
            raise WrongState(_("Another person than who proposed this step has to confirm it."), obj=self)
        with transaction.atomic():
            self._move(self.Status.READY, status=self.Status.IMPORTING, confirmed_by=by, confirmed_at=at, sealed_preview="")
            log(self, "certificates.historic.confirm", by=by, rows=self.rows)
            import_confirmed.send(sender=HistoricImport, batch=self)

    def discard(self, *, by: User, at: datetime) -> None:
        with transaction.atomic():
            self._move(self.Status.READY, status=self.Status.DISCARDED, finished_at=at, sealed_preview="")
            log(self, "certificates.historic.discard", by=by)
            self._drop_file()

    def finish(self, *, at: datetime) -> None:
        """Let all rows answer at once, in the caller's transaction. Raises IntegrityError when one of the numbers answers by
        now through another import."""
        self.records.filter(corrects=None, ended_at=None).update(live=True)
        self._move(self.Status.IMPORTING, status=self.Status.DONE, finished_at=at)
        log(self, "certificates.historic.done", by=self.confirmed_by, rows=self.rows)
        self._drop_file()

    def give_up(self, faults: list[list], *, at: datetime) -> None:
        """Numbers answer by now through another import: nothing of this one stays."""
        with transaction.atomic():
            rows = HistoricRecord.objects.filter(batch=self, live=False)
            rows._raw_delete(rows.db)  # nothing points to rows that never answered; collecting them would take the memory
            self._move(
                self.Status.IMPORTING, status=self.Status.FAULTY, faults=faults[: self.KEPT_FAULTS], fault_count=len(faults),
                finished_at=at,
            )  # fmt: skip
            self._drop_file()

    def take_back(self, *, reason: str, at: datetime) -> int:
        """End every record of it that answers; a number goes on answering, with when and why. Returns how many. One statement."""
        self._move(self.Status.DONE, status=self.Status.TAKEN_BACK)
        return self.records.filter(live=True).update(live=False, ended_at=at, ended_by="taken_back", ended_reason=reason)

    def _drop_file(self) -> None:
        if name := self.file_name:
            HistoricImport.objects.filter(pk=self.pk).update(file_name="")
            self.file_name = ""
            transaction.on_commit(lambda: storages["private"].delete(name))

    def _move(self, before: str, **values: Any) -> None:
        if not HistoricImport.objects.filter(pk=self.pk, status=before).update(**values):
            raise WrongState(_("This import is no longer in a state that allows this."), obj=self)
        self.refresh_from_db()


class HistoricRecordQuerySet(models.QuerySet):
    def answering(self, number: str):
        """What a number finds: the record that stands, else the last that did. At most one row is wanted of it."""
        known = Q(live=True) | Q(ended_at__isnull=False)
        return self.filter(known, number_key=number_key(number) or "-").select_related("batch").order_by("-live", "-pk")

    def standing(self, number: str):
        """The record that a number leads to now, if any."""
        return self.filter(live=True, number_key=number_key(number))

    def shown(self):
        return self.filter(Q(live=True) | Q(ended_at__isnull=False))


class HistoricRecord(models.Model):
    """One old certificate as the list had it. Corrected by a further row, never changed."""

    MUTABLE = frozenset({"live", "ended_at", "ended_by", "ended_reason", "holder", "held_since"})

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    batch = models.ForeignKey(HistoricImport, on_delete=models.PROTECT, related_name="records")
    row = models.PositiveIntegerField()  # in the file
    number = models.CharField(_("old number"), max_length=60)
    number_key = models.CharField(max_length=60)
    name = models.CharField(_("name"), max_length=80)
    level = models.CharField(pgettext_lazy("of ability", "level"), max_length=60)  # in the old issuer's words
    issued_on = models.DateField(_("date of award"))
    issuer = models.CharField(_("issuer"), max_length=120)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    live = models.BooleanField(default=False)
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrected_by")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=10, blank=True)  # corrected, taken_back
    ended_reason = models.CharField(max_length=300, blank=True)  # public
    holder = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="old_records")
    held_since = models.DateTimeField(null=True, blank=True)

    objects = HistoricRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("imported record")
        verbose_name_plural = _("imported records")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "row"], condition=Q(corrects=None), name="historic_row_once"),
            models.UniqueConstraint(fields=["number_key"], condition=Q(live=True), name="one_live_record_per_old_number"),
            models.CheckConstraint(condition=Q(live=False) | Q(ended_at=None), name="ended_record_is_not_live"),
        ]
        indexes = [models.Index(fields=["number_key"]), models.Index(fields=["name"])]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("historic_record", args=[self.uuid])

    @property
    def state(self) -> str:
        return "imported" if self.live else self.ended_by

    @property
    def state_label(self) -> str:
        taken_back = pgettext("imported record", "taken back")
        return {"imported": _("imported record"), "corrected": _("corrected"), "taken_back": taken_back}[self.state]

    def belongs_to(self, typed_name: str) -> bool:
        """Say whether a typed name is the record's, in time that does not depend on where the two differ."""
        return secrets.compare_digest(normalise_name(typed_name).encode(), normalise_name(self.name).encode())

    def end(self, by: str, *, reason: str, at: datetime) -> None:
        """It answers no longer as it is. by: corrected or taken_back. Raises WrongState when it ended already."""
        row = HistoricRecord.objects.filter(pk=self.pk, live=True)
        if not row.update(live=False, ended_at=at, ended_by=by, ended_reason=reason):
            raise WrongState(_("This record no longer stands."), obj=self)
        self.refresh_from_db()

    def correct(self, values: dict[str, Any], *, reason: str, at: datetime) -> "HistoricRecord":
        """Put a further row in this one's place, with what is different; who held it goes on holding it, and the share codes they
        gave out show the new one."""
        self.end("corrected", reason=reason, at=at)
        kept = {name: getattr(self, name) for name in ("number", "name", "level", "issued_on", "issuer", "valid_until", "note")}
        kept |= values
        new = HistoricRecord.objects.create(
            batch=self.batch, row=self.row, corrects=self, live=True, holder=self.holder, held_since=self.held_since,
            number_key=number_key(kept["number"]), **kept,
        )  # fmt: skip
        self.shares.update(record=new)
        return new

    def save(self, *args, **kwargs):
        if not self._state.adding and not set(kwargs.get("update_fields") or ["everything"]) <= self.MUTABLE:
            raise ImmutableRow("An imported record is not changed; a correction is a further row.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise ImmutableRow("Imported records are taken back, not deleted.")
