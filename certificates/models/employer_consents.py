"""授权告知: a holder lets one employer know when a certificate's state changes, or shows it in the employer's team table.

asked ─► agreed (to alerts, to the team table, or both) ─► withdrawn by the holder, or ended by the employer
      ─► declined, or ended by the employer

A corrected, renamed or renewed certificate has a number of its own: the employer asks for the consent to follow, the holder
answers as always, and a yes ends the old one (moved).

The employer asks with number and full name, so it knows both already; nothing is told before the holder agrees, and
nothing any more from the moment of withdrawal.
"""

import uuid as uuids
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly

from ..signals import consent_asked, consent_told
from .certificates import Certificate, StatusChange
from .employer_terms import EmployerTerms


class EmployerConsentQuerySet(models.QuerySet):
    def alerts(self):
        """Consents under which news may be told now."""
        return self.filter(status=EmployerConsent.Status.AGREED, alerts=True)

    def team(self):
        """Consents under which the certificate stands in the employer's team table now."""
        return self.filter(status=EmployerConsent.Status.AGREED, team=True)


class EmployerConsent(models.Model):
    class Status(models.TextChoices):
        ASKED = "asked", pgettext_lazy("consent", "asked")
        AGREED = "agreed", pgettext_lazy("consent", "agreed")
        DECLINED = "declined", pgettext_lazy("consent", "declined")
        WITHDRAWN = "withdrawn", pgettext_lazy("consent", "withdrawn by the holder")
        ENDED = "ended", pgettext_lazy("consent", "ended by the employer")
        MOVED = "moved", pgettext_lazy("consent", "moved to the certificate that followed")

    OPEN = (Status.ASKED, Status.AGREED)

    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="employer_consents")
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="employer_consents")
    # What was asked for; after the answer, what was agreed to.
    alerts = models.BooleanField(_("tell us when its state changes"))
    team = models.BooleanField(_("show it in our team table"))
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ASKED)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    follows = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="followed_by")

    objects = EmployerConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent towards an employer")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "certificate"], condition=Q(status__in=["asked", "agreed"]),
                name="one_open_consent_per_employer",
            ),
            models.CheckConstraint(condition=Q(alerts=True) | Q(team=True), name="consent_is_to_something"),
            models.CheckConstraint(
                condition=~Q(status="agreed") | Q(answered_at__isnull=False), name="agreed_consent_was_answered"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.certificate.number

    @property
    def shown_certificate(self) -> Certificate:
        """The certificate the employer may be shown: of one that follows another, the old one as long as the holder has not
        said yes, for the new number and perhaps a new name are not known to the employer."""
        never_agreed = self.status in (self.Status.ASKED, self.Status.DECLINED) or self.answered_at is None
        return self.follows.certificate if self.follows is not None and never_agreed else self.certificate

    def can_follow(self) -> bool:
        """Whether this one holds and its certificate was followed by another; of the latter nothing may be open."""
        after = getattr(self.certificate, "replaced_by", None)
        return self.status == self.Status.AGREED and after is not None and after.prepared_at is not None

    def follow(self, *, by: User, at: datetime) -> "EmployerConsent":
        """Ask the holder for the same about the certificate that followed. Raises WrongState when none did, as `ask` does."""
        if not self.can_follow():
            raise WrongState(_("No certificate has followed this one, or the consent is over."))
        asked = {"alerts": self.alerts, "team": self.team}
        return EmployerConsent.ask(self.certificate.replaced_by, self.organisation, **asked, by=by, at=at, follows=self)

    @classmethod
    def ask(
        cls, certificate: Certificate, organisation: Organisation, *, alerts: bool, team: bool, by: User, at: datetime,
        follows: "EmployerConsent | None" = None,
    ) -> "EmployerConsent":  # fmt: skip
        """Ask the holder; a mail tells them.

        Raises WrongState when nothing is asked for, an answer is open, or the holder said no not long ago.
        """
        if not alerts and not team:
            raise WrongState(_("Choose what you ask for."))
        again = at - timedelta(days=EmployerTerms.objects.at(at).ask_again_days)
        with transaction.atomic():
            locked = Certificate.objects.select_for_update(of=("self",)).get(pk=certificate.pk)
            own = cls.objects.filter(certificate=locked, organisation=organisation)
            if own.filter(status__in=cls.OPEN).exists():
                raise WrongState(_("The holder was asked already; the list shows how it stands."))
            no = Q(status=cls.Status.DECLINED, answered_at__gt=again) | Q(status=cls.Status.WITHDRAWN, ended_at__gt=again)
            if own.filter(no).exists():
                raise WrongState(_("The holder said no not long ago; ask again later."))
            made = cls.objects.create(
                certificate=locked, organisation=organisation, alerts=alerts, team=team, asked_at=at, asked_by=by,
                follows=follows,
            )  # fmt: skip
            log(made, "certificates.consent.ask", by=by, organisation=organisation, alerts=alerts, team=team)
            consent_asked.send(sender=EmployerConsent, consent=made)
        return made

    def answer(self, *, alerts: bool, team: bool, by: User, at: datetime) -> None:
        """The holder's answer: to what was asked for or a part of it; to nothing of it is a no.

        Raises WrongState when it was answered or ended already, or more is agreed to than was asked for.
        """
        if (alerts and not self.alerts) or (team and not self.team):
            raise WrongState(_("This was not asked for."), obj=None)
        yes = alerts or team
        fields = {"alerts": alerts, "team": team} if yes else {}
        status = self.Status.AGREED if yes else self.Status.DECLINED
        with transaction.atomic():
            self._move(self.Status.ASKED, status, by=by, action="agree" if yes else "decline", answered_at=at, **fields)
            if yes and self.follows is not None and self.follows.status == self.Status.AGREED:
                self.follows._move(self.Status.AGREED, self.Status.MOVED, by=by, action="move", ended_at=at)

    def withdraw(self, *, by: User, at: datetime) -> None:
        """The holder takes the consent back: from now on nothing is told or shown. Raises WrongState when there is none."""
        self._move(self.Status.AGREED, self.Status.WITHDRAWN, by=by, action="withdraw", ended_at=at)

    def end(self, *, by: User, at: datetime) -> None:
        """The employer needs it no longer, answered or not. Raises WrongState when it is over."""
        if self.status not in self.OPEN:
            raise WrongState(_("This is over already."))
        self._move(self.status, self.Status.ENDED, by=by, action="end", ended_at=at)

    def _move(self, before: str, after: str, *, by: User, action: str, **fields) -> None:
        with transaction.atomic():
            if not EmployerConsent.objects.filter(pk=self.pk, status=before).update(status=after, **fields):
                raise WrongState(_("This was answered or ended meanwhile."))
            self.refresh_from_db()
            log(self, f"certificates.consent.{action}", by=by, organisation=self.organisation)


class ConsentNews(AppendOnly):
    """Something that happened to a certificate, for an employer whom the holder lets know. `kind`: a state or a step."""

    EXPIRED = "expired"

    consent = models.ForeignKey(EmployerConsent, on_delete=models.PROTECT, related_name="news")
    kind = models.CharField(max_length=12)
    happened_at = models.DateTimeField()
    noted_at = models.DateTimeField()

    class Meta:
        verbose_name = _("news for an employer")
        ordering = ["-noted_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["consent", "kind", "happened_at"], name="news_told_once"),
        ]

    def __str__(self) -> str:
        return f"{self.consent_id} {self.kind}"

    @property
    def kind_label(self) -> str:
        return str(dict([*StatusChange.Kind.choices, *Certificate.State.choices]).get(self.kind, self.kind))

    @classmethod
    def note(cls, certificate: Certificate, kind: str, *, happened_at: datetime, at: datetime) -> list["ConsentNews"]:
        """Write the news for every employer that may know, once each; a mail follows."""
        made = []
        with transaction.atomic():
            for consent in EmployerConsent.objects.alerts().filter(certificate=certificate):
                news, created = cls.objects.get_or_create(
                    consent=consent, kind=kind, happened_at=happened_at, defaults={"noted_at": at}
                )
                if created:
                    made.append(news)
                    consent_told.send(sender=ConsentNews, news=news)
        return made

    @classmethod
    def note_expired(cls, *, at: datetime) -> None:
        """Write the news of certificates that ran out, which no step of anybody's tells."""
        today = timezone.localdate(at)
        ran_out = EmployerConsent.objects.alerts().filter(certificate__valid_until__lt=today)
        ran_out = ran_out.exclude(news__kind=cls.EXPIRED).exclude(certificate__state__in=Certificate.BAD_STATES)
        for consent in ran_out.select_related("certificate"):
            day = consent.certificate.valid_until + timedelta(days=1)
            moment = timezone.make_aware(datetime.combine(day, datetime.min.time()))
            cls.note(consent.certificate, cls.EXPIRED, happened_at=moment, at=at)
