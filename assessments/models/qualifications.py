"""评阅资格测评: some anchors, marked like any script, and a verdict by the terms that held at the beginning. Kept as facts."""

import secrets
import uuid
from datetime import datetime
from random import Random
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState

from ..anchor_rules import Rule, Verdict, judge
from .anchor_terms import AnchorTerms
from .anchor_turns import AnchorTurn
from .anchors import AnchorScript
from .policy import LicenceEvent
from .sheet_turns import LEASE


class Qualification(models.Model):
    class Outcome(models.TextChoices):
        PASSED = "passed", _("passed")
        FAILED = "failed", _("not passed")
        LEFT = "left", _("broken off")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    assessor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="qualifications")
    terms = models.ForeignKey(AnchorTerms, on_delete=models.PROTECT, related_name="qualifications")
    seed = models.BigIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=6, choices=Outcome.choices, blank=True)
    # {"rule", "within", "exact", "criteria", "short", "by_criterion": {title: [outside, of]}} as it was decided.
    facts = models.JSONField(default=dict, blank=True)
    licence = models.OneToOneField(
        LicenceEvent, on_delete=models.PROTECT, null=True, blank=True, related_name="qualification"
    )

    class Meta:
        verbose_name = _("qualification of an assessor")
        verbose_name_plural = _("qualifications of assessors")
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["assessor"], condition=Q(outcome=""), name="one_qualification_at_a_time"),
            models.CheckConstraint(
                condition=Q(outcome="", finished_at=None) | ~Q(outcome="") & Q(finished_at__isnull=False),
                name="qualification_outcome_has_a_time",
            ),
            models.CheckConstraint(condition=Q(licence=None) | Q(outcome="passed"), name="only_a_pass_gives_a_licence"),
        ]

    def __str__(self) -> str:
        return f"{self.assessor_id} {self.outcome or '…'}"

    def get_absolute_url(self) -> str:
        return reverse("qualification")

    @classmethod
    def pool_for(cls, assessor: User, *, at: datetime):
        """The anchors somebody could qualify on: never practised on, read or met by them."""
        found = AnchorScript.objects.usable().filter(for_qualification=True)
        return found.unknown_to(assessor).free_for(assessor, at=at)

    @classmethod
    def waits_until(cls, assessor: User, terms: AnchorTerms, *, at: datetime) -> datetime | None:
        """Until when who failed has to wait, None when not. One query."""
        last = cls.objects.filter(assessor=assessor, outcome=cls.Outcome.FAILED).order_by("finished_at").last()
        until = terms.free_again(last.finished_at) if last else None
        return until if until and at < until else None

    @classmethod
    def start(cls, assessor: User, *, at: datetime) -> "Qualification":
        """Draw the anchors and put them on the table; who is in the middle of one goes on with it.

        Raises WrongState without terms, while somebody has to wait, and where there are too few anchors.
        """
        if found := cls.objects.filter(assessor=assessor, outcome="").first():
            return found
        terms = AnchorTerms.objects.at(at)
        if terms is None:
            raise WrongState(_("The authority has not said yet what qualifies."), obj=assessor)
        if until := cls.waits_until(assessor, terms, at=at):
            raise WrongState(_("You can try again from %(day)s on.") % {"day": f"{until:%Y-%m-%d}"}, obj=assessor)
        pool = list(cls.pool_for(assessor, at=at).order_by("pk").values_list("pk", flat=True))
        if len(pool) < terms.scripts:
            raise WrongState(_("There are too few anchors that you have not seen. Ask a moderator."), obj=assessor)
        seed = secrets.randbits(60)
        try:
            with transaction.atomic():
                made = cls.objects.create(assessor=assessor, terms=terms, seed=seed, started_at=at)
                for pk in Random(seed).sample(pool, terms.scripts):
                    made._put(AnchorScript.objects.get(pk=pk), at=at)
                log(made, "assessments.qualification.start", by=assessor)
        except IntegrityError:  # a second click at the same moment
            return cls.objects.get(assessor=assessor, outcome="")
        return made

    def _put(self, anchor: AnchorScript, *, at: datetime) -> AnchorTurn:
        return AnchorTurn.objects.create(
            anchor=anchor, assignment=anchor.assignment, assessor=self.assessor, purpose=AnchorTurn.Purpose.QUALIFICATION,
            qualification=self, taken_at=at, lease_until=at + LEASE,
        )

    def replace(self, turn: AnchorTurn, *, at: datetime) -> None:
        """Another anchor for one that was handed back; where there is none, this ends without a verdict."""
        pool = self.pool_for(self.assessor, at=at).order_by("pk")
        if (anchor := pool.first()) is not None:
            self._put(anchor, at=at)
        else:
            self._end(self.Outcome.LEFT, {}, at=at)

    def marks(self):
        """What was given in it, in the order of the anchors. One query."""
        return [turn.mark for turn in self.turns.filter(status="done").select_related("mark").order_by("pk")]

    def replay(self) -> Verdict:
        """The verdict again, from the rows of marks and the recorded rule."""
        return judge(Rule.read(self.facts["rule"]), [mark.as_gap for mark in self.marks()])

    def have_mark(self, *, at: datetime) -> None:
        """After each mark: with the last one the verdict."""
        fresh = Qualification.objects.select_for_update(of=("self",)).select_related("terms", "assessor").get(pk=self.pk)
        if fresh.outcome or fresh.turns.filter(status="taken").exists():
            return
        rule, marks = fresh.terms.rule, fresh.marks()
        verdict = judge(rule, [mark.as_gap for mark in marks])
        facts = {
            "rule": rule.as_json(), "within": verdict.within, "exact": verdict.exact, "criteria": verdict.criteria,
            "short": list(verdict.short), "marks": [mark.pk for mark in marks],
        }  # fmt: skip
        fresh._end(self.Outcome.PASSED if verdict.passed else self.Outcome.FAILED, facts, at=at)

    def _end(self, outcome: str, facts: dict[str, Any], *, at: datetime) -> None:
        licence = self._grant(at) if outcome == self.Outcome.PASSED else None
        Qualification.objects.filter(pk=self.pk, outcome="").update(
            outcome=outcome, facts=facts, finished_at=at, licence=licence
        )
        self.refresh_from_db()
        log(self, f"assessments.qualification.{outcome}", by=self.assessor)

    def _grant(self, at: datetime) -> LicenceEvent | None:
        """The licence that it earns, unless a person has withdrawn one: then a person gives it back."""
        last = LicenceEvent.objects.filter(assessor=self.assessor).order_by("at", "pk").last()
        if last is not None and last.kind == LicenceEvent.Kind.WITHDRAWN:
            return None
        return LicenceEvent.record(
            LicenceEvent.Kind.GRANTED, self.assessor, reason="qualification", by=None, at=at,
            until=self.terms.licence_until(at),
        )
