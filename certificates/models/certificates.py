"""The certificate: number, link token, what it states, and the chain of what later happened to it."""

import calendar
import secrets
import uuid
from datetime import date, datetime

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly, ImmutableRow

from ..facts import facts_of, frozen_facts
from ..numbers import mask_name, new_number, new_token, normalise_name
from ..signals import status_changed
from .awards import Award
from .keys import StatusList

VERBS = {"suspended": "suspend", "reinstated": "reinstate", "revoked": "revoke"}


def _months_later(day: date, months: int | None) -> date | None:
    """Return the day that many months later (the last day of a shorter month), or None for no end."""
    if months is None:
        return None
    year, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + year, month + 1)[1]
    return day.replace(year=day.year + year, month=month + 1, day=min(day.day, last))


class CertificateQuerySet(models.QuerySet):
    def prepared(self):
        """Certificates that answer to the public: signed and drawn."""
        return self.filter(prepared_at__isnull=False)

    def good_on(self, day: date):
        """Certificates that are valid on that day, by what is known now."""
        current = Q(valid_until=None) | Q(valid_until__gte=day)
        return self.prepared().filter(current, issued_on__lte=day).exclude(state__in=Certificate.BAD_STATES)

    def update(self, **kwargs):
        if set(kwargs) - Certificate.MUTABLE:
            raise ImmutableRow("The facts of a certificate are not changed; issue a correction.")
        return super().update(**kwargs)

    def delete(self):
        raise ImmutableRow("Certificates are revoked, not deleted.")


class Certificate(models.Model):
    """证书. Its facts are frozen at issue; its state is derived from status changes at a date.

    Issue has two steps: the row is written with the award (number, token, facts), then a job signs the credential and
    draws the PDF (`IssuedCredential`). Until then it is "being prepared" and nobody is told otherwise.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    award = models.OneToOneField(Award, on_delete=models.PROTECT, related_name="certificate")
    holder = models.ForeignKey(User, on_delete=models.PROTECT, related_name="certificates")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="certificates")
    number = models.CharField(_("certificate number"), max_length=24, unique=True)
    # 80 random bits, in the QR code's address.
    token = models.CharField(max_length=20, unique=True)
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    holder_name = models.CharField(max_length=80)
    holder_name_latin = models.CharField(max_length=80, blank=True)
    # What verification shows, frozen: level, syllabus, base, hours by module, cases, parts (see certificates/facts.py).
    facts = models.JSONField()
    issued_on = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    status_list = models.ForeignKey(StatusList, on_delete=models.PROTECT, related_name="certificates")
    status_index = models.PositiveIntegerField()
    # Denormalised latest StatusChange kind ("" = none), written in the same transaction, so that verify is one query.
    state = models.CharField(max_length=12, blank=True, default="")
    state_at = models.DateTimeField(null=True, blank=True)
    state_reason = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # When the credential had been signed and the PDF drawn; before that the certificate answers nobody.
    prepared_at = models.DateTimeField(null=True, blank=True)

    objects = CertificateQuerySet.as_manager()

    # What an employer is told, in this order of weight.
    class State(models.TextChoices):
        VALID = "valid", _("valid")
        EXPIRED = "expired", _("expired")
        SUSPENDED = "suspended", _("suspended")
        REVOKED = "revoked", _("revoked")
        CORRECTED = "corrected", _("corrected")

    BAD_STATES = ("suspended", "revoked", "corrected")
    MUTABLE = frozenset({"state", "state_at", "state_reason", "prepared_at"})

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["-issued_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["status_list", "status_index"], name="status_index_once"),
        ]

    def __str__(self) -> str:
        return self.number

    @classmethod
    def prepare(cls, award: Award, *, at: datetime) -> "Certificate":
        """Write the certificate of an award: number, token, facts, a place in the status list. Signing follows as a job."""
        enrolment = award.enrolment
        facts = frozen_facts(enrolment, facts_of(enrolment))
        status_list, index = StatusList.free_place()
        issued_on = timezone.localdate(at)
        certificate = cls.objects.create(
            award=award,
            holder=enrolment.user,
            organisation=enrolment.cohort.organisation,
            number=new_number(facts["level"]["code"]),
            token=new_token(),
            holder_name=enrolment.user.full_name,
            holder_name_latin=enrolment.user.name_latin,
            facts=facts,
            issued_on=issued_on,
            valid_until=_months_later(issued_on, award.rule.valid_months),
            status_list=status_list,
            status_index=index,
        )
        log(certificate, "certificates.certificate.prepare", by=award.confirmed_by, organisation=certificate.organisation)
        return certificate

    def state_on(self, day: date) -> str:
        """Return the state on that day: the latest status change counts; without one, valid until it expires."""
        if self.state in self.BAD_STATES:
            return self.state
        if self.valid_until is not None and day > self.valid_until:
            return self.State.EXPIRED
        return self.State.VALID

    def is_good_on(self, day: date) -> bool:
        return self.issued_on <= day and self.state_on(day) == self.State.VALID

    def belongs_to(self, typed_name: str) -> bool:
        """Say whether a typed name is the holder's, in time that does not depend on where the two differ."""
        typed = normalise_name(typed_name).encode()
        matches = [
            secrets.compare_digest(typed, normalise_name(name).encode())
            for name in (self.holder_name, self.holder_name_latin or self.holder_name)
        ]
        return any(matches)

    @property
    def masked_name(self) -> str:
        return mask_name(self.holder_name)

    def change_status(self, kind: str, *, reason: str, by: User, at: datetime, note: str = "") -> "StatusChange":
        """Suspend, reinstate or revoke. A revocation is for good.

        Raises WrongState when the certificate is not in a state from which this step leads on.
        """
        allowed = {
            StatusChange.Kind.SUSPENDED: ("", StatusChange.Kind.REINSTATED),
            StatusChange.Kind.REINSTATED: (StatusChange.Kind.SUSPENDED,),
            StatusChange.Kind.REVOKED: ("", StatusChange.Kind.REINSTATED, StatusChange.Kind.SUSPENDED),
        }[StatusChange.Kind(kind)]
        with transaction.atomic():
            moved = Certificate.objects.filter(pk=self.pk, state__in=allowed).update(
                state=kind, state_at=at, state_reason=reason
            )
            if not moved:
                raise WrongState(_("The certificate is no longer in a state that allows this."), obj=self)
            change = StatusChange.objects.create(
                certificate=self, kind=kind, reason=reason, note=note, changed_at=at, changed_by=by
            )
            self.refresh_from_db()
            log(self, f"certificates.certificate.{VERBS[kind]}", by=by, organisation=self.organisation, reason=reason)
            status_changed.send(sender=Certificate, certificate=self, change=change)
        return change

    def save(self, *args, **kwargs):
        if not self._state.adding and not set(kwargs.get("update_fields") or ["everything"]) <= self.MUTABLE:
            raise ImmutableRow("The facts of a certificate are not changed; issue a correction.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise ImmutableRow("Certificates are revoked, not deleted.")


class StatusChange(AppendOnly):
    """One event in a certificate's life, with a public reason class and an internal note."""

    class Kind(models.TextChoices):
        SUSPENDED = "suspended", _("suspended")
        REINSTATED = "reinstated", _("reinstated")
        REVOKED = "revoked", _("revoked")
        CORRECTED = "corrected", _("corrected")

    class Reason(models.TextChoices):
        ERROR = "error", _("issued in error")
        MISCONDUCT = "misconduct", _("misconduct in assessment")
        HOLDER_REQUEST = "holder_request", _("at the holder's request")
        INVESTIGATION = "investigation", _("under investigation")
        CLEARED = "cleared", _("investigation closed")
        DATA_CORRECTION = "data_correction", _("correction of data")

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="status_changes")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    reason = models.CharField(_("public reason"), max_length=20, choices=Reason.choices)
    note = models.TextField(_("internal note"), blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("status change")
        ordering = ["changed_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["certificate"], condition=Q(kind="revoked"), name="revoked_once_and_for_good"
            )
        ]

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.kind}"


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
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    looked_up_at = models.DateTimeField()

    class Meta:
        verbose_name = _("verification")
        ordering = ["-looked_up_at"]
        indexes = [models.Index(fields=["certificate", "-looked_up_at"])]

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.looked_up_at:%Y-%m-%d}"
