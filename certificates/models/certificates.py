"""The certificate: number, link token, what it states, and the chain of what later happened to it."""

import calendar
import secrets
import uuid
from datetime import date, datetime

from django.db import connections, models, transaction
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly, ImmutableRow

from ..document.glyphs import missing_glyphs
from ..facts import facts_of, frozen_facts, says_the_same
from ..factsheet import Facts
from ..numbers import mask_name, new_number, new_token, normalise_name
from ..signals import replaced, status_changed
from .awards import Award, Undrawable

VERBS = {"suspended": "suspend", "reinstated": "reinstate", "revoked": "revoke", "corrected": "replace"}


def months_later(day: date, months: int | None) -> date | None:
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

    def versions(self):
        """For each row its key, and what differs after any change: on PostgreSQL who wrote it and where, elsewhere all of it."""
        rows = self.order_by()
        if connections[self.db].vendor == "postgresql":
            table = self.model._meta.db_table
            return rows.values_list("pk", RawSQL(f"{table}.xmin::text || {table}.ctid::text", ()))
        return rows.values_list()

    def standing(self):
        """Certificates that still stand for their award: neither revoked nor replaced by another. One an award and term at most:
        a renewed one stands beside its successor until it ends."""
        return self.exclude(state__in=Certificate.ENDED)

    def update(self, **kwargs):
        if set(kwargs) - Certificate.MUTABLE:
            raise ImmutableRow("The facts of a certificate are not changed; issue a correction.")
        return super().update(**kwargs)

    def delete(self):
        raise ImmutableRow("Certificates are revoked, not deleted.")


class Certificate(models.Model):
    """证书. Its facts are frozen at issue; its state is derived from status changes at a date.

    A wrong datum or a new name makes a further certificate of the same award, which replaces this one: a chain without
    branches (`replaces` is unique) or circles (it points to an earlier row), with one certificate standing at its end. A renewal
    is a further link too (`term`); the one before it stays what it was and ends on its day.

    Issue has two steps: the row is written with the award (number, token, facts), then a job signs the credential and
    draws the PDF (`IssuedCredential`). Until then it is "being prepared" and nobody is told otherwise.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="certificates")
    holder = models.ForeignKey(User, on_delete=models.PROTECT, related_name="certificates")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="certificates")
    number = models.CharField(_("certificate number"), max_length=24, unique=True)
    # 80 random bits, in the QR code's address.
    token = models.CharField(max_length=20, unique=True)
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    # 1 for the first period of validity, one more with each renewal.
    term = models.PositiveSmallIntegerField(default=1)
    holder_name = models.CharField(max_length=80)
    holder_name_latin = models.CharField(max_length=80, blank=True)
    # What verification shows, frozen: level, syllabus, base, hours by module, cases, parts (see certificates/facts.py).
    facts = models.JSONField()
    issued_on = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    # Denormalised latest StatusChange kind ("" = none), written in the same transaction, so that verify is one query.
    state = models.CharField(max_length=12, blank=True, default="")
    state_at = models.DateTimeField(null=True, blank=True)
    state_reason = models.CharField(max_length=20, blank=True)
    state_text = models.CharField(max_length=300, blank=True)
    # Whether the answer for the certificate it replaces may name this one, when that would tell a new name. The holder's choice.
    shown_from_old = models.BooleanField(default=False)
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
    ENDED = ("revoked", "corrected")
    MUTABLE = frozenset({"state", "state_at", "state_reason", "state_text", "shown_from_old", "prepared_at"})

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["-issued_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["award"], condition=Q(replaces=None), name="one_first_certificate_per_award"),
            models.UniqueConstraint(
                fields=["award", "term"], condition=~Q(state__in=["revoked", "corrected"]),
                name="one_standing_certificate_per_award_and_term",
            ),
            models.CheckConstraint(condition=Q(term=1) | Q(replaces__isnull=False), name="a_renewal_follows_a_certificate"),
            models.CheckConstraint(condition=Q(replaces=None) | Q(replaces__lt=F("id")), name="a_chain_leads_back_in_time"),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("certificate_detail", args=[self.uuid])

    @classmethod
    def prepare(cls, award: Award, found: Facts, *, at: datetime) -> "Certificate":
        """Write the certificate of an award: number, token, facts. Signing follows as a job.

        found: the facts that the award was just decided on.
        """
        enrolment = award.enrolment
        facts = frozen_facts(enrolment, found)
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
            valid_until=months_later(issued_on, award.rule.valid_months),
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

    def needs_copy(self) -> bool:
        """Whether a copy is to be signed: there is none yet, or it stands and none of its copies is accepted. Two queries."""
        if self.state in self.BAD_STATES:
            return not self.credentials.exists()
        return not self.credentials.accepted().exists()

    def later_ones(self) -> "list[Certificate]":
        """The certificates after this one in its chain, the next first. One query."""
        return list(Certificate.objects.filter(award=self.award_id, pk__gt=self.pk).order_by("pk"))

    def number_it_may_name(self) -> str:
        """The number of the certificate this one corrects; "" for a first one, and where it would tell of another name."""
        old = self.replaces
        return "" if old is None or old.state_reason == StatusChange.Reason.NAME_CHANGE else old.number

    def follow_with(self, copy, *, at: datetime, lost_by: User | None = None) -> None:
        """Have the copies before this one refused that were accepted until now: their key was withdrawn, or a file was lost."""
        earlier = self.credentials.filter(refusal=None).exclude(pk=copy.pk).select_related("key__withdrawn_by")
        if not earlier:
            return
        reason = StatusChange.Reason.FILE_LOST if lost_by else StatusChange.Reason.KEY_WITHDRAWN
        by = lost_by or earlier[0].key.withdrawn_by
        kind = StatusChange.Kind.SIGNED_ANEW
        change = StatusChange.objects.create(certificate=self, kind=kind, reason=reason, changed_at=at, changed_by=by)
        earlier.refuse(change)
        log(self, "certificates.certificate.sign_anew", by=by, organisation=self.organisation, copy=copy.number)
        status_changed.send(sender=Certificate, certificate=self, change=change)

    def change_status(
        self, kind: str, *, reason: str, by: User, at: datetime, proposed_by: User | None = None, text: str = "", note: str = ""
    ) -> "StatusChange":
        """Suspend, reinstate, revoke, or mark as replaced (`replace` does that together with the new one).

        Suspending takes one person, for it protects at once and can be lifted; everything else two: who proposed it and
        `by`, who confirms. What third parties were told to refuse stays refused: lifting a suspension needs a new copy.

        Raises WrongState when the certificate is not in a state from which this step leads on, when a second person is
        missing, or when an award to be reinstated no longer holds.
        """
        kind = StatusChange.Kind(kind)
        if kind not in StatusChange.ALONE and (proposed_by is None or proposed_by.pk == by.pk):
            raise WrongState(_("Another person than who proposed this step has to confirm it."), obj=self)
        with transaction.atomic():
            moved = Certificate.objects.filter(pk=self.pk, state__in=StatusChange.FROM[kind]).update(
                state=kind, state_at=at, state_reason=reason, state_text=text
            )
            if not moved:
                raise WrongState(_("The certificate is no longer in a state that allows this."), obj=self)
            if kind == StatusChange.Kind.REINSTATED and self.award.problems():
                raise WrongState(_("The recorded facts no longer bear the award out; it can't be reinstated."), obj=self)
            change = StatusChange.objects.create(
                certificate=self, kind=kind, reason=reason, text=text, note=note, changed_at=at, changed_by=by,
                proposed_by=proposed_by,
            )  # fmt: skip
            if kind in StatusChange.REFUSING:
                self.credentials.refuse(change)
            self.refresh_from_db()
            log(self, f"certificates.certificate.{VERBS[kind]}", by=by, organisation=self.organisation, reason=reason)
            status_changed.send(sender=Certificate, certificate=self, change=change)
        return change

    def replace(
        self, *, reason: str, by: User, proposed_by: User, at: datetime, name: str = "", name_latin: str = "",
        facts_again: bool = False, shown: bool = False, text: str = "", note: str = "",
    ) -> "Certificate":  # fmt: skip
        """Put a further certificate of the same award in this one's place and return it; its signing follows as a job.

        name, name_latin: as they are to read; "" leaves them as they are. facts_again: state what the records say today.
        The dates of award and validity stay. Raises WrongState when nothing would change, the award no longer holds, the
        name can't be drawn, or the certificate is not one that stands.
        """
        if Certificate.objects.filter(replaces=self.pk).exists():
            raise WrongState(_("This certificate was renewed; correct the newer one."), obj=self)
        with transaction.atomic():
            self.change_status(
                StatusChange.Kind.CORRECTED, reason=reason, by=by, proposed_by=proposed_by, at=at, text=text, note=note
            )
            enrolment = self.award.enrolment
            facts = frozen_facts(enrolment, facts_of(enrolment)) if facts_again else self.facts
            new = Certificate(
                award=self.award, replaces=self, holder=self.holder, organisation=self.organisation,
                number=new_number(facts["level"]["code"]), token=new_token(), holder_name=name or self.holder_name,
                holder_name_latin=name_latin or self.holder_name_latin, facts=facts, issued_on=self.issued_on,
                valid_until=self.valid_until, shown_from_old=shown, term=self.term,
            )  # fmt: skip
            new.refuse_unfounded()
            new.save()
            log(new, "certificates.certificate.prepare", by=by, organisation=self.organisation, replaces=str(self.uuid))
            replaced.send(sender=Certificate, certificate=self, new=new)
        return new

    def is_renewal(self) -> bool:
        """Whether it follows the one before it with a new end, not with corrected data."""
        return self.replaces is not None and self.replaces.term < self.term

    @property
    def successor(self) -> "Certificate | None":
        """The next one of the chain, a correction or a renewal. One query unless it was read along."""
        return getattr(self, "replaced_by", None)

    @property
    def renewed_by(self) -> "Certificate | None":
        """The next one of the chain where that is a renewal."""
        new = self.successor
        return new if new is not None and new.term > self.term else None

    def refuse_unfounded(self) -> None:
        """Raise WrongState for a replacement that says the same, can't be drawn, or whose award doesn't hold."""
        old = self.replaces
        names = ("holder_name", "holder_name_latin")
        if all(getattr(self, field) == getattr(old, field) for field in names) and says_the_same(self.facts, old.facts):
            raise WrongState(_("The new certificate would say the same as the old one."), obj=old)
        if missing := missing_glyphs(self.holder_name + self.holder_name_latin):
            raise Undrawable(missing, obj=old)
        if self.award.problems():
            raise WrongState(_("The recorded facts no longer bear the award out; nothing can be issued on it."), obj=old)

    def show_from_old(self, shown: bool, *, by: User) -> None:
        """The holder's choice whether the answer for the old number names this certificate. Once more does nothing."""
        with transaction.atomic():
            if Certificate.objects.filter(pk=self.pk, shown_from_old=not shown).update(shown_from_old=shown):
                log(self, "certificates.certificate.show_from_old", by=by, organisation=self.organisation, shown=shown)
            self.refresh_from_db()

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
        SIGNED_ANEW = "signed_anew", _("signed anew")  # the certificate stays as it is, its copy is another

    # From which states a step leads on.
    FROM = {
        Kind.SUSPENDED: ("", Kind.REINSTATED),
        Kind.REINSTATED: (Kind.SUSPENDED,),
        Kind.REVOKED: ("", Kind.REINSTATED, Kind.SUSPENDED),
        Kind.CORRECTED: ("", Kind.REINSTATED),
    }
    REFUSING = (Kind.SUSPENDED, Kind.REVOKED, Kind.CORRECTED)
    ALONE = (Kind.SUSPENDED, Kind.SIGNED_ANEW)

    class Reason(models.TextChoices):
        ERROR = "error", _("issued in error")
        MISCONDUCT = "misconduct", _("misconduct in assessment")
        HOLDER_REQUEST = "holder_request", _("at the holder's request")
        INVESTIGATION = "investigation", _("under investigation")
        CLEARED = "cleared", _("investigation closed")
        DATA_CORRECTION = "data_correction", _("correction of data")
        NAME_CHANGE = "name_change", _("change of the holder's name")
        KEY_WITHDRAWN = "key_withdrawn", _("the key it was signed with was withdrawn")
        FILE_LOST = "file_lost", _("the file of the copy before was lost")
        NOT_RECORDED = "not_recorded", _("signed with a withdrawn key, not recorded before")

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="status_changes")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    reason = models.CharField(_("public reason"), max_length=20, choices=Reason.choices)
    text = models.CharField(_("public explanation"), max_length=300, blank=True)
    note = models.TextField(_("internal note"), blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Only of rows older than the rule that a second person confirms.
    by_one_person = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("status change")
        ordering = ["changed_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["certificate"], condition=Q(kind__in=["revoked", "corrected"]), name="ended_once_and_for_good"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["suspended", "signed_anew"])
                | Q(by_one_person=True)
                | (Q(proposed_by__isnull=False) & ~Q(proposed_by=F("changed_by"))),
                name="status_change_takes_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.kind}"
