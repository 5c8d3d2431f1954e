"""How long certificates hold, what renewal asks for, and leave: set by the authority as data, recorded by registrars."""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from assessments.models.terms import Terms, TermsQuerySet, days_field
from curriculum.models import Level, Syllabus
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly

from ..cpd import Demand, Period, period, read_demand
from .certificates import Certificate


class CpdCategory(models.TextChoices):
    """继续教育类别。"""

    GENERAL = "general", pgettext_lazy("continuing education", "general subjects")
    PROFESSIONAL = "professional", pgettext_lazy("continuing education", "professional subjects")
    CONFERENCE = "conference", pgettext_lazy("continuing education", "conferences")
    TEACHING = "teaching", pgettext_lazy("continuing education", "teaching and publications")


def choose_terms(rows: "list[ValidityTerms]", certificate: Certificate) -> "ValidityTerms | None":
    """Return which of the terms, the earliest first, hold for a certificate (`for_certificate`)."""
    level, syllabus = certificate.facts["level"]["code"], certificate.facts["syllabus"]["uuid"]
    fit = [row for row in rows if row.level in ("", level) and (row.syllabus is None or str(row.syllabus.uuid) == syllabus)]
    before = [row for row in fit if timezone.localdate(row.set_at) <= certificate.issued_on]
    if not before:
        return fit[0] if fit else None
    return max(before, key=lambda row: (bool(row.level), bool(row.syllabus_id), row.set_at, row.pk))


class ValidityTermsQuerySet(TermsQuerySet):
    def for_certificate(self, certificate: Certificate) -> "ValidityTerms | None":
        """The terms under which this certificate is renewed: those of its level and syllabus that were in force when it was
        issued, so that nobody's demand changes under way; where none had been set, the first ones after it. One query."""
        return choose_terms(self.in_order(), certificate)

    def in_order(self) -> list["ValidityTerms"]:
        """All of them, as `choose_terms` wants them. They are few."""
        return list(self.select_related("syllabus").order_by("set_at", "pk"))

    def standing(self, at: datetime) -> list["ValidityTerms"]:
        """The latest for each level and syllabus version."""
        rows = self.filter(set_at__lte=at).select_related("syllabus").order_by("set_at", "pk")
        return list({(row.level, row.syllabus_id): row for row in rows}.values())


class ValidityTerms(Terms):
    """有效期与继续教育要求, of a level and a version of the standard."""

    ACTION: ClassVar[str] = "certificates.validity_terms.set"

    level = models.CharField(
        pgettext_lazy("of ability", "level"), max_length=12, choices=Level.Code.choices, blank=True,
        help_text=_("Empty: every level without terms of its own."),
    )  # fmt: skip
    syllabus = models.ForeignKey(
        Syllabus, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("syllabus version"),
        help_text=_("Empty: every version without terms of its own."),
    )  # fmt: skip
    months = models.PositiveSmallIntegerField(
        _("a renewed certificate is valid for (months)"), default=36, validators=[MinValueValidator(1), MaxValueValidator(240)]
    )
    hours = models.DecimalField(
        _("hours of continuing education in all"), max_digits=6, decimal_places=1, default=90, validators=[MinValueValidator(0)]
    )
    # {category: {"least", "most", "each": hours as text}}, read by certificates/cpd.py
    categories = models.JSONField(_("hours by category"))
    window_days = days_field(_("days before the end from which renewal can be applied for"), 180)
    grace_days = days_field(_("days after the end until which it can still be applied for"), 90, least=0)
    reminders = models.JSONField(default=list)  # days before the end, for example [180, 90, 30]
    sample_percent = models.PositiveSmallIntegerField(
        _("renewals whose evidence is looked at, drawn by lot (percent)"), default=10, validators=[MaxValueValidator(100)]
    )

    objects = ValidityTermsQuerySet.as_manager()

    class Meta:
        verbose_name = _("terms of validity")
        verbose_name_plural = _("terms of validity")
        ordering = ["-set_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(months__gte=1, hours__gte=0, sample_percent__lte=100), name="validity_terms_within_limits"
            )
        ]

    def __str__(self) -> str:
        return f"{self.level or '*'} · {self.months} · {Decimal(self.hours).normalize():f}"

    def demand(self) -> Demand:
        return read_demand(self.hours, self.categories)

    def facts(self) -> list[tuple[Any, Any]]:
        field = self._meta.get_field
        lines = [
            (field("level").verbose_name, self.get_level_display() or _("every level")),
            (field("syllabus").verbose_name, self.syllabus or _("every version")),
            (_("valid for (months)"), self.months),
            (_("hours in all"), f"{self.hours.normalize():f}"),
        ]
        for code, label in CpdCategory.choices:
            if limits := self.categories.get(code):
                lines.append((label, _limits(limits)))
        return [
            *lines,
            (_("renewal opens (days before the end)"), self.window_days),
            (_("grace (days after the end)"), self.grace_days),
            (_("reminders (days before the end)"), " / ".join(str(days) for days in self.reminders) or "–"),
            (_("looked at by lot (percent)"), self.sample_percent),
        ]

    def logged(self) -> dict[str, Any]:
        return {"level": self.level, "months": self.months, "hours": str(self.hours)}


def _limits(limits: dict[str, str]) -> str:
    words = {"least": _("at least %s"), "most": _("at most %s"), "each": _("at most %s per item")}
    return " · ".join(str(word) % limits[name] for name, word in words.items() if limits.get(name)) or "–"


class Leave(AppendOnly):
    """暂停计算: parental leave, illness and the like move the last day for renewal; the certificate's own end stays."""

    class Kind(models.TextChoices):
        PARENTAL = "parental", _("parental leave")
        ILLNESS = "illness", _("illness")
        OTHER = "other", pgettext_lazy("leave", "other")

    MOST_DAYS = 730

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="leaves")
    kind = models.CharField(_("kind of leave"), max_length=8, choices=Kind.choices)
    days = models.PositiveSmallIntegerField(
        _("days"), validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)],
        help_text=_("By so many days the last day for renewal moves."),
    )  # fmt: skip
    reason = models.CharField(
        _("reason"), max_length=300, help_text=_("What was shown to you. Write no diagnosis."),
    )  # fmt: skip
    granted_at = models.DateTimeField()
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    request_id = models.UUIDField(unique=True)

    class Meta:
        verbose_name = _("leave")
        ordering = ["granted_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=730) & ~Q(reason=""), name="leave_has_days_and_reason")
        ]

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.days}"

    @classmethod
    def grant(cls, certificate: Certificate, *, kind: str, days: int, reason: str, request_id, by: User, at: datetime) -> "Leave":
        """Move the last day for renewal. The same form sent twice moves it once.

        Raises WrongState when the certificate does not end, does not stand any more, or would get more leave than 730 days.
        """
        with transaction.atomic():
            certificate = Certificate.objects.select_for_update().get(pk=certificate.pk)
            if sent := cls.objects.filter(request_id=request_id, certificate=certificate).first():
                return sent
            if certificate.valid_until is None or certificate.state in Certificate.BAD_STATES:
                raise WrongState(_("This certificate is not one that is renewed."), obj=certificate)
            if leave_days(certificate) + days > cls.MOST_DAYS:
                raise WrongState(_("No more than 730 days of leave are counted in all."), obj=certificate)
            leave = cls.objects.create(
                certificate=certificate, kind=kind, days=days, reason=reason, request_id=request_id, granted_at=at,
                granted_by=by,
            )  # fmt: skip
            log(certificate, "certificates.leave.grant", by=by, organisation=certificate.organisation, days=days)
        return leave


def leave_days(certificate: Certificate) -> int:
    return certificate.leaves.aggregate(days=Sum("days"))["days"] or 0


def period_of(certificate: Certificate, terms: ValidityTerms) -> Period:
    """The period in which the certificate is to be renewed. It has to have an end. One query.

    A renewal's hours count from the day after it, for those up to it counted for the one before.
    """
    starts = certificate.issued_on + timedelta(days=certificate.term > 1)
    return period(
        starts, certificate.valid_until, window_days=terms.window_days, grace_days=terms.grace_days,
        leave_days=leave_days(certificate),
    )  # fmt: skip
