"""Witnesses of the transparency log: others, who compare it with everything they saw of it before and sign what they found."""

import uuid as uuids
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from django.db import IntegrityError, models, transaction
from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly

from ..credential.proof import public_key, timestamp
from ..log.entries import cosigned_text, head_text
from .log import TreeHead

CLOCKS = timedelta(minutes=15)  # so far a witness's clock and ours may be apart


class WitnessQuerySet(models.QuerySet):
    def active(self):
        return self.filter(ended_at=None)

    def silent(self, at: datetime):
        """Active ones that have not signed a head for longer than they should, counted from when they were registered."""
        since = at - Witness.SILENT
        rows = self.active().filter(registered_at__lt=since).annotate(last=Max("cosignatures__cosigned_at"))
        return rows.filter(Q(last=None) | Q(last__lt=since))


class Witness(models.Model):
    """Somebody outside who watches the log. `code` and key stand in what they sign, so both are fixed."""

    SILENT = timedelta(days=3)  # they run once a day

    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    address = models.URLField(_("web address"), blank=True)
    public_multibase = models.CharField(_("public key"), max_length=80, unique=True)
    registered_at = models.DateTimeField()
    registered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = WitnessQuerySet.as_manager()

    class Meta:
        verbose_name = _("witness of the log")
        ordering = ["ended_at", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="witness_ended_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def register(cls, *, code: str, name: str, address: str, public_multibase: str, by: User, at: datetime) -> "Witness":
        """Raises WrongState when code or key are taken, also by a witness that has ended."""
        try:
            with transaction.atomic():
                made = cls.objects.create(
                    code=code, name=name, address=address, public_multibase=public_multibase, registered_at=at, registered_by=by
                )
                log(made, "certificates.witness.register", by=by, witness=code, key=public_multibase)
        except IntegrityError as error:
            raise WrongState(_("There is a witness with this code or key already.")) from error
        return made

    def end(self, *, reason: str, by: User, at: datetime) -> bool:
        """Take nothing of theirs any more; what they signed until now stays. Once more does nothing and returns False."""
        with transaction.atomic():
            changed = Witness.objects.filter(pk=self.pk, ended_at=None).update(ended_at=at, ended_by=by, ended_reason=reason)
            if changed:
                log(self, "certificates.witness.end", by=by, witness=self.code, reason=reason)
            self.refresh_from_db()
        return bool(changed)


class Refused(Exception):
    """Why a cosignature is not taken: a word that software reads."""


class Cosignature(AppendOnly):
    """That a witness saw a head, found it to go on from all they had seen before, and signed it."""

    head = models.ForeignKey(TreeHead, on_delete=models.PROTECT, related_name="cosignatures")
    witness = models.ForeignKey(Witness, on_delete=models.PROTECT, related_name="cosignatures")
    cosigned_at = models.DateTimeField()  # by the witness's clock, whole seconds
    signature = models.CharField(max_length=128)
    received_at = models.DateTimeField()
    brought_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("cosignature")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["head", "witness"], name="one_cosignature_per_head_and_witness")]

    def __str__(self) -> str:
        return f"{self.witness_id} {self.head_id}"

    @property
    def text(self) -> str:
        """The lines that the witness signed."""
        head = self.head
        lines = head_text(
            did=head.key.did, size=head.size, root=head.root, time=timestamp(head.signed_at), key=str(head.key)
        )
        return cosigned_text(witness=self.witness.code, time=timestamp(self.cosigned_at), head=lines)

    @property
    def is_good(self) -> bool:
        try:
            public_key(self.witness.public_multibase).verify(bytes.fromhex(self.signature), self.text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True

    @classmethod
    def receive(cls, line: dict[str, Any], *, at: datetime, by: User | None = None) -> tuple["Cosignature", bool]:
        """Keep what a witness brought (see docs/credentials.md for its form). Returns the row and whether it is new.

        Raises Refused: "unknown_witness", "unknown_head" (none that we signed), "wrong_time", "wrong_signature".
        """
        witness = Witness.objects.active().filter(code=line["witness"]).first()
        if witness is None:
            raise Refused("unknown_witness")
        named = line["head"]
        heads = TreeHead.objects.select_related("key")
        head = heads.filter(size=named["size"], root=named["root"], signature=named["signature"]).first()
        if head is None or timestamp(head.signed_at) != named["time"]:
            raise Refused("unknown_head")
        if not head.signed_at - CLOCKS <= line["time"] <= at + CLOCKS:
            raise Refused("wrong_time")
        row = cls(
            head=head, witness=witness, cosigned_at=line["time"], signature=line["signature"], received_at=at, brought_by=by
        )
        if not row.is_good:
            raise Refused("wrong_signature")
        try:
            with transaction.atomic():
                row.save()
                if by is not None:
                    log(witness, "certificates.witness.cosign", by=by, size=head.size)
        except IntegrityError:
            return cls.objects.get(head=head, witness=witness), False
        return row, True
