"""The public half of the signing keys, and the status lists as they are served."""

import secrets
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.hashing import data_hash
from lms.lib.immutable import AppendOnly

from ..signals import document_published


class SigningKey(models.Model):
    """The public half and life of a key. The private half lies in the key store, under `key_id`.

    Retired: signs no more, and what it signed stays good. Compromised: withdrawn as of a date, nothing it signed is good.
    """

    class Status(models.TextChoices):
        NEXT = "next", _("announced")
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
    # From when on others may have had it; and when, by whom and why that was said.
    withdrawn_as_of = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("signing key")
        ordering = ["active_from"]
        constraints = [
            models.UniqueConstraint(fields=["status"], condition=Q(status="active"), name="one_active_signing_key"),
            models.UniqueConstraint(fields=["status"], condition=Q(status="next"), name="one_announced_signing_key"),
            models.CheckConstraint(
                condition=~Q(status="compromised") | Q(withdrawn_as_of__isnull=False), name="withdrawn_key_says_since_when"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.did}#{self.key_id}"

    @property
    def job_key(self) -> str:
        """The job that signs anew what this key had signed."""
        return f"sign-anew:{self.pk}"


class PublishedVersion(AppendOnly):
    """A document of ours as it was served from some moment on, until the next version. log_kind: of its entry in the log."""

    log_kind = ""

    number = models.PositiveIntegerField(unique=True)
    text = models.TextField()
    sha256 = models.CharField(max_length=80)
    published_at = models.DateTimeField()

    class Meta:
        abstract = True
        ordering = ["number"]

    @classmethod
    def keep(cls, text: str, *, at: datetime) -> "PublishedVersion | None":
        """Keep the text as the next version when it differs from the last one; None when it doesn't. In the transaction of
        whatever changed it."""
        last = cls.objects.last()
        if last is not None and last.text == text:
            return None
        number = last.number + 1 if last else 1
        version = cls.objects.create(number=number, text=text, sha256=data_hash(text.encode()), published_at=at)
        document_published.send(sender=cls, version=version)
        return version


class DidVersion(PublishedVersion):
    """The DID document."""

    log_kind = "did"

    class Meta(PublishedVersion.Meta):
        verbose_name = _("version of the published keys")

    def __str__(self) -> str:
        return f"did.json v{self.number}"


class PdfSignerList(PublishedVersion):
    """The list of what signs PDFs."""

    log_kind = "pdf_signers"

    class Meta(PublishedVersion.Meta):
        verbose_name = _("version of the list of signers of PDFs")

    def __str__(self) -> str:
        return f"pdf-signers.json v{self.number}"


class StatusList(models.Model):
    """The signed Bitstring Status List as served. `sequence` grows with every signing."""

    number = models.PositiveIntegerField(unique=True)  # in its address: /status/<number>/
    purpose = models.CharField(max_length=12, default="revocation")
    sequence = models.PositiveIntegerField(default=0)
    credential = models.TextField(blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("status list")

    SIZE = 131_072  # entries: enough that a place in the list says nothing about the person

    @classmethod
    def free_place(cls) -> tuple["StatusList", int]:
        """Return a list and a random place in it that no copy has; a list half full is followed by a new one."""
        return cls.free_places(1)[0]

    @classmethod
    def free_places(cls, number: int) -> list[tuple["StatusList", int]]:
        """Return so many places, all different. Three queries, seldom more."""
        current = cls.objects.order_by("-number").first()
        taken = current.copies.count() if current else 0
        if current is None or taken > cls.SIZE // 2:
            current = cls.objects.create(number=current.number + 1 if current else 1)
        free: set[int] = set()
        while len(free) < number:
            drawn = {secrets.randbelow(cls.SIZE) for _each in range(number - len(free))}
            free |= drawn - set(current.copies.filter(status_index__in=drawn).values_list("status_index", flat=True))
        places = list(free)
        secrets.SystemRandom().shuffle(places)
        return [(current, place) for place in places]

    def set_bits(self) -> list[int]:
        """The places of copies that third parties must refuse. A place that was in it once stays in it."""
        return sorted(self.copies.filter(refusal__isnull=False).values_list("status_index", flat=True))

    def __str__(self) -> str:
        return f"{self.purpose} {self.number} #{self.sequence}"
