"""抽样复核: a second look, by a moderator of another base or of the authority, at marked work that nobody complained about.

ready:    drawn ─► confirmed, or changed before the release (the sample's mark counts)
released: drawn ─► confirmed, or a finding; the result stays, and the base says what follows from it

Released results are never changed here.
"""

import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Organisation, Role, User
from accounts.permissions import organisation_ids
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly

from ..sampling import Size, draw
from .marking import LEASE, Allocation
from .marks import Kind, Mark
from .queues import fit_to_judge
from .regrades import RegradeBatch
from .submissions import Submission
from .terms import Terms, days_field

BASE = "submission__enrolment__cohort__organisation"


def _count(label, default: int, *, least: int = 0, most: int = 500, **kwargs) -> models.PositiveSmallIntegerField:
    limits = [MinValueValidator(least), MaxValueValidator(most)]
    return models.PositiveSmallIntegerField(label, default=default, validators=limits, **kwargs)


class SampleRule(Terms):
    """How large a sample is, and what counts as a risk. Before the first one our own numbers hold, which are a sample."""

    ACTION = "assessments.sample.rule"

    percent = _count(_("by lot (percent)"), 10, most=100)
    least = _count(_("by lot, at least (scripts)"), 3)
    risky = _count(_("because of a risk, at most (scripts)"), 10)
    near_points = _count(
        _("near the pass mark (points of 100)"), 5, most=50, help_text=_("Results no further from it count as a risk.")
    )
    new_scripts = _count(
        _("a new assessor has fewer marks than"), 10, help_text=_("Work marked by a new assessor counts as a risk.")
    )
    hold_days = days_field(
        _("days for which a sample holds the release"), 10, help_text=_("Afterwards the base may release without the look.")
    )

    class Meta:
        verbose_name = _("rule of samples")
        verbose_name_plural = _("rules of samples")
        ordering = ["-set_at", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(percent__lte=100), name="sample_is_a_share")]

    def __str__(self) -> str:
        return f"{self.percent} % + {self.risky}"

    @classmethod
    def before_the_first(cls) -> "SampleRule":
        return cls()

    @property
    def size(self) -> Size:
        return Size(self.percent, self.least, self.risky)

    def logged(self) -> dict[str, Any]:
        return {"percent": self.percent, "least": self.least, "risky": self.risky}

    def facts(self) -> list[tuple[Any, Any]]:
        def scripts(count: int):
            return ngettext("%(count)s script", "%(count)s scripts", count) % {"count": count}

        days = ngettext("%(count)s day", "%(count)s days", self.hold_days) % {"count": self.hold_days}
        return [
            (_("By lot"), f"{self.percent} %"), (_("At least"), scripts(self.least)),
            (_("Because of a risk, at most"), scripts(self.risky)), (_("Near the pass mark"), f"± {self.near_points}"),
            (_("A new assessor has fewer marks than"), self.new_scripts), (_("Holds the release for"), days),
        ]  # fmt: skip


class SampleDraw(AppendOnly):
    """One draw: from which pool, with which seed and size. `repeat` makes it again."""

    class Pool(models.TextChoices):
        READY = "ready", _("marked, not yet released")
        RELEASED = "released", _("released")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # The base whose work was drawn from; empty: every base.
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    pool = models.CharField(max_length=8, choices=Pool.choices)
    # [[submission, [risks]], …] as it was at the draw; {"percent", "least", "risky"}.
    scripts = models.JSONField(default=list)
    size = models.JSONField(default=dict)
    seed = models.BigIntegerField()
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("draw of a sample")
        ordering = ["-drawn_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.drawn_at:%Y-%m-%d} {self.pool}"

    def repeat(self) -> dict[int, list[str]]:
        """{submission: why it was drawn}, from the recorded pool, seed and size. No query."""
        return draw(dict(self.scripts), Size(**self.size), seed=self.seed)

    @classmethod
    def make(
        cls, pool: str, risks: dict[int, list[str]], *, organisation: Organisation | None, by: User, at: datetime,
        seed: int | None = None,
    ) -> "SampleDraw":  # fmt: skip
        """Draw from these submissions ({submission: its risks}) by the rule in force. What moved on since they were looked up,
        or waits in another sample, is left out.

        seed: for tests; else a fresh one. Raises WrongState when nothing is left to draw from.
        """
        rule = SampleRule.objects.at(at)
        status = Submission.Status.READY if pool == cls.Pool.READY else Submission.Status.RELEASED
        with transaction.atomic():
            found = Submission.objects.select_for_update(of=("self",)).filter(pk__in=risks, status=status, leader=None)
            left = set(found.exclude(samples__isnull=False).values_list("pk", flat=True))
            if not left:
                raise WrongState(_("There is nothing to draw from."), obj=by)
            made = cls.objects.create(
                organisation=organisation, pool=pool, scripts=[[pk, list(risks[pk])] for pk in sorted(left)],
                size={"percent": rule.percent, "least": rule.least, "risky": rule.risky},
                seed=secrets.randbits(53) if seed is None else seed, drawn_at=at, drawn_by=by,
            )  # fmt: skip
            hold = at + timedelta(days=rule.hold_days) if pool == cls.Pool.READY else None
            SampledScript.objects.bulk_create(
                SampledScript(draw=made, submission_id=pk, reasons=reasons, hold_until=hold)
                for pk, reasons in made.repeat().items()
            )
            log(made, "assessments.sample.draw", by=by, organisation=organisation, pool=len(left), seed=made.seed)
        return made


class SampledScriptQuerySet(models.QuerySet):
    def open(self):
        return self.filter(outcome="")

    def holding(self, at: datetime):
        """Those that keep a result from being released."""
        return self.open().filter(hold_until__gt=at)

    def for_moderator(self, moderator: User, *, at: datetime):
        """What this moderator could look at now: of bases they don't belong to, nothing they marked, taught or declared a
        conflict with, nothing they declined, held by nobody; what holds a release first, then by lot.
        """
        if not organisation_ids(moderator, Role.MODERATOR):
            return self.none()
        own = {membership.organisation_id for membership in moderator.active_memberships}
        held = Allocation.objects.exclude(status=Allocation.Status.GIVEN_BACK)
        held = held.exclude(status=Allocation.Status.TAKEN, lease_until__lt=at)
        declined = Allocation.objects.filter(assessor=moderator, kind=Kind.SAMPLE).exclude(reason="")
        fit = fit_to_judge(Submission.objects.filter(samples__outcome=""), moderator, at=at)
        found = self.open().exclude(**{f"{BASE}__in": own}).filter(submission__in=fit)
        found = found.exclude(turns__in=held).exclude(turns__in=declined)
        return found.order_by(models.F("hold_until").asc(nulls_last=True), "uuid")


class SampledScript(models.Model):
    """One script of a draw, and what the second look came to."""

    class Outcome(models.TextChoices):
        CONFIRMED = "confirmed", _("confirmed")
        CHANGED = "changed", _("changed before the release")
        FINDING = "finding", _("finding on a released result")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    draw = models.ForeignKey(SampleDraw, on_delete=models.PROTECT, related_name="sampled")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="samples")
    reasons = models.JSONField(default=list)  # "random" and names of risks
    hold_until = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome.choices, blank=True)
    note = models.TextField(_("reason"), blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # What the base says follows from a finding.
    answer = models.TextField(_("what follows"), blank=True)
    # The correction by which the base answers a finding, where there is one.
    regrade = models.ForeignKey(
        RegradeBatch, on_delete=models.PROTECT, null=True, blank=True, related_name="findings"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = SampledScriptQuerySet.as_manager()

    class Meta:
        verbose_name = _("sampled script")
        verbose_name_plural = _("sampled scripts")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["outcome", "hold_until"])]
        constraints = [
            models.UniqueConstraint(fields=["submission"], name="sampled_once"),
            models.CheckConstraint(
                condition=Q(outcome="", decided_at=None) | (~Q(outcome="") & Q(decided_at__isnull=False)),
                name="sampled_outcome_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=["changed", "finding"]) | ~Q(note=""), name="sampled_change_has_reason"
            ),
            models.CheckConstraint(condition=Q(answer="") | Q(outcome="finding"), name="only_a_finding_is_answered"),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.outcome or '…'}"

    def get_absolute_url(self) -> str:
        return reverse("sample_detail", args=[self.uuid])

    def holds(self, at: datetime) -> bool:
        return self.outcome == "" and self.hold_until is not None and at < self.hold_until

    @property
    def _organisation(self) -> Organisation:
        return self.submission.enrolment.cohort.organisation

    @classmethod
    def take_next(cls, moderator: User, *, at: datetime) -> Allocation | None:
        """Give the moderator the next one under a lease; the one they hold first. None when there is none for them."""
        states = Allocation.Status
        mine = Allocation.objects.filter(assessor=moderator, kind=Kind.SAMPLE, status=states.TAKEN, lease_until__gte=at)
        if found := mine.first():
            return found
        for sampled in cls.objects.for_moderator(moderator, at=at)[:20]:
            try:
                with transaction.atomic():
                    fresh = cls.objects.select_for_update(of=("self",)).get(pk=sampled.pk)
                    if fresh.outcome:
                        continue
                    fresh.turns.filter(status=states.TAKEN, lease_until__lt=at).update(status=states.GIVEN_BACK)
                    before = fresh.turns.filter(assessor=moderator).order_by("pk").last()
                    return Allocation.objects.create(
                        submission_id=fresh.submission_id, sampled=fresh, assessor=moderator, kind=Kind.SAMPLE, across=True,
                        taken_at=at, lease_until=at + LEASE, draft=before.draft if before else {},
                    )  # fmt: skip
            except IntegrityError:  # another moderator's turn on it began at the same moment
                continue
        return None

    def _decide(self, outcome: str, *, note: str, by: User, at: datetime) -> None:
        moved = SampledScript.objects.filter(pk=self.pk, outcome="").update(
            outcome=outcome, note=note.strip(), decided_at=at, decided_by=by
        )
        self.refresh_from_db()
        if not moved:
            raise WrongState(_("This script was looked at before."), obj=self)
        log(self, f"assessments.sample.{outcome}", by=by, organisation=self._organisation)

    def confirm(self, turn: Allocation, *, note: str, at: datetime) -> None:
        """The marks hold. A second click is harmless. Raises WrongState when the turn was handed back meanwhile."""
        with transaction.atomic():
            taken = Allocation.objects.filter(pk=turn.pk, status=Allocation.Status.TAKEN)
            if not taken.update(status=Allocation.Status.DONE):
                self.refresh_from_db()
                if self.outcome == self.Outcome.CONFIRMED and self.decided_by_id == turn.assessor_id:
                    return
                raise WrongState(_("This mark has been given or handed back."), obj=turn)
            self._decide(self.Outcome.CONFIRMED, note=note, by=turn.assessor, at=at)

    def have_mark(self, mark: Mark, *, released: bool) -> None:
        """Another mark was given: it counts at the release, or is a finding where the result was released already."""
        outcome = self.Outcome.FINDING if released else self.Outcome.CHANGED
        self._decide(outcome, note=mark.reason, by=mark.assessor, at=mark.marked_at)

    def regrades(self) -> "models.QuerySet[RegradeBatch]":
        """The regrades that may correct it: of its edition at its base, not called off, the latest first."""
        cohort = self.submission.enrolment.cohort
        found = RegradeBatch.objects.filter(organisation=cohort.organisation_id, edition=cohort.edition_id)
        mine = found.filter(Q(cohort=None) | Q(cohort=cohort)).exclude(status__in=RegradeBatch.OVER)
        return mine.order_by("-drafted_at", "-pk")

    def record_answer(self, text: str, *, by: User, at: datetime, regrade: RegradeBatch | None = None) -> None:
        """What follows from a finding, in the base's words, once, with the regrade that corrects it. Raises WrongState
        otherwise."""
        with transaction.atomic():
            mine = SampledScript.objects.filter(pk=self.pk, outcome=self.Outcome.FINDING, answer="")
            if not mine.update(answer=text.strip(), answered_at=at, answered_by=by, regrade=regrade):
                raise WrongState(_("There is no finding here that waits for an answer."), obj=self)
            self.refresh_from_db()
            log(self, "assessments.sample.answer", by=by, organisation=self._organisation)
