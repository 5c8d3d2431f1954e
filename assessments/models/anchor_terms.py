"""What the authority sets about anchors: who qualifies, how often one lies in the queue, when a marker is looked at."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from ..anchor_rules import Rule
from .terms import Terms, days_field, yes_no


def _points(label, default: int, **kwargs) -> models.DecimalField:
    limits = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))]
    return models.DecimalField(label, max_digits=4, decimal_places=1, default=Decimal(default), validators=limits, **kwargs)


def _number(label, default: int, least: int, most: int, **kwargs) -> models.PositiveSmallIntegerField:
    limits = [MinValueValidator(least), MaxValueValidator(most)]
    return models.PositiveSmallIntegerField(label, default=default, validators=limits, **kwargs)


class AnchorTerms(Terms):
    """None to begin with: then nobody can qualify, no anchor lies in a queue, and nobody is flagged."""

    class Shown(models.TextChoices):
        RETIRED = "retired", pgettext_lazy("anchors met in the queue", "once the anchor is retired")
        NEVER = "never", pgettext_lazy("anchors met in the queue", "never")

    ACTION = "assessments.anchor.terms"

    scripts = _number(_("anchors to qualify on"), 3, 1, 20)
    within = _number(_("of them within the tolerances, at least"), 2, 1, 20)
    total_tolerance = _points(_("tolerance of the total (points of 100)"), 10)
    band_tolerance = _number(_("tolerance on each criterion (bands)"), 1, 0, 5)
    exact_percent = _number(
        _("criteria with exactly the agreed band, at least (percent)"), 50, 0, 100,
        help_text=_("Of all criteria of all anchors together."),
    )  # fmt: skip
    licence_months = _number(_("a licence so earned holds for (months)"), 24, 1, 120)
    waiting_days = days_field(_("days to wait after failing"), 14, least=0)
    seeded_every = _number(
        _("one anchor in so many scripts of the queue"), 0, 0, 200,
        help_text=_("0: none. Each marker meets it at a place of their own, which nobody can foretell."),
    )  # fmt: skip
    shown = models.CharField(
        _("markers learn which scripts of the queue were anchors"), max_length=7, choices=Shown.choices, default=Shown.RETIRED
    )
    bias_limit = _points(
        _("limit of bias (points of 100)"), 8,
        help_text=_("Who is surely further from the agreed bands is flagged to the officers."),
    )  # fmt: skip
    least_marks = _number(_("judged from so many anchors of the queue on"), 5, 5, 100)
    suspends = models.BooleanField(
        _("a flagged marker's licence may be suspended"), default=True,
        help_text=_("By an officer, with a reason; never by itself."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("terms of anchors")
        verbose_name_plural = _("terms of anchors")
        ordering = ["-set_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(within__lte=F("scripts")), name="no_more_within_than_marked"),
            models.CheckConstraint(condition=Q(seeded_every=0) | Q(seeded_every__gte=2), name="not_every_script_is_an_anchor"),
            models.CheckConstraint(condition=Q(exact_percent__lte=100), name="exact_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.within}/{self.scripts}, 1:{self.seeded_every}"

    def clean(self) -> None:
        if self.within and self.scripts and self.within > self.scripts:
            raise ValidationError({"within": _("Not more than are marked.")})
        if self.seeded_every == 1:
            raise ValidationError({"seeded_every": _("At most every second one; 0 for none.")})

    @property
    def rule(self) -> Rule:
        return Rule(self.scripts, self.within, self.total_tolerance, self.band_tolerance, self.exact_percent)

    def licence_until(self, at: datetime) -> datetime:
        return at + relativedelta(months=self.licence_months)

    def free_again(self, failed_at: datetime) -> datetime:
        """When somebody who failed then may try again."""
        return failed_at + timedelta(days=self.waiting_days)

    def logged(self) -> dict[str, Any]:
        return {"scripts": self.scripts, "within": self.within, "seeded_every": self.seeded_every}

    @property
    def asked(self) -> list[tuple[Any, Any]]:
        """What whoever wants to qualify needs to know: nothing of the queue."""
        return self.facts()[:6]

    def facts(self) -> list[tuple[Any, Any]]:
        months = ngettext("%(count)s month", "%(count)s months", self.licence_months) % {"count": self.licence_months}
        days = ngettext("%(count)s day", "%(count)s days", self.waiting_days) % {"count": self.waiting_days}
        seeded = _("one in %(count)s") % {"count": self.seeded_every} if self.seeded_every else _("none")
        return [
            (_("To qualify"), _("%(within)s of %(scripts)s anchors") % {"within": self.within, "scripts": self.scripts}),
            (_("Tolerance of the total"), f"± {self.total_tolerance.normalize():f}"),
            (_("Tolerance in bands"), f"± {self.band_tolerance}"),
            (_("Exactly agreed"), f"≥ {self.exact_percent} %"), (_("Licence for"), months), (_("Wait after failing"), days),
            (_("In the queue"), seeded), (_("Markers learn of them"), self.get_shown_display()),
            (_("Limit of bias"), f"± {self.bias_limit.normalize():f}"), (_("Judged from"), self.least_marks),
            (_("May suspend"), yes_no(self.suspends)),
        ]  # fmt: skip
