"""分享码: the holder lets somebody see the certificate with the full name, for a time, and can take it back."""

import hashlib
import secrets
import uuid as uuids
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState

from .certificates import Certificate

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def hashed(code: str) -> str:
    """A code has 130 random bits, so a plain hash can't be turned round by trying."""
    return hashlib.sha256(f"share:{code}".encode()).hexdigest()


class ShareCodeQuerySet(models.QuerySet):
    def live(self, at: datetime):
        return self.filter(revoked_at=None, expires_at__gt=at)

    def answering(self, code: str, at: datetime):
        """The code that opens something now: known, neither run out nor taken back, of a certificate that is public."""
        return self.live(at).filter(code_hash=hashed(code), certificate__prepared_at__isnull=False)


class ShareCode(models.Model):
    """One link for one reader. Only its hash is kept: the link is shown once, when it is made."""

    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="shares")
    label = models.CharField(_("for whom"), max_length=80)
    code_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    MAX_DAYS = 180
    MAX_LIVE = 50  # of one certificate

    objects = ShareCodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("share code")
        ordering = ["-created_at", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="share_ends_after_it_began")]

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.uuid}"

    @classmethod
    def make(
        cls, certificate: Certificate, *, request_id: uuids.UUID, label: str, days: int, by: User, at: datetime
    ) -> tuple["ShareCode", str]:
        """Return the share code and its secret. A repeated request gets the one it made, and "" for the secret.

        Raises WrongState when the certificate is still being prepared or has as many live codes as it may have.
        """
        cls._check_days(days)
        with transaction.atomic():
            locked = Certificate.objects.select_for_update(of=("self",)).get(pk=certificate.pk)
            if made := cls.objects.filter(certificate=locked, uuid=request_id).first():
                return made, ""
            if locked.prepared_at is None:
                raise WrongState(_("The certificate is still being signed."), obj=certificate)
            if cls.objects.live(at).filter(certificate=locked).count() >= cls.MAX_LIVE:
                raise WrongState(_("There are too many live share codes; take some back first."), obj=certificate)
            code = "".join(secrets.choice(ALPHABET) for _i in range(26))
            share = cls.objects.create(
                uuid=request_id,
                certificate=locked,
                label=label,
                code_hash=hashed(code),
                created_at=at,
                expires_at=at + timedelta(days=days),
            )
            log(share, "certificates.share.make", by=by, organisation=certificate.organisation, days=days)
        return share, code

    @classmethod
    def _check_days(cls, days: int) -> None:
        if not 1 <= days <= cls.MAX_DAYS:
            raise WrongState(_("A share code is good for 1 to 180 days."))

    def extend(self, *, days: int, by: User, at: datetime) -> None:
        """Make it good for so many days from now. Raises WrongState when it was taken back."""
        self._check_days(days)
        with transaction.atomic():
            if not ShareCode.objects.filter(pk=self.pk, revoked_at=None).update(expires_at=at + timedelta(days=days)):
                raise WrongState(_("This share code was taken back; make a new one."), obj=self)
            self.refresh_from_db()
            log(self, "certificates.share.extend", by=by, organisation=self.certificate.organisation, days=days)

    def revoke(self, *, by: User, at: datetime) -> None:
        """Take it back for good. Once more does nothing."""
        with transaction.atomic():
            if ShareCode.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=at):
                log(self, "certificates.share.revoke", by=by, organisation=self.certificate.organisation)
            self.refresh_from_db()

    def state_at(self, at: datetime) -> str:
        """ "live", "ended" or "revoked"."""
        return "revoked" if self.revoked_at else "live" if self.expires_at > at else "ended"
