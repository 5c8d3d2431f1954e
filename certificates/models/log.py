"""The rows of the transparency log: entries, the subtrees over them, and the signed heads. See docs/credentials.md."""

import re
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Case, Exists, Max, OuterRef, Q, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.lib.immutable import AppendOnly

from .certificates import StatusChange
from .issued import IssuedCredential
from .keys import DidVersion, PdfSignerList, PublishedVersion, SigningKey


class LogTree(models.Model):
    """The one row that says how many entries there are; whoever appends or signs holds it."""

    size = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("transparency log")

    def __str__(self) -> str:
        return str(self.size)

    @classmethod
    def hold(cls) -> "LogTree":
        """Return the row, locked until the caller's transaction ends (SQLite: its one writer is the lock)."""
        cls.objects.get_or_create(pk=1)
        return cls.objects.select_for_update().get(pk=1)


class LogLeaf(AppendOnly):
    """One entry: that a credential was issued, what happened to the certificate it stands for, or which keys or signers of PDFs
    we published."""

    class Kind(models.TextChoices):
        ISSUED = "issued", pgettext_lazy("log entry", "issued")
        SUSPENDED = "suspended", _("suspended")
        REINSTATED = "reinstated", _("reinstated")
        REVOKED = "revoked", _("revoked")
        CORRECTED = "corrected", _("corrected")
        SIGNED_ANEW = "signed_anew", _("signed anew")
        DID = "did", _("published keys")
        PDF_SIGNERS = "pdf_signers", _("signers of PDFs")

    index = models.PositiveBigIntegerField(unique=True)  # 0, 1, 2 … without a gap
    kind = models.CharField(max_length=12, choices=Kind.choices)
    data = models.TextField()  # the entry's exact text: canonical JSON (RFC 8785), see log/entries.py
    leaf_hash = models.CharField(max_length=64, unique=True)  # hexadecimal
    credential = models.ForeignKey(
        IssuedCredential, on_delete=models.PROTECT, null=True, blank=True, related_name="log_leaves"
    )
    change = models.OneToOneField(
        StatusChange, on_delete=models.PROTECT, null=True, blank=True, related_name="log_leaf"
    )
    did_version = models.OneToOneField(
        DidVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="log_leaf"
    )
    signer_list = models.OneToOneField(
        PdfSignerList, on_delete=models.PROTECT, null=True, blank=True, related_name="log_leaf"
    )
    logged_at = models.DateTimeField()

    class Meta:
        verbose_name = _("log entry")
        verbose_name_plural = _("log entries")
        ordering = ["index"]
        constraints = [
            models.UniqueConstraint(fields=["credential"], condition=Q(change=None), name="issue_logged_once"),
            models.CheckConstraint(
                condition=Q(kind="issued", change=None, credential__isnull=False, did_version=None, signer_list=None)
                | Q(kind="did", change=None, credential=None, did_version__isnull=False, signer_list=None)
                | Q(kind="pdf_signers", change=None, credential=None, did_version=None, signer_list__isnull=False)
                | (
                    ~Q(kind__in=["issued", "did", "pdf_signers"])
                    & Q(change__isnull=False, credential__isnull=False, did_version=None, signer_list=None)
                ),
                name="log_entry_says_what_it_is_of",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.index} {self.kind}"

    @property
    def sha256(self) -> str:
        """The hash of what it is of: the credential, or the document that was published."""
        return self.document.sha256 if self.document else self.credential.credential_sha256

    @property
    def document(self) -> PublishedVersion | None:
        return self.did_version or self.signer_list


class LogNode(AppendOnly):
    """The hash over a complete subtree: 2^level leaves from index·2^level on. Kept so that a proof is one query."""

    level = models.PositiveSmallIntegerField()
    index = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("log node")
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="log_node_once")]

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class TreeHead(AppendOnly):
    """What the issuer signed: at this time, the log had so many entries and this root."""

    size = models.PositiveBigIntegerField()
    root = models.CharField(max_length=64)
    signed_at = models.DateTimeField()  # whole seconds
    key = models.ForeignKey(SigningKey, on_delete=models.PROTECT, related_name="tree_heads")
    signature = models.CharField(max_length=128)

    class Meta:
        verbose_name = _("signed tree head")
        ordering = ["pk"]
        indexes = [models.Index(fields=["-size", "-signed_at"])]

    def __str__(self) -> str:
        return f"{self.size} {self.root[:12]}"

    @property
    def stamp_or_none(self) -> "HeadStamp | None":
        return getattr(self, "stamp", None)

    @classmethod
    def latest(cls) -> "TreeHead | None":
        return cls.objects.select_related("key", "stamp").order_by("-size", "-signed_at", "-pk").first()

    @classmethod
    def best_for(cls, index: int) -> "TreeHead | None":
        """The head to prove an entry by: of those that cover it the newest that others vouch for, with their time or as
        witnesses (both before one of them), else the newest."""
        cosigned = Exists(cls.objects.filter(pk=OuterRef("pk"), cosignatures__isnull=False))
        others = Case(When(stamp=None, then=0), default=1) + Case(When(cosigned, then=1), default=0)
        covering = cls.objects.filter(size__gt=index).select_related("key", "stamp").annotate(others=others)
        return covering.order_by("-others", "-size", "-signed_at", "-pk").first()


class HeadStamp(AppendOnly):
    """That a time-stamping authority (RFC 3161) saw a signed head, and when. It vouches for everything that head covers."""

    LATE = timedelta(hours=2)  # so long the newest head may be without one before somebody is told

    head = models.OneToOneField(TreeHead, on_delete=models.PROTECT, related_name="stamp")
    response = models.BinaryField()  # the authority's answer (TimeStampResp, DER), as served
    stamped_at = models.DateTimeField()  # by the authority's clock
    authority = models.CharField(max_length=300)  # the subject of the certificate that signed it
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = _("time stamp of a log head")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.head_id} {self.authority}"

    @property
    def authority_name(self) -> str:
        """The authority for people: its common name out of the subject ("Common Name: …, Organization: …"), or the subject."""
        found = re.search(r"Common Name: (.+?)(?:, [A-Z][\w ]+: |$)", self.authority)
        return found[1] if found else self.authority

    @classmethod
    def latest(cls) -> "HeadStamp | None":
        return cls.objects.select_related("head").order_by("-head").first()

    @classmethod
    def missing_since(cls, at: datetime) -> datetime | None:
        """Since when no head that was signed has been stamped; None while that is younger than LATE. Two queries."""
        last = cls.objects.aggregate(last=Max("head"))["last"] or 0
        first = TreeHead.objects.filter(pk__gt=last).order_by("pk").values_list("signed_at", flat=True).first()
        return first if first and first < at - cls.LATE else None
