"""What the authority asks of marking: the floor of agreement, and licences of assessors. Rows are appended; the latest
counts. What the marks come to is computed in `assessments/quality.py`.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly, AppendOnlyQuerySet

from .terms import Terms


class QualityPolicy(Terms):
    """What the authority demands of the marking of case work, from the time it was set until the next one is."""

    ACTION = "assessments.policy.set"

    floor = models.DecimalField(
        _("floor of agreement (Krippendorff's α)"),
        max_digits=4,
        decimal_places=3,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
        help_text=_("Results are held back where the agreement of independent marks lies below it."),
    )
    minimum_scripts = models.PositiveSmallIntegerField(
        _("least number of scripts"),
        validators=[MinValueValidator(2)],
        help_text=_("With fewer scripts marked twice, the agreement is not judged."),
    )
    licences_required = models.BooleanField(
        _("assessors need a licence"), default=False, help_text=_("Without a valid licence nobody gets a script.")
    )
    licence_months = models.PositiveSmallIntegerField(
        _("a licence holds for (months)"), default=24, validators=[MinValueValidator(1), MaxValueValidator(120)]
    )
    severity_limit = models.DecimalField(
        _("limit of severity (points of 100)"),
        max_digits=4,
        decimal_places=1,
        default=Decimal(10),
        validators=[MinValueValidator(Decimal(1))],
        help_text=_("A licence lapses when an assessor is surely more severe or more lenient than this."),
    )

    class Meta:
        verbose_name = _("marking policy")
        verbose_name_plural = _("marking policies")
        ordering = ["-set_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(floor__gte=0, floor__lte=1), name="floor_is_an_alpha"),
            models.CheckConstraint(condition=Q(minimum_scripts__gte=2), name="agreement_needs_two_scripts"),
            models.CheckConstraint(condition=Q(licence_months__gte=1), name="licence_holds_a_month"),
        ]

    def __str__(self) -> str:
        return f"α ≥ {self.floor}"

    def licence_until(self, at: datetime) -> datetime:
        """The end of a licence granted now: whole months later, at the same time of day."""
        return at + relativedelta(months=self.licence_months)

    def logged(self) -> dict[str, Any]:
        return {"floor": str(self.floor), "minimum": self.minimum_scripts}

    def facts(self) -> list[tuple[Any, Any]]:
        licence = _("not needed")
        if self.licences_required:
            text = ngettext("needed, for %(count)s month", "needed, for %(count)s months", self.licence_months)
            licence = text % {"count": self.licence_months}
        return [
            (_("Floor"), f"{self.floor.normalize():f}"), (_("From scripts"), self.minimum_scripts), (_("Licence"), licence),
            (_("Limit of severity"), f"{self.severity_limit.normalize():f}"),
        ]  # fmt: skip


class LicenceEventQuerySet(AppendOnlyQuerySet):
    def latest(self) -> dict[int, "LicenceEvent"]:
        """The last event of each assessor: {user id: event}. One query."""
        return {event.assessor_id: event for event in self.select_related("assessor", "by").order_by("at", "pk")}


class LicenceEvent(AppendOnly):
    """评阅资格: granted until a day, lapsed because agreement fell, or withdrawn. The last event decides."""

    class Kind(models.TextChoices):
        GRANTED = "granted", _("granted")
        LAPSED = "lapsed", _("lapsed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    assessor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="licence_events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    until = models.DateTimeField(_("valid until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=400)
    # What was measured when it lapsed: {"alpha": …, "scripts": …, "severity": […, low, high]}.
    measured = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", help_text=_("empty: the system"))

    objects = LicenceEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("marking licence")
        verbose_name_plural = _("marking licences")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["assessor", "at"])]
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind="granted", until__isnull=False) | (~Q(kind="granted") & Q(until=None))),
                name="only_a_grant_has_an_end",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="licence_event_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.assessor_id} {self.kind}"

    def is_valid(self, at: datetime) -> bool:
        return self.kind == self.Kind.GRANTED and at < self.until

    @classmethod
    def record(
        cls, kind: str, assessor: User, *, reason: str, by: User | None, at: datetime,
        until: datetime | None = None, measured: dict | None = None,
    ) -> "LicenceEvent":  # fmt: skip
        """Append an event. Raises WrongState for a lapse or withdrawal of a licence that does not hold."""
        with transaction.atomic():
            User.objects.select_for_update().get(pk=assessor.pk)  # two at once: one after the other
            last = cls.objects.filter(assessor=assessor).order_by("at", "pk").last()
            if kind != cls.Kind.GRANTED and not (last and last.is_valid(at)):
                raise WrongState(_("This assessor holds no licence that could be withdrawn."), obj=assessor)
            event = cls.objects.create(
                assessor=assessor, kind=kind, until=until, reason=reason.strip()[:400], measured=measured or {},
                at=at, by=by,
            )  # fmt: skip
            log(event, f"assessments.licence.{kind}", by=by, assessor=assessor.pk)
        return event


def may_mark(assessor: User, *, at: datetime) -> bool:
    """Whether the policy in force lets this person take scripts. At most two queries."""
    policy = QualityPolicy.objects.at(at)
    if policy is None or not policy.licences_required:
        return True
    last = LicenceEvent.objects.filter(assessor=assessor, at__lte=at).order_by("at", "pk").last()
    return last is not None and last.is_valid(at)
