"""What signs PDFs, from when on it is not to be relied on, and the PDFs that were drawn afresh because of that."""

import re
from datetime import datetime
from typing import Any

from cryptography import x509
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly

from ..signals import pdf_signer_withdrawn


class PdfSigner(AppendOnly):
    """The public half of what signs PDFs: its certificate and the chain behind it, as they were when it became known here."""

    fingerprint = models.CharField(max_length=80, unique=True)  # of the signer's certificate, DER
    certificates = models.TextField()  # PEM, the signer's first
    subject = models.CharField(max_length=300)
    self_made = models.BooleanField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    first_used_at = models.DateTimeField()  # of one that is announced: from when on it signs

    class Meta:
        verbose_name = gettext_lazy("signer of PDFs")
        ordering = ["first_used_at"]

    def __str__(self) -> str:
        return self.subject

    @property
    def name(self) -> str:
        """Who it is, for people: the common name out of the subject, or the subject."""
        found = re.search(r"(?:^|,)CN=((?:\\.|[^,\\])+)", self.subject)
        return re.sub(r"\\(.)", r"\1", found[1]) if found else self.subject

    def certificate(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.certificates.encode())

    def as_json(self) -> dict[str, Any]:
        """As it is published."""
        gone = self.withdrawn
        return {
            "fingerprint": self.fingerprint,
            "subject": self.subject,
            "self_made": self.self_made,
            "valid_from": self.valid_from.isoformat(),
            "valid_until": self.valid_until.isoformat(),
            "signs_from": self.first_used_at.isoformat(),
            "withdrawn_as_of": gone.as_of.isoformat() if gone else None,
            "certificates": self.certificates,
        }

    @property
    def withdrawn(self) -> "PdfSignerWithdrawal | None":
        """How it was withdrawn; None while it was not. A query, unless the row came with it."""
        return getattr(self, "withdrawal", None)

    def withdraw(self, *, as_of: datetime, reason: str, by: User, at: datetime) -> "PdfSignerWithdrawal":
        """Take back a key that others may have had since `as_of`: it signs nothing more, and what nothing shows to be older
        is not to be relied on. The certificates that stand get a fresh PDF by a job.

        Raises WrongState when it was withdrawn before, or the date lies ahead.
        """
        if as_of > at:
            raise WrongState(_("A key is withdrawn as of a date that has passed."), obj=self)
        try:
            with transaction.atomic():
                values = {"as_of": as_of, "reason": reason.strip(), "withdrawn_at": at, "withdrawn_by": by}
                withdrawal = PdfSignerWithdrawal.objects.create(signer=self, **values)
                log(self, "certificates.pdf_signer.withdraw", by=by, as_of=as_of.isoformat(), reason=reason)
                pdf_signer_withdrawn.send(sender=PdfSigner, signer=self)
        except IntegrityError as error:
            raise WrongState(_("This key was withdrawn before."), obj=self) from error
        return withdrawal


class PdfSignerWithdrawal(AppendOnly):
    """From when on others may have had the key of a signer; and when, by whom and why that was said. Never taken back."""

    signer = models.OneToOneField(PdfSigner, on_delete=models.PROTECT, related_name="withdrawal")
    as_of = models.DateTimeField()
    reason = models.CharField(max_length=300)
    withdrawn_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = gettext_lazy("withdrawn signer of PDFs")
        ordering = ["withdrawn_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="withdrawn_signer_says_why"),
            models.CheckConstraint(condition=Q(as_of__lte=models.F("withdrawn_at")), name="withdrawn_signer_not_ahead"),
        ]

    def __str__(self) -> str:
        return f"{self.signer_id} {self.as_of:%Y-%m-%d}"


class PdfProfile(models.TextChoices):
    """Levels of PAdES: a signature; with a time stamp; with the data for checking it in years to come."""

    B_B = "B-B", "B-B"
    B_T = "B-T", "B-T"
    B_LT = "B-LT", "B-LT"


class FreshPdf(AppendOnly):
    """The PDF of a copy, drawn and signed again because what signed the one before it was withdrawn.

    The credential in it is the same, byte for byte, so nothing changes for who has that, and no status list says anything.
    number: 2 for the first of them; the PDF of the copy itself is 1.
    """

    copy = models.ForeignKey("certificates.IssuedCredential", on_delete=models.PROTECT, related_name="fresh_pdfs")
    number = models.PositiveSmallIntegerField()
    pdf_name = models.CharField(max_length=200)  # in the private storage
    pdf_sha256 = models.CharField(max_length=80)
    pdf_signer = models.ForeignKey(PdfSigner, on_delete=models.PROTECT, related_name="+")
    pdf_profile = models.CharField(max_length=8, choices=PdfProfile.choices)
    signed_at = models.DateTimeField()

    class Meta:
        verbose_name = gettext_lazy("fresh PDF")
        ordering = ["copy", "number"]
        constraints = [
            models.UniqueConstraint(fields=["copy", "number"], name="fresh_pdf_once"),
            models.CheckConstraint(condition=Q(number__gte=2), name="fresh_pdf_follows_the_first"),
        ]

    def __str__(self) -> str:
        return f"{self.copy_id} PDF {self.number}"
