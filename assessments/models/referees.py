"""Referees (证明人): somebody at the firm or lab who confirms a deal by a link, without an account.

Name, address and words are sealed at rest and erased after the time the plan sets; the link's token is kept as a hash only, is
good once and for so many days.
"""

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.sealed import seal, unseal

from ..signals import referee_asked
from .deals import Deal, DealVersion

PURPOSE = "assessments.referee"
MAX_REFEREES = 3  # asked at a time for one version of a deal
TEXT_VERSION = "2026-11"  # of the consent on the page


def _keep(text: str) -> str:
    return seal({"text": text}, purpose=PURPOSE)


def _read(sealed: str) -> str:
    return unseal(sealed, purpose=PURPOSE).get("text", "")


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class RefereeQuerySet(models.QuerySet):
    def of_token(self, token: str, *, at: datetime) -> "Referee | None":
        """The referee whose link this is, while it is good; None for unknown, used, expired and called-off ones alike."""
        found = self.select_related("version", "deal__enrolment__user", "deal__enrolment__cohort__organisation", "deal__part")
        return found.filter(token_hash=token_hash(token), status=Referee.Status.ASKED, expires_at__gt=at).first()


class Referee(models.Model):
    class Status(models.TextChoices):
        ASKED = "asked", pgettext_lazy("referee", "asked")
        CONFIRMED = "confirmed", pgettext_lazy("referee", "confirmed")
        DECLINED = "declined", pgettext_lazy("referee", "declined")
        CANCELLED = "cancelled", pgettext_lazy("referee", "called off")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="referees")
    version = models.ForeignKey(DealVersion, on_delete=models.PROTECT, related_name="referees")
    name_sealed = models.TextField(blank=True)
    email_sealed = models.TextField(blank=True)
    relation = models.CharField(max_length=60)
    language = models.CharField(max_length=10, default="zh-hans")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ASKED)
    token_hash = models.CharField(max_length=64, null=True, blank=True, unique=True)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    identity_sealed = models.TextField(blank=True)  # who they say they are: name, post
    comment_sealed = models.TextField(blank=True)
    consent_version = models.CharField(max_length=20, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = RefereeQuerySet.as_manager()

    class Meta:
        verbose_name = _("referee")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["asked", "cancelled"]) | Q(answered_at__isnull=False), name="answer_has_a_time"
            ),
        ]
        indexes = [models.Index(fields=["status", "asked_at"])]

    def __str__(self) -> str:
        return str(self.uuid)

    @property
    def name(self) -> str:
        return _read(self.name_sealed)

    @property
    def email(self) -> str:
        return _read(self.email_sealed)

    @property
    def identity(self) -> str:
        return _read(self.identity_sealed)

    @property
    def comment(self) -> str:
        return _read(self.comment_sealed)

    @property
    def tone(self) -> str:
        return {"confirmed": "ok", "declined": "bad", "asked": "info"}.get(self.status, "muted")

    @classmethod
    def ask(cls, deal: Deal, *, name: str, email: str, relation: str, language: str, at: datetime) -> "Referee":
        """Ask somebody to confirm the deal as it stands now; the mail goes by a job. The same address twice is one.

        WrongState: the deal was withdrawn, or enough people are asked.
        """
        email = email.strip().lower()
        if email == deal.enrolment.user.email.lower():
            raise WrongState(_("You can't confirm your own deal."), obj=deal)
        with transaction.atomic():
            Deal.objects.select_for_update().get(pk=deal.pk)
            if deal.is_withdrawn:
                raise WrongState(_("This deal has been withdrawn."), obj=deal)
            version = deal.versions.last()
            there = list(cls.objects.filter(deal=deal, version=version).exclude(status=cls.Status.CANCELLED))
            if found := next((one for one in there if one.email == email), None):
                return found
            if len(there) >= MAX_REFEREES:
                raise WrongState(_("Enough people are asked about this deal."), obj=deal)
            days = deal.part.portfolio.referee_days
            referee = cls.objects.create(
                deal=deal, version=version, name_sealed=_keep(name.strip()), language=language,
                email_sealed=_keep(email), relation=relation, asked_at=at, expires_at=at + timedelta(days=days),
            )  # fmt: skip
            log(deal, "assessments.referee.ask", by=deal.enrolment.user, organisation=deal.enrolment.cohort.organisation)
            referee_asked.send(sender=Referee, referee=referee)
        return referee

    def new_token(self) -> str | None:
        """Return a fresh token for a mail, whose hash is kept; the link of an earlier mail ends with it. None when it was
        answered or called off."""
        token = secrets.token_urlsafe(32)
        open_ones = Referee.objects.filter(pk=self.pk, status=self.Status.ASKED, erased_at=None)
        return token if open_ones.update(token_hash=token_hash(token)) else None

    def answer(self, *, confirms: bool, identity: str, comment: str, at: datetime) -> None:
        """Keep what the referee says; the link ends with it. WrongState: somebody answered by it already."""
        status = self.Status.CONFIRMED if confirms else self.Status.DECLINED
        with transaction.atomic():
            done = Referee.objects.filter(pk=self.pk, status=self.Status.ASKED, expires_at__gt=at).update(
                status=status, token_hash=None, answered_at=at, identity_sealed=_keep(identity),
                comment_sealed=_keep(comment), consent_version=TEXT_VERSION,
            )  # fmt: skip
            if not done:
                raise WrongState(_("This link is no longer good."), obj=self)
            base = self.deal.enrolment.cohort.organisation
            log(self.deal, "assessments.referee.answer", by=None, organisation=base, status=status)

    def call_off(self, *, at: datetime) -> None:
        """Take the question back; the link ends. A second time, or after the answer, changes nothing."""
        with transaction.atomic():
            if Referee.objects.filter(pk=self.pk, status=self.Status.ASKED).update(
                status=self.Status.CANCELLED, token_hash=None
            ):
                person = self.deal.enrolment.user
                log(self.deal, "assessments.referee.call_off", by=person, organisation=self.deal.enrolment.cohort.organisation)

    def erase(self, *, at: datetime) -> None:
        """Erase name, address and words; that somebody confirmed or declined, and when, stays."""
        nothing = dict.fromkeys(["name_sealed", "email_sealed", "identity_sealed", "comment_sealed"], "")
        with transaction.atomic():
            if Referee.objects.filter(pk=self.pk, erased_at=None).update(**nothing, token_hash=None, erased_at=at):
                base = self.deal.enrolment.cohort.organisation
                log(self.deal, "assessments.referee.erase", by=None, organisation=base)
