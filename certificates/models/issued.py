"""What was signed, as it left the house."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.immutable import AppendOnly

from .certificates import Certificate
from .keys import SigningKey


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
