"""Reports of misuse: anybody who sees an entry of the public register may say that something is wrong with it."""

import uuid as uuids
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.sealed import seal, unseal

from ..signals import register_report_answered
from .employer_terms import EmployerTerms
from .register import RegisterEntry

PURPOSE = "register-report"


class RegisterReportQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status=RegisterReport.Status.OPEN)

    def drop_old(self, at: datetime) -> None:
        """Delete the cases, with what stands in them, that were answered as many days ago as the terms say."""
        days = EmployerTerms.objects.at(at).reports_days
        self.filter(status=RegisterReport.Status.ANSWERED, answered_at__lte=at - timedelta(days=days)).delete()


class RegisterReport(models.Model):
    """滥用举报: what somebody told about an entry, and what an officer answered.

    Nothing says who reported: no account, no network address. What was typed, an e-mail address for the answer included, is
    sealed and goes with the case. The holder is never told that there is a report, let alone by whom.
    """

    class Kind(models.TextChoices):
        NOT_THE_PERSON = "not_them", _("This is not the person it claims to be")
        FRAUD = "fraud", _("It looks like fraud")
        OTHER = "other", _("Something else")

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("report of misuse", "open")
        ANSWERED = "answered", pgettext_lazy("report of misuse", "answered")

    class Outcome(models.TextChoices):
        TAKEN_OFF = "taken_off", _("The entry was taken off the register")
        DEALT_WITH = "dealt_with", _("Dealt with in another way")
        NO_GROUND = "no_ground", _("Nothing was found that is wrong")

    MOST_OPEN = 20  # for one entry: a flood tells an officer nothing more

    uuid = models.UUIDField(unique=True, editable=False)  # the form's, so that one sent twice makes one report
    entry = models.ForeignKey(RegisterEntry, on_delete=models.CASCADE, related_name="reports")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    sealed = models.TextField(blank=True)  # {"text": …, "email": …}
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    reported_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = RegisterReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report on the public register")
        verbose_name_plural = _("reports on the public register")
        ordering = ["-reported_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open", outcome="", answered_by=None, answered_at=None)
                | (Q(status="answered", answered_by__isnull=False, answered_at__isnull=False) & ~Q(outcome="") & ~Q(reason="")),
                name="answered_report_says_what_and_why",
            )
        ]

    def __str__(self) -> str:
        return str(self.uuid)

    def get_absolute_url(self) -> str:
        return reverse("register_case", args=[self.uuid])

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    @property
    def tone(self) -> str:
        return "warn" if self.is_open else "muted"

    @property
    def said(self) -> dict[str, str]:
        """What was typed: text and email, both may be empty."""
        return {"text": "", "email": ""} | unseal(self.sealed, purpose=PURPOSE)

    @classmethod
    def make(
        cls, entry: RegisterEntry, *, kind: str, text: str, email: str, request_id: uuids.UUID, at: datetime
    ) -> "RegisterReport":
        """Return the report; a repeated one is the one that was made. Raises WrongState when many wait for this entry already."""
        with transaction.atomic():
            RegisterEntry.objects.select_for_update().get(pk=entry.pk)
            if made := cls.objects.filter(uuid=request_id, entry=entry).first():
                return made
            if cls.objects.open().filter(entry=entry).count() >= cls.MOST_OPEN:
                raise WrongState(_("This entry was reported several times already and is being looked at."), obj=entry)
            sealed = seal({"text": text.strip(), "email": email.strip()}, purpose=PURPOSE)
            made = cls.objects.create(uuid=request_id, entry=entry, kind=kind, sealed=sealed, reported_at=at)
            log(made, "certificates.register_report.make", by=None, kind=kind)
        return made

    def answer(
        self, outcome: str, *, reason: str, told: str = "", also: "Iterable[RegisterReport]" = (), by: User, at: datetime
    ) -> None:
        """Answer it, once, and other open ones on the same entry with the same words. reason: what whoever reported reads, if
        they left an address. told: what the holder of one that is taken off reads.

        Raises WrongState for a report on one's own entry, one that was answered, one on another entry, and for an entry taken
        off without a word; then none is answered.
        """
        if by.pk == self.entry.holder_id:
            raise WrongState(_("Nobody decides on their own entry."), obj=self)
        with transaction.atomic():
            if outcome == self.Outcome.TAKEN_OFF:
                self.entry.take_off(reason=told, by=by, at=at)
            values = {"outcome": outcome, "reason": reason.strip(), "answered_by": by, "answered_at": at}
            for report in (self, *also):
                still = RegisterReport.objects.open().filter(pk=report.pk, entry=self.entry)
                if not still.update(status=self.Status.ANSWERED, **values):
                    raise WrongState(_("This was decided meanwhile."), obj=self)
                report.refresh_from_db()
                log(report, "certificates.register_report.answer", by=by, outcome=outcome)
                register_report_answered.send(sender=RegisterReport, report=report)
