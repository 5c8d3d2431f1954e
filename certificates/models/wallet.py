"""Taking a certificate into a wallet: a way in that is good once and for minutes, made by the holder."""

import hashlib
import secrets
import uuid as uuids
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState

from .certificates import Certificate
from .issued import IssuedCredential
from .shares import ALPHABET


def hashed(what: str, *parts: str) -> str:
    """Codes and tokens have 130 random bits, so a plain hash can't be turned round by trying. A transaction code has few, so it
    is hashed together with the code it belongs to, which isn't kept."""
    return hashlib.sha256(":".join(["wallet", what, *parts]).encode()).hexdigest()


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _i in range(26))


class WalletOfferQuerySet(models.QuerySet):
    def open(self, at: datetime):
        """Offers that nobody has used yet, neither run out nor taken back."""
        return self.filter(used_at=None, revoked_at=None, expires_at__gt=at)


class WalletOffer(models.Model):
    """One certificate for one wallet, once. By an address that gives the signed text, or by OpenID4VCI, where the code is
    first exchanged for a token, with a transaction code that only the page shows. Only hashes are kept."""

    class Way(models.TextChoices):
        LINK = "link", pgettext_lazy("way into a wallet", "link")
        OFFER = "offer", _("wallet offer (OpenID4VCI)")

    MINUTES = 10
    TOKEN_MINUTES = 5
    TRIES = 3  # of the transaction code, the right one included
    MAX_OPEN = 5  # of one certificate
    DIGITS = 6

    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="wallet_offers")
    request_id = models.UUIDField(editable=False)  # of the form: sent twice makes one offer
    way = models.CharField(max_length=5, choices=Way.choices)
    code_hash = models.CharField(max_length=64, unique=True)
    tx_hash = models.CharField(max_length=64, blank=True)  # of the transaction code, with the code
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)  # when the code was
    token_hash = models.CharField(max_length=64, blank=True)
    token_ends_at = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)  # when the credential was handed over

    objects = WalletOfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("wallet offer")
        verbose_name_plural = _("wallet offers")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["certificate", "request_id"], name="one_wallet_offer_a_request"),
            models.UniqueConstraint(fields=["token_hash"], condition=~Q(token_hash=""), name="wallet_token_once"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="wallet_offer_ends_after_it_began"),
            models.CheckConstraint(condition=Q(taken_at=None) | Q(used_at__isnull=False), name="taken_offer_was_used"),
            models.CheckConstraint(
                condition=Q(way="link", tx_hash="", token_hash="") | Q(way="offer") & ~Q(tx_hash=""),
                name="wallet_offer_has_its_transaction_code",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.way} {self.uuid}"

    @classmethod
    def make(
        cls, certificate: Certificate, way: str, *, request_id: uuids.UUID, by: User, at: datetime
    ) -> tuple["WalletOffer", str, str]:
        """Return the offer, its code and its transaction code ("" by link). The same request again gives "" for both.

        Raises WrongState: the certificate is being signed or does not stand, or too many offers are open.
        """
        way = cls.Way(way)
        with transaction.atomic():
            locked = Certificate.objects.select_for_update(of=("self",)).get(pk=certificate.pk)
            if made := cls.objects.filter(certificate=locked, request_id=request_id).first():
                return made, "", ""
            if copy_for_wallet(locked) is None:
                raise WrongState(_("This certificate can't be taken into a wallet now."), obj=certificate)
            if cls.objects.open(at).filter(certificate=locked).count() >= cls.MAX_OPEN:
                raise WrongState(_("Several offers are open already: use one, or take one back."), obj=certificate)
            code, tx = new_code(), ""
            if way == cls.Way.OFFER:
                tx = f"{secrets.randbelow(10**cls.DIGITS):0{cls.DIGITS}d}"
            offer = cls.objects.create(
                certificate=locked, request_id=request_id, way=way, code_hash=hashed("code", code),
                tx_hash=hashed("tx", code, tx) if tx else "", created_at=at, expires_at=at + timedelta(minutes=cls.MINUTES),
            )  # fmt: skip
            log(offer, "certificates.wallet.make", by=by, organisation=certificate.organisation, way=way)
        return offer, code, tx

    @classmethod
    def take_by_link(cls, code: str, *, at: datetime) -> IssuedCredential | None:
        """Return the copy behind a link and use the link up; None for one that is unknown, run out, taken back or used."""
        offer = cls._open(cls.Way.LINK, code, at)
        if offer is None:
            return None
        with transaction.atomic():
            if not cls.objects.open(at).filter(pk=offer.pk).update(used_at=at):
                return None
            return offer._hand_over(at=at)

    @classmethod
    def exchange(cls, code: str, tx: str, *, at: datetime) -> "tuple[WalletOffer, str] | None":
        """Return the offer and a token for a code with its transaction code; None for whatever is wrong. Each try counts."""
        offer = cls._open(cls.Way.OFFER, code, at)
        if offer is None or not cls.objects.open(at).filter(pk=offer.pk, tries__lt=cls.TRIES).update(tries=F("tries") + 1):
            return None
        if not secrets.compare_digest(offer.tx_hash, hashed("tx", code, tx)):
            return None
        token = new_code()
        ends = at + timedelta(minutes=cls.TOKEN_MINUTES)
        moved = cls.objects.open(at).filter(pk=offer.pk).update(
            used_at=at, token_hash=hashed("token", token), token_ends_at=ends
        )  # fmt: skip
        return (offer, token) if moved else None

    @classmethod
    def of_token(cls, token: str, *, at: datetime) -> "WalletOffer | None":
        """The offer whose token this is, while it is good and nothing was handed over for it."""
        found = cls.objects.filter(token_hash=hashed("token", token), token_ends_at__gt=at, taken_at=None, revoked_at=None)
        return found.select_related("certificate__organisation").first()

    def take(self, *, at: datetime) -> IssuedCredential | None:
        """Hand the copy over, once. None when it was, or when the certificate stands no more."""
        with transaction.atomic():
            return self._hand_over(at=at)

    def _hand_over(self, *, at: datetime) -> IssuedCredential | None:
        copy = copy_for_wallet(self.certificate)
        moved = copy and WalletOffer.objects.filter(pk=self.pk, taken_at=None, revoked_at=None).update(taken_at=at)
        if not moved:
            return None
        log(self, "certificates.wallet.take", by=None, organisation=self.certificate.organisation, way=self.way)
        return copy

    @classmethod
    def _open(cls, way: str, code: str, at: datetime) -> "WalletOffer | None":
        found = cls.objects.open(at).filter(way=way, code_hash=hashed("code", code))
        return found.select_related("certificate__organisation").first()

    def revoke(self, *, by: User, at: datetime) -> None:
        """Take it back, a token given for it too. Once more, or after it was taken, does nothing."""
        with transaction.atomic():
            if WalletOffer.objects.filter(pk=self.pk, revoked_at=None, taken_at=None).update(revoked_at=at):
                log(self, "certificates.wallet.revoke", by=by, organisation=self.certificate.organisation)
            self.refresh_from_db()

    def state_at(self, at: datetime) -> str:
        """ "open", "used" (a wallet has the token, and not the certificate yet), "taken", "revoked" or "ended"."""
        if self.taken_at:
            return "taken"
        if self.revoked_at:
            return "revoked"
        if self.used_at:
            return "used" if self.token_ends_at and self.token_ends_at > at else "ended"
        return "open" if self.expires_at > at and self.tries < self.TRIES else "ended"


def copy_for_wallet(certificate: Certificate) -> IssuedCredential | None:
    """The last copy of a certificate that stands; None for one that is suspended, revoked, replaced or being signed."""
    if certificate.prepared_at is None or certificate.state in Certificate.BAD_STATES or certificate.needs_copy():
        return None
    return certificate.credentials.order_by("number").last()
