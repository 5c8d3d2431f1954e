"""Certificates to be looked at: a result that one rests on was changed after it was issued. The certificate itself stays as
it is; whoever is responsible corrects or revokes it by the steps that exist for that."""

import uuid
from datetime import datetime

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from assessments.models import Result
from lms.lib.audit import log
from lms.lib.errors import WrongState

from ..eligibility import evaluate, wants
from ..facts import facts_of, frozen_facts, says_the_same
from .certificates import Certificate

# What it states of results; hours and the rest have other causes.
STATED = ("cases", "competences")


class ResultNotice(models.Model):
    """One changed result behind one certificate, until somebody has looked at it."""

    class Verdict(models.TextChoices):
        UNMET = "unmet", _("conditions no longer met")
        DIFFERS = "differs", _("states something else")
        HOLDS = "holds", pgettext_lazy("certificate", "holds")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="notices")
    before = models.ForeignKey(Result, on_delete=models.PROTECT, related_name="+")
    result = models.ForeignKey(Result, on_delete=models.PROTECT, related_name="+")
    # As it was when the result changed.
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    noticed_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True, blank=True)
    looked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(_("what was found"), max_length=2000, blank=True)

    class Meta:
        verbose_name = _("certificate to look at")
        verbose_name_plural = _("certificates to look at")
        ordering = ["-noticed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["certificate", "result"], name="result_noticed_once"),
            models.CheckConstraint(
                condition=Q(looked_at=None, looked_by=None)
                | (Q(looked_at__isnull=False, looked_by__isnull=False) & ~Q(note="")),
                name="looked_at_says_what_was_found",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.verdict}"

    @property
    def tone(self) -> str:
        return {"unmet": "bad", "differs": "warn", "holds": "ok"}[self.verdict]

    @classmethod
    def write(cls, certificate: Certificate, *, before: Result, result: Result, at: datetime) -> "ResultNotice | None":
        """List a certificate whose results changed, if what it states or rests on changed, or something about it is still open.
        Twice is harmless."""
        verdict = cls.verdict_on(certificate)
        if verdict == cls.Verdict.HOLDS and not certificate.notices.filter(looked_at=None).exists():
            return None
        fields = {"before": before, "verdict": verdict, "noticed_at": at}
        return cls.objects.get_or_create(certificate=certificate, result=result, defaults=fields)[0]

    @classmethod
    def verdict_on(cls, certificate: Certificate) -> "ResultNotice.Verdict":
        """How a certificate stands to today's facts."""
        award = certificate.award
        facts = facts_of(award.enrolment, wants(award.rule.conditions) | {"competences"})
        if not evaluate(facts, award.rule.conditions).ok:
            return cls.Verdict.UNMET
        now = frozen_facts(award.enrolment, facts)
        same = all(says_the_same(now.get(key), certificate.facts.get(key)) for key in STATED)
        return cls.Verdict.HOLDS if same else cls.Verdict.DIFFERS

    def look(self, *, note: str, by: User, at: datetime) -> None:
        """Record what was found and done. Raises WrongState when somebody did already."""
        with transaction.atomic():
            found = ResultNotice.objects.filter(pk=self.pk, looked_at=None)
            if not found.update(looked_at=at, looked_by=by, note=note.strip()):
                raise WrongState(_("Somebody has looked at it already."), obj=self)
            self.refresh_from_db()
            log(self.certificate, "certificates.notice.look", by=by, organisation=self.certificate.organisation)
