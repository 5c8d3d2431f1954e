"""What was signed, as it left the house, and which copies are not accepted any more."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.lib.immutable import AppendOnly, AppendOnlyQuerySet

from .certificates import Certificate, StatusChange
from .keys import SigningKey, StatusList
from .pdfs import FreshPdf, PdfProfile, PdfSigner


class IssuedCredentialQuerySet(AppendOnlyQuerySet):
    def accepted(self):
        """Copies that third parties are not told to refuse and whose key was not withdrawn."""
        return self.filter(refusal=None).exclude(key__status=SigningKey.Status.COMPROMISED)

    def refuse(self, change: StatusChange) -> None:
        """Have these copies refused from now on and for good; those that were already stay as they are."""
        for copy in self.filter(refusal=None):
            CopyRefusal.objects.create(copy=copy, change=change, refused_at=change.changed_at)


class IssuedCredential(AppendOnly):
    """The signed credential and the PDF as they were issued. A later copy (reinstatement, withdrawn key) is a further row.

    Each copy has a place of its own in a status list: the bit of a revocation list is never cleared, so a certificate that
    is good again needs a copy with another place.
    """

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="credentials")
    key = models.ForeignKey(SigningKey, on_delete=models.PROTECT, related_name="credentials")
    number = models.PositiveSmallIntegerField(default=1)
    credential = models.TextField()  # the JSON text exactly as signed and served
    credential_sha256 = models.CharField(max_length=80)
    pdf_name = models.CharField(max_length=200)  # in the private storage
    pdf_sha256 = models.CharField(max_length=80)
    status_list = models.ForeignKey(StatusList, on_delete=models.PROTECT, related_name="copies")
    status_index = models.PositiveIntegerField()
    pdf_signer = models.ForeignKey(PdfSigner, on_delete=models.PROTECT, null=True, related_name="+")  # None: before PAdES
    pdf_profile = models.CharField(max_length=8, choices=PdfProfile.choices, blank=True)
    design = models.ForeignKey("certificates.CertificateDesign", on_delete=models.PROTECT, null=True, related_name="copies")
    signed_at = models.DateTimeField()

    objects = IssuedCredentialQuerySet.as_manager()

    class Meta:
        verbose_name = _("issued credential")
        ordering = ["certificate", "number"]
        constraints = [
            models.UniqueConstraint(fields=["certificate", "number"], name="credential_copy_once"),
            models.UniqueConstraint(fields=["status_list", "status_index"], name="status_index_once"),
            models.CheckConstraint(
                condition=Q(pdf_signer=None, pdf_profile="")
                | Q(pdf_signer__isnull=False, pdf_profile__in=PdfProfile.values),
                name="signed_pdf_names_its_signer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.certificate_id} #{self.number}"

    @property
    def pdf(self) -> "IssuedCredential | FreshPdf":
        """What holds the PDF as it is given out today: the copy itself, or the last one drawn afresh for it. One query, or
        none where they were fetched together."""
        fresh = list(self.fresh_pdfs.all())
        return fresh[-1] if fresh else self


class CopyRefusal(AppendOnly):
    """A bit of a status list: that a copy is refused, since when and by which event. Never taken back."""

    copy = models.OneToOneField(IssuedCredential, on_delete=models.PROTECT, related_name="refusal")
    change = models.ForeignKey(StatusChange, on_delete=models.PROTECT, related_name="refusals")
    refused_at = models.DateTimeField()

    class Meta:
        verbose_name = _("refused copy")
        ordering = ["refused_at", "pk"]

    def __str__(self) -> str:
        return f"{self.copy_id} {self.refused_at:%Y-%m-%d}"
