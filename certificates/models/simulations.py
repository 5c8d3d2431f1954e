"""What a draft rule would do: kept with the draft, so that the second person sees it before the rule comes into force."""

import uuid
from datetime import datetime

from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly
from training.models import Enrolment

from ..signals import simulation_asked
from .rules import AwardRule


class RuleSimulationQuerySet(models.QuerySet):
    def finished(self):
        return self.exclude(finished_at=None)


class RuleSimulation(models.Model):
    """One run of a draft over everybody who studies its level. `said_hash`: the draft as it stood.

    against: the version it was compared with (None: nothing decided before). counts: {effect: number}, when finished.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    rule = models.ForeignKey(AwardRule, on_delete=models.CASCADE, related_name="simulations")
    said_hash = models.CharField(max_length=80)
    against = models.ForeignKey(AwardRule, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    total = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RuleSimulationQuerySet.as_manager()

    class Meta:
        verbose_name = _("simulation of a rule")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule"], condition=Q(finished_at=None), name="one_simulation_of_a_rule_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.asked_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("award_simulation", args=[self.uuid])

    @property
    def job_key(self) -> str:
        return f"rule-simulation:{self.uuid}"

    @property
    def is_current(self) -> bool:
        """Whether the draft still says what was simulated."""
        return self.said_hash == self.rule.computed_hash()

    @property
    def done(self) -> int:
        return self.rows.count()

    @classmethod
    def ask(cls, rule: AwardRule, *, by: User, at: datetime) -> "RuleSimulation":
        """Ask for a run; a job makes it. Raises WrongState when the rule is no draft or can't be read."""
        if not rule.is_draft:
            raise WrongState(_("This rule is not a draft any more."), obj=rule)
        if found := rule.problems():
            raise WrongState(found[0], obj=rule)
        with transaction.atomic():
            cls.objects.filter(rule=rule, finished_at=None).delete()  # of what was changed or broke off meanwhile
            simulation = cls.objects.create(
                rule=rule, said_hash=rule.computed_hash(), against=rule.before(), asked_by=by, asked_at=at
            )
            log(rule, "certificates.rule.simulate", by=by)
            simulation_asked.send(sender=cls, simulation=simulation)
        return simulation

    def touched(self) -> "models.QuerySet[Enrolment]":
        """Everybody who studies the draft's level and did not withdraw, holders too."""
        found = Enrolment.objects.filter(cohort__edition__level=self.rule.level_id)
        return found.exclude(status=Enrolment.Status.WITHDRAWN).order_by("pk")


class SimulatedPerson(AppendOnly):
    """What the draft would mean for one person. missing: what would be open by the draft, as [Chinese, English] titles."""

    class Effect(models.TextChoices):
        GAINS = "gains", pgettext_lazy("effect of a rule", "newly eligible")
        LOSES = "loses", pgettext_lazy("effect of a rule", "no longer eligible")
        MET = "met", pgettext_lazy("effect of a rule", "eligible as before")
        OPEN = "open", pgettext_lazy("effect of a rule", "not eligible, as before")

    simulation = models.ForeignKey(RuleSimulation, on_delete=models.CASCADE, related_name="rows")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="+")
    effect = models.CharField(max_length=6, choices=Effect.choices)
    holder = models.BooleanField()  # has been awarded: for information, nothing is taken away
    missing = models.JSONField(default=list)

    class Meta:
        verbose_name = _("person in a simulation")
        ordering = ["enrolment"]
        constraints = [models.UniqueConstraint(fields=["simulation", "enrolment"], name="simulated_once")]
        indexes = [models.Index(fields=["simulation", "effect", "holder"])]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.effect}"

    @property
    def tone(self) -> str:
        return {"gains": "ok", "loses": "bad", "met": "muted"}.get(self.effect, "muted")
