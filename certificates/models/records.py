"""能力学习记录 (learner record): everything a holder has earned in one signed file, made when the holder asks for it."""

import uuid as uuids
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState

from ..signals import record_asked
from .certificates import Certificate
from .issued import IssuedCredential
from .keys import SigningKey


class LearnerRecordQuerySet(models.QuerySet):
    def run_out(self, at: datetime):
        """Records past their end whose text is still kept."""
        return self.filter(ends_at__lt=at).exclude(credential="")


class LearnerRecord(models.Model):
    """One record: asked for by the holder, signed by a worker, good for DAYS.

    Its text is kept until it runs out; the hash and which copies stood in it stay, so that a file brought later is known.
    What becomes of a certificate afterwards stands in that certificate's own status entry, so a record has none.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("being made")
        MADE = "made", _("made")
        EMPTY = "empty", _("no certificate stood any more")

    DAYS = 30
    A_DAY = 10  # of one holder

    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    holder = models.ForeignKey(User, on_delete=models.PROTECT, related_name="learner_records")
    request_id = models.UUIDField(editable=False)  # of the form: sent twice makes one record
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    asked_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    key = models.ForeignKey(SigningKey, on_delete=models.PROTECT, null=True, related_name="learner_records")
    credential = models.TextField(blank=True)  # the JSON text exactly as signed; "" after the end
    credential_sha256 = models.CharField(max_length=80, blank=True)
    signature = models.CharField(
        max_length=120, blank=True
    )  # the value of its last proof, by which a file is recognised
    partial = models.BooleanField(default=False)  # says that something is left out
    copies = models.ManyToManyField(IssuedCredential, through="RecordedCopy", related_name="learner_records")

    objects = LearnerRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("learner record")
        verbose_name_plural = _("learner records")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["holder", "request_id"], name="one_record_a_request"),
            models.UniqueConstraint(
                fields=["holder"], condition=Q(status="waiting"), name="one_record_is_made_at_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(status="made")
                | Q(signed_at__isnull=False, ends_at__isnull=False, key__isnull=False)
                & ~Q(signature="", credential_sha256=""),
                name="made_record_has_its_signature",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder_id} {self.asked_at:%Y-%m-%d}"

    @classmethod
    def ask(cls, holder: User, *, request_id: uuids.UUID, at: datetime) -> "LearnerRecord":
        """Ask for a record; a job makes it. The same request again gives the same one.

        Raises WrongState: one is being made, there were A_DAY in the last day, or nothing stands that it could hold.
        """
        with transaction.atomic():
            locked = User.objects.select_for_update().get(pk=holder.pk)
            if made := cls.objects.filter(holder=locked, request_id=request_id).first():
                return made
            if cls.objects.filter(holder=locked, status=cls.Status.WAITING).exists():
                raise WrongState(_("A learner record is being made already."))
            if cls.objects.filter(holder=locked, asked_at__gt=at - timedelta(days=1)).count() >= cls.A_DAY:
                raise WrongState(_("That is enough for one day: the record you have holds the same."))
            if not Certificate.objects.prepared().standing().filter(holder=locked).exists():
                raise WrongState(_("There is no certificate to put into it yet."))
            record = cls.objects.create(holder=locked, request_id=request_id, asked_at=at)
            log(record, "certificates.record.ask", by=holder)
            record_asked.send(sender=cls, record=record)
        return record

    def keep(
        self, text: str, *, sha256: str, signature: str, key: SigningKey, copies: list[IssuedCredential], partial: bool,
        at: datetime,
    ) -> None:  # fmt: skip
        """Write what was signed. Once only: a second worker's is dropped. Raises WrongState then."""
        with transaction.atomic():
            moved = LearnerRecord.objects.filter(pk=self.pk, status=self.Status.WAITING).update(
                status=self.Status.MADE, signed_at=at, ends_at=at + timedelta(days=self.DAYS), key=key, credential=text,
                credential_sha256=sha256, signature=signature, partial=partial,
            )  # fmt: skip
            if not moved:
                raise WrongState(_("This learner record was made already."), obj=self)
            RecordedCopy.objects.bulk_create(RecordedCopy(record=self, copy=copy) for copy in copies)
            self.refresh_from_db()
            log(self, "certificates.record.make", by=None, copies=len(copies))

    def give_up(self, *, at: datetime) -> None:
        """Nothing stands any more that it could hold."""
        LearnerRecord.objects.filter(pk=self.pk, status=self.Status.WAITING).update(
            status=self.Status.EMPTY, ends_at=at
        )

    def state_at(self, at: datetime) -> str:
        """ "waiting", "empty", "made", "ended", or "withdrawn" when the key it was signed with was."""
        if self.status != self.Status.MADE:
            return self.status
        if self.key.status == SigningKey.Status.COMPROMISED:
            return "withdrawn"
        return "made" if self.ends_at > at else "ended"


class RecordedCopy(models.Model):
    """That a signed copy of a certificate stood in a record."""

    record = models.ForeignKey(LearnerRecord, on_delete=models.CASCADE, related_name="recorded")
    copy = models.ForeignKey(IssuedCredential, on_delete=models.PROTECT, related_name="recorded")

    class Meta:
        verbose_name = _("certificate in a learner record")
        constraints = [models.UniqueConstraint(fields=["record", "copy"], name="copy_once_in_a_record")]

    def __str__(self) -> str:
        return f"{self.record_id} {self.copy_id}"
