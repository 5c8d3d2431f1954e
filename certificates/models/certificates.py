"""The certificate: number, link token, what it states, and the chain of what later happened to it."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from lms.lib.immutable import AppendOnly

from .awards import Award


class Certificate(models.Model):
    """证书. Its facts are frozen at issue; its state is derived from status changes at a date.

    Issue has two steps: the row is written with the award (number, token, facts), then a job signs the credential and
    draws the PDF (`IssuedCredential`). Until then it is "being prepared" and nobody is told otherwise.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    award = models.OneToOneField(Award, on_delete=models.PROTECT, related_name="certificate")
    holder = models.ForeignKey(User, on_delete=models.PROTECT, related_name="certificates")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="certificates")
    number = models.CharField(_("certificate number"), max_length=24, unique=True)
    # 80 random bits, in the QR code's address.
    token = models.CharField(max_length=20, unique=True)
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    holder_name = models.CharField(max_length=80)
    holder_name_latin = models.CharField(max_length=80, blank=True)
    # What verification shows, frozen: level, syllabus, base, hours by module, cases, parts (see certificates/facts.py).
    facts = models.JSONField()
    issued_on = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    status_index = models.PositiveIntegerField(unique=True)
    # Denormalised latest StatusChange kind ("" = none), written in the same transaction, so that verify is one query.
    state = models.CharField(max_length=12, blank=True, default="")
    state_at = models.DateTimeField(null=True, blank=True)
    state_reason = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["-issued_on", "-pk"]

    def __str__(self) -> str:
        return self.number


class StatusChange(AppendOnly):
    """One event in a certificate's life, with a public reason class and an internal note."""

    class Kind(models.TextChoices):
        SUSPENDED = "suspended", _("suspended")
        REINSTATED = "reinstated", _("reinstated")
        REVOKED = "revoked", _("revoked")
        CORRECTED = "corrected", _("corrected")

    class Reason(models.TextChoices):
        ERROR = "error", _("issued in error")
        MISCONDUCT = "misconduct", _("misconduct in assessment")
        HOLDER_REQUEST = "holder_request", _("at the holder's request")
        INVESTIGATION = "investigation", _("under investigation")
        CLEARED = "cleared", _("investigation closed")
        DATA_CORRECTION = "data_correction", _("correction of data")

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="status_changes")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    reason = models.CharField(_("public reason"), max_length=20, choices=Reason.choices)
    note = models.TextField(_("internal note"), blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("status change")
        ordering = ["changed_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["certificate"], condition=Q(kind="revoked"), name="revoked_once_and_for_good"
            )
        ]

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.kind}"


class Lookup(AppendOnly):
    """查验记录: that somebody verified this certificate; shown to its holder. No address of the verifier is kept."""

    class Way(models.TextChoices):
        LINK = "link", _("QR code or link")
        NUMBER = "number", _("number and name")
        API = "api", _("by software")

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="lookups")
    way = models.CharField(max_length=10, choices=Way.choices)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    looked_up_at = models.DateTimeField()

    class Meta:
        verbose_name = _("verification")
        ordering = ["-looked_up_at"]
        indexes = [models.Index(fields=["certificate", "-looked_up_at"])]

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.looked_up_at:%Y-%m-%d}"
