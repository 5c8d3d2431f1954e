"""Keys by which an employer's software asks us: made and withdrawn by the employer's people, shown once, kept as a hash."""

import hashlib
import secrets
import uuid as uuids
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState

from ..signals import api_key_withdrawn

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
MARK = "tmk"  # what every key begins with, so that a scanner of source code can tell one that leaked


def key_hash(key: str) -> str:
    """A key has 160 random bits, so a plain hash can't be turned round by trying."""
    return hashlib.sha256(f"api-key:{key}".encode()).hexdigest()


class Scope(models.TextChoices):
    """What a key may be used for."""

    NUMBER = "verify:number", _("verify by number and name")
    SHARE = "verify:share", _("verify by share code")
    FILE = "verify:file", _("verify by file")


class ApiKeyQuerySet(models.QuerySet):
    def live(self, at: datetime):
        return self.filter(withdrawn_at=None, expires_at__gt=at)


class ApiKey(models.Model):
    """`prefix` is the readable beginning of the key, by which people tell theirs apart; the rest is nowhere."""

    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="api_keys")
    label = models.CharField(_("what it is for"), max_length=80)
    prefix = models.CharField(max_length=16, unique=True)
    key_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(_("allowed"))
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    MAX_LIVE = 20  # of one employer
    MAX_DAYS = 730

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        ordering = ["-created_at", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="api_key_ends_after_it_began")]

    def __str__(self) -> str:
        return self.prefix

    @classmethod
    def make(
        cls, organisation: Organisation, *, label: str, scopes: list[str], days: int, request_id: uuids.UUID, by: User,
        at: datetime,
    ) -> tuple["ApiKey", str]:  # fmt: skip
        """Return the row and the key itself. A repeated request gets the row it made, and "" for the key.

        Raises WrongState for an empty or unknown scope, too long a life, or too many live keys.
        """
        if not scopes or set(scopes) - set(Scope.values) or not 1 <= days <= cls.MAX_DAYS:
            raise WrongState(_("Choose what the key may do and for how long."))
        with transaction.atomic():
            locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
            if made := cls.objects.filter(organisation=locked, uuid=request_id).first():
                return made, ""
            if cls.objects.live(at).filter(organisation=locked).count() >= cls.MAX_LIVE:
                raise WrongState(_("There are too many live keys; withdraw some first."))
            prefix = f"{MARK}_{_random(8)}"
            key = f"{prefix}_{_random(32)}"
            made = cls.objects.create(
                uuid=request_id, organisation=locked, label=label, prefix=prefix, key_hash=key_hash(key),
                scopes=sorted(scopes), created_at=at, created_by=by, expires_at=at + timedelta(days=days),
            )  # fmt: skip
            log(made, "certificates.api_key.make", by=by, organisation=organisation, prefix=prefix, scopes=sorted(scopes))
        return made, key

    def withdraw(self, *, by: User, at: datetime) -> None:
        """Let it open nothing any more, at once and for good. Once more does nothing."""
        with transaction.atomic():
            if ApiKey.objects.filter(pk=self.pk, withdrawn_at=None).update(withdrawn_at=at):
                log(self, "certificates.api_key.withdraw", by=by, organisation=self.organisation, prefix=self.prefix)
                api_key_withdrawn.send(sender=ApiKey, key=self)
            self.refresh_from_db()

    def state_at(self, at: datetime) -> str:
        """ "live", "ended" or "withdrawn"."""
        return "withdrawn" if self.withdrawn_at else "live" if self.expires_at > at else "ended"

    @property
    def scope_labels(self) -> list[str]:
        return [str(Scope(scope).label) for scope in self.scopes]


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _i in range(length))


class ApiUsage(models.Model):
    """Calls of one key on one day (UTC), carried over from the cache that counts them."""

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="usage")
    day = models.DateField()
    calls = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("use of an API key")
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["key", "day"], name="one_usage_per_key_and_day")]

    def __str__(self) -> str:
        return f"{self.key_id} {self.day}: {self.calls}"
