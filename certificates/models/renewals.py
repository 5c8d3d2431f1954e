"""续期: the holder applies, the ledger is checked, some evidence is looked at by lot, two people decide, and a further
certificate of the same award follows the one before it. Reminders before the end, each at most once."""

import hashlib
import secrets
import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly

from ..cpd import Count
from ..numbers import new_number, new_token
from ..signals import renewal_decided, replaced
from .certificates import Certificate, StatusChange, months_later
from .upkeep import count_for
from .validity import ValidityTerms, choose_terms, period_of


def drawn(seed: str, certificate: uuid.UUID, percent: int) -> bool:
    """Whether the lot falls on a certificate: a number from 0 to 99 out of the seed, below the share. Can be drawn again."""
    number = int(hashlib.sha256(f"{seed}:{certificate}".encode()).hexdigest(), 16) % 100
    return number < percent


def stands(certificate: Certificate) -> bool:
    """Whether it may be followed by a renewal: signed, neither suspended nor ended, the last of its chain, and with an end."""
    good = certificate.state in StatusChange.FROM[StatusChange.Kind.CORRECTED]
    return good and certificate.prepared_at is not None and certificate.valid_until is not None and certificate.successor is None


class RenewalQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status__in=Renewal.OPEN)


class Renewal(models.Model):
    """One application for renewal and what was decided on it."""

    class Status(models.TextChoices):
        APPLIED = "applied", _("applied for")
        PROPOSED = "proposed", _("proposed")
        CONFIRMED = "confirmed", _("confirmed")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")

    OPEN = (Status.APPLIED, Status.PROPOSED)

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="renewals")
    terms = models.ForeignKey(ValidityTerms, on_delete=models.PROTECT, related_name="+")
    # What the ledger said on the day: {"counted", "asked": hours as text, "items": how many}.
    found = models.JSONField()
    seed = models.CharField(max_length=40)
    sampled = models.BooleanField()  # the lot fell on it: the evidence is looked at before it is proposed
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.APPLIED)
    applied_at = models.DateTimeField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    proposed_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(_("what was found in the evidence"), max_length=1000, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(_("reason"), max_length=1000, blank=True)
    new = models.OneToOneField(Certificate, on_delete=models.PROTECT, null=True, blank=True, related_name="renewed_through")

    objects = RenewalQuerySet.as_manager()

    class Meta:
        verbose_name = _("renewal")
        verbose_name_plural = _("renewals")
        ordering = ["-applied_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["certificate"], condition=Q(status__in=["applied", "proposed"]), name="one_open_renewal_per_certificate"
            ),
            models.CheckConstraint(
                condition=Q(proposed_by=None) | Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="renewal_takes_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(status="confirmed") | Q(proposed_by__isnull=False, decided_by__isnull=False, new__isnull=False),
                name="confirmed_renewal_names_two_and_what_came_of_it",
            ),
            models.CheckConstraint(condition=~Q(status="refused") | ~Q(reason=""), name="refused_renewal_says_why"),
            models.CheckConstraint(
                condition=~Q(status__in=["proposed", "confirmed"]) | Q(sampled=False) | ~Q(note=""),
                name="sampled_renewal_says_what_was_found",
            ),
        ]

    def __str__(self) -> str:
        return self.certificate.number

    def get_absolute_url(self) -> str:
        return reverse("renewal", args=[self.uuid])

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def tone(self) -> str:
        return {"applied": "warn", "proposed": "warn", "confirmed": "ok", "refused": "bad"}.get(self.status, "muted")

    @classmethod
    def apply(cls, certificate: Certificate, *, by: User, at: datetime, seed: str = "") -> "Renewal":
        """The holder applies within the window. seed: of the lot; a fresh one unless a test names it.

        Raises WrongState outside the window, when hours are missing, or when the certificate is not one that can be followed.
        """
        day = timezone.localdate(at)
        with transaction.atomic():
            certificate = Certificate.objects.select_for_update(of=("self",)).get(pk=certificate.pk)
            if by.pk != certificate.holder_id or not stands(certificate):
                raise WrongState(_("This certificate is not one that is renewed."), obj=certificate)
            if cls.objects.open().filter(certificate=certificate).exists():
                raise WrongState(_("Renewal was applied for already."), obj=certificate)
            _nothing_waits(certificate)
            terms = ValidityTerms.objects.for_certificate(certificate)
            if terms is None:
                raise WrongState(_("No terms of validity were set for this level."), obj=certificate)
            span = period_of(certificate, terms)
            if span.stage(day) not in ("open", "grace"):
                words = {"first": f"{span.opens:%Y-%m-%d}", "last": f"{span.closes:%Y-%m-%d}"}
                raise WrongState(_("Renewal can be applied for from %(first)s to %(last)s.") % words, obj=certificate)
            counted = _enough(certificate, terms)
            seed = seed or secrets.token_hex(16)
            renewal = cls.objects.create(
                certificate=certificate, terms=terms, seed=seed, sampled=drawn(seed, certificate.uuid, terms.sample_percent),
                found={"counted": str(counted.counted), "asked": str(terms.hours), "items": len(counted.lines)}, applied_at=at,
            )  # fmt: skip
            renewal._log("apply", by=by, sampled=renewal.sampled)
        return renewal

    def propose(self, *, by: User, at: datetime, note: str = "") -> None:
        """A registrar of the base or an officer looked at it. note: what the evidence showed, when the lot fell on it.

        Raises WrongState for the holder, without a needed note, or when the ledger no longer holds enough.
        """
        if by.pk == self.certificate.holder_id:
            raise WrongState(_("Nobody decides on their own certificate."), obj=self)
        if self.sampled and not note.strip():
            raise WrongState(_("The lot fell on this renewal: write what you found in the evidence."), obj=self)
        with transaction.atomic():
            _enough(self.certificate, self.terms)
            self._move(self.Status.APPLIED, status=self.Status.PROPOSED, proposed_by=by, proposed_at=at, note=note.strip())
            self._log("propose", by=by)

    def confirm(self, *, by: User, at: datetime) -> Certificate:
        """An officer, another person than who proposed it, confirms: the next certificate is written; its signing follows.

        It holds from the end of the one before it, or from today when that has passed. Raises WrongState when a second person
        is missing, the ledger no longer holds enough, or the certificate can't be followed any more.
        """
        if by.pk in (self.proposed_by_id, self.certificate.holder_id):
            raise WrongState(_("Another person than who proposed this step has to confirm it."), obj=self)
        with transaction.atomic():
            old = Certificate.objects.select_for_update(of=("self",)).get(pk=self.certificate_id)
            if not Renewal.objects.filter(pk=self.pk, status=self.Status.PROPOSED).exists():
                raise WrongState(_("This renewal was decided meanwhile."), obj=self)
            if not stands(old):
                raise WrongState(_("This certificate is not one that is renewed."), obj=self)
            _nothing_waits(old)
            if old.award.problems():
                raise WrongState(_("The recorded facts no longer bear the award out; nothing can be issued on it."), obj=self)
            _enough(old, self.terms)
            day = timezone.localdate(at)
            new = Certificate.objects.create(
                award=old.award, replaces=old, term=old.term + 1, holder=old.holder, organisation=old.organisation,
                number=new_number(old.facts["level"]["code"]), token=new_token(), holder_name=old.holder_name,
                holder_name_latin=old.holder_name_latin, facts=old.facts, issued_on=day,
                valid_until=months_later(max(old.valid_until, day), self.terms.months),
            )  # fmt: skip
            self._move(self.Status.PROPOSED, status=self.Status.CONFIRMED, decided_by=by, decided_at=at, new=new)
            self._log("confirm", by=by, new=new.number)
            renewal_decided.send(sender=Renewal, renewal=self)
            replaced.send(sender=Certificate, certificate=old, new=new)
        return new

    def refuse(self, *, by: User, at: datetime, reason: str) -> None:
        """Say no, with the reason that the holder reads. Not on one's own proposal or certificate."""
        if by.pk in (self.proposed_by_id, self.certificate.holder_id):
            raise WrongState(_("Another person than who proposed this step has to confirm it."), obj=self)
        with transaction.atomic():
            self._move(*self.OPEN, status=self.Status.REFUSED, decided_by=by, decided_at=at, reason=reason.strip())
            self._log("refuse", by=by, reason=reason.strip())
            renewal_decided.send(sender=Renewal, renewal=self)

    def withdraw(self, *, by: User, at: datetime) -> None:
        with transaction.atomic():
            self._move(*self.OPEN, status=self.Status.WITHDRAWN, decided_at=at)
            self._log("withdraw", by=by)

    def _move(self, *before: str, **values: Any) -> None:
        if not Renewal.objects.filter(pk=self.pk, status__in=before).update(**values):
            raise WrongState(_("This renewal was decided meanwhile."), obj=self)
        self.refresh_from_db()

    def _log(self, verb: str, *, by: User, **data: Any) -> None:
        log(self, f"certificates.renewal.{verb}", by=by, organisation=self.certificate.organisation, **data)


def _nothing_waits(certificate: Certificate) -> None:
    """Raise WrongState while a change of it is to be decided: a new name would be lost in the chain, a revocation overtaken."""
    if certificate.requests.open().exists():
        raise WrongState(_("A change of this certificate waits to be decided; renewal comes after it."), obj=certificate)


def _enough(certificate: Certificate, terms: ValidityTerms) -> Count:
    """What counts; raises WrongState when hours are missing."""
    counted = count_for(certificate, terms, period_of(certificate, terms))
    if not counted.ok:
        hours = f"{counted.missing.normalize():f}"
        raise WrongState(_("%(hours)s hours of continuing education are missing.") % {"hours": hours}, obj=certificate)
    return counted


class EndReminder(AppendOnly):
    """A mail before the end of a certificate; `days` is the one of the terms that it was sent for."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="end_reminders")
    days = models.PositiveSmallIntegerField()
    due_on = models.DateField()

    class Meta:
        verbose_name = _("reminder before the end of a certificate")
        constraints = [models.UniqueConstraint(fields=["certificate", "days"], name="reminded_once")]

    def __str__(self) -> str:
        return f"{self.certificate_id} -{self.days}"

    @classmethod
    def write_due(cls, day: date) -> list["EndReminder"]:
        """Write what falls due by this day and return it: for each certificate the nearest one only, so that days on which
        the job did not run don't end in several mails at once. Holders who want none, and the renewed, are left out."""
        written = []
        for certificate, days in cls.due(day):
            reminder, fresh = cls.objects.get_or_create(certificate=certificate, days=days, defaults={"due_on": day})
            written += [reminder] if fresh else []
        return written

    @staticmethod
    def due(day: date) -> Iterator[tuple[Certificate, int]]:
        """Yield what is due by this day and not written yet: the certificate and the number of days of its terms."""
        soon = Certificate.objects.prepared().standing().filter(
            valid_until__gte=day, valid_until__lte=day + timedelta(days=365), replaced_by=None
        )  # fmt: skip
        soon = soon.exclude(holder__cpd_notebook__reminders=False).exclude(state="suspended")
        rows = ValidityTerms.objects.in_order()
        for certificate in soon.prefetch_related("end_reminders").iterator(500):
            terms = choose_terms(rows, certificate)
            left = (certificate.valid_until - day).days
            due = [days for days in (terms.reminders if terms else []) if left <= days]
            if due and min(due) not in {reminder.days for reminder in certificate.end_reminders.all()}:
                yield certificate, min(due)
