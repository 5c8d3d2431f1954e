"""What was signed, with which key: signing keys (public half), issued credentials, status lists as served."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.lib.immutable import AppendOnly

from .certificates import Certificate


class SigningKey(models.Model):
    """The public half and life of a key. The private half is a file in `LMS_KEYS_DIR`, named by `key_id`."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("active")
        RETIRED = "retired", _("retired")
        COMPROMISED = "compromised", _("compromised")

    key_id = models.CharField(max_length=40, unique=True)  # the fragment of the verification method
    did = models.CharField(max_length=200)
    algorithm = models.CharField(max_length=20, default="Ed25519")
    public_multibase = models.CharField(max_length=80, unique=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACTIVE)
    active_from = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("signing key")
        ordering = ["active_from"]
        constraints = [
            models.UniqueConstraint(fields=["status"], condition=Q(status="active"), name="one_active_signing_key")
        ]

    def __str__(self) -> str:
        return f"{self.did}#{self.key_id}"


class IssuedCredential(AppendOnly):
    """The signed credential and the PDF as they were issued. A later copy (reinstatement) is a further row."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="credentials")
    key = models.ForeignKey(SigningKey, on_delete=models.PROTECT, related_name="credentials")
    number = models.PositiveSmallIntegerField(default=1)
    credential = models.TextField()  # the JSON text exactly as signed and served
    credential_sha256 = models.CharField(max_length=80)
    pdf_name = models.CharField(max_length=200)  # in the private storage
    pdf_sha256 = models.CharField(max_length=80)
    signed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("issued credential")
        ordering = ["certificate", "number"]
        constraints = [models.UniqueConstraint(fields=["certificate", "number"], name="credential_copy_once")]

    def __str__(self) -> str:
        return f"{self.certificate_id} #{self.number}"


class StatusList(models.Model):
    """The signed Bitstring Status List as served. `sequence` grows with every signing."""

    purpose = models.CharField(max_length=12, default="revocation", unique=True)
    sequence = models.PositiveIntegerField(default=0)
    credential = models.TextField(blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("status list")

    def __str__(self) -> str:
        return f"{self.purpose} #{self.sequence}"
