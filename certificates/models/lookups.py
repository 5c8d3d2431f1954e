"""查验记录: who looked a certificate up, by which way."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from lms.lib.immutable import AppendOnly

from .certificates import Certificate


class Lookup(AppendOnly):
    """查验记录: that somebody verified this certificate; shown to its holder. No address of the verifier is kept."""

    class Way(models.TextChoices):
        LINK = "link", _("QR code or link")
        NUMBER = "number", _("number and name")
        FILE = "file", _("certificate file")
        SHARE = "share", _("share code")
        API = "api", _("by software")
        LIST = "list", _("in an employer's list")

    # Empty for a miss: one row is written for every answer, so that hit and miss take the same time.
    certificate = models.ForeignKey(
        Certificate, on_delete=models.PROTECT, related_name="lookups", null=True, blank=True
    )
    way = models.CharField(max_length=10, choices=Way.choices)
    share = models.ForeignKey("ShareCode", on_delete=models.PROTECT, related_name="lookups", null=True, blank=True)
    record = models.ForeignKey(
        "HistoricRecord", on_delete=models.PROTECT, related_name="lookups", null=True, blank=True  # an imported one
    )
    recognition = models.ForeignKey("Recognition", on_delete=models.PROTECT, related_name="lookups", null=True, blank=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    looked_up_at = models.DateTimeField()

    class Meta:
        verbose_name = _("verification")
        ordering = ["-looked_up_at"]
        indexes = [models.Index(fields=["certificate", "-looked_up_at"])]

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.looked_up_at:%Y-%m-%d}"


class CarriedLookups(models.Model):
    """A file of look-ups whose rows are written, kept until the file is gone: so that none is written twice (lookups.py)."""

    name = models.CharField(max_length=40, unique=True)
    carried_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name
