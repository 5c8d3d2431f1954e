"""查验码: the holder lets somebody see the certificate with the full name, for a time, and can take it back. What others
gave out, an imported record or a recognised certificate, is shared the same way."""

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
from .historic import HistoricRecord
from .recognition import Recognition

Shared = Certificate | HistoricRecord | Recognition
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def hashed(code: str) -> str:
    """A code has 130 random bits, so a plain hash can't be turned round by trying."""
    return hashlib.sha256(f"share:{code}".encode()).hexdigest()


class ShareCodeQuerySet(models.QuerySet):
    def live(self, at: datetime):
        return self.filter(revoked_at=None, expires_at__gt=at)

    def answering(self, code: str, at: datetime):
        """The code that opens something now: known, neither run out nor taken back, of what is public. One query, whatever it is
        a code of."""
        public = Q(certificate=None) | Q(certificate__prepared_at__isnull=False)
        found = self.live(at).filter(public, code_hash=hashed(code))
        return found.select_related("certificate__replaces", "record__batch", "recognition__agreement")


class ShareCode(models.Model):
    """One link for one reader. Only its hash is kept: the link is shown once, when it is made."""

    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    # What it is a code of: one of the three.
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="shares", null=True, blank=True)
    record = models.ForeignKey(HistoricRecord, on_delete=models.PROTECT, related_name="shares", null=True, blank=True)
    recognition = models.ForeignKey(Recognition, on_delete=models.PROTECT, related_name="shares", null=True, blank=True)
    label = models.CharField(_("for whom"), max_length=80)
    code_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    MAX_DAYS = 180
    MAX_LIVE = 50  # of one certificate
    OF = {Certificate: "certificate", HistoricRecord: "record", Recognition: "recognition"}

    objects = ShareCodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("share code")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="share_ends_after_it_began"),
            models.CheckConstraint(
                condition=Q(certificate__isnull=False, record=None, recognition=None)
                | Q(certificate=None, record__isnull=False, recognition=None)
                | Q(certificate=None, record=None, recognition__isnull=False),
                name="share_is_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)

    @property
    def of(self) -> Shared:
        """The certificate, the imported record or the recognition that it shows."""
        return self.certificate or self.record or self.recognition

    @classmethod
    def make(
        cls, of: Shared, *, request_id: uuids.UUID, label: str, days: int, by: User, at: datetime
    ) -> tuple["ShareCode", str]:
        """Return the share code and its secret. A repeated request gets the one it made, and "" for the secret.

        Raises WrongState when it is not public yet, stands no longer, or has as many live codes as it may have.
        """
        cls._check_days(days)
        model = type(of)
        own = {cls.OF[model]: of.pk}
        with transaction.atomic():
            locked = model.objects.select_for_update(of=("self",)).get(pk=of.pk)
            if made := cls.objects.filter(**own, uuid=request_id).first():
                return made, ""
            if refusal := why_not_shared(locked):
                raise WrongState(refusal, obj=of)
            if cls.objects.live(at).filter(**own).count() >= cls.MAX_LIVE:
                raise WrongState(_("There are too many live share codes; take some back first."), obj=of)
            code = "".join(secrets.choice(ALPHABET) for _i in range(26))
            share = cls.objects.create(
                uuid=request_id, **{cls.OF[model]: locked}, label=label, code_hash=hashed(code), created_at=at,
                expires_at=at + timedelta(days=days),
            )  # fmt: skip
            share._log("make", by=by, days=days)
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
            self._log("extend", by=by, days=days)

    def revoke(self, *, by: User, at: datetime) -> None:
        """Take it back for good. Once more does nothing."""
        with transaction.atomic():
            if ShareCode.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=at):
                self._log("revoke", by=by)
            self.refresh_from_db()

    def _log(self, verb: str, *, by: User, **data) -> None:
        organisation = self.certificate.organisation if self.certificate else None
        log(self, f"certificates.share.{verb}", by=by, organisation=organisation, **data)

    def state_at(self, at: datetime) -> str:
        """ "live", "ended" or "revoked"."""
        return "revoked" if self.revoked_at else "live" if self.expires_at > at else "ended"


def why_not_shared(of: Shared) -> str:
    """Why no further code is made for it, as it is now; "" when one may be. Codes from before go on telling what became of it."""
    if isinstance(of, Certificate):
        public, ended = of.prepared_at is not None, of.state in Certificate.ENDED
    elif isinstance(of, HistoricRecord):
        public, ended = True, not of.live
    else:
        public, ended = of.number is not None, of.status == Recognition.Status.ENDED
    if not public:
        return str(_("The certificate is still being signed."))
    return str(_("It no longer stands, so no further share code is made for it.")) if ended else ""
