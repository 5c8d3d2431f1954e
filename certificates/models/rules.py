"""Award rules as data: versions of the conditions for a level of a standard, drafted by one person of the authority, looked at
with their effect by a second, in force from a date, and frozen from then on."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from curriculum.models import Level
from lms.lib.audit import log
from lms.lib.compiled import Compiled
from lms.lib.errors import WrongState
from lms.lib.hashing import content_hash
from training.models import Enrolment

from ..eligibility import evaluate
from ..factsheet import Facts
from ..rule_checks import as_groups, problems


def facts_none() -> Facts:
    """Facts of somebody who has done nothing."""
    return Facts(hours=(), cases=(), parts=())


class AwardRuleQuerySet(models.QuerySet):
    def decided(self, at: datetime):
        """Versions whose date has come, the latest first of each level."""
        been = [AwardRule.Status.IN_FORCE, AwardRule.Status.SCHEDULED, AwardRule.Status.RETIRED]
        return self.filter(status__in=been, in_force_from__lte=at).order_by("level", "-in_force_from", "-version")


_decided = Compiled(lambda levels, at: AwardRule.objects.decided(at).filter(level__in=levels).select_related("level"))


class AwardRuleManager(models.Manager.from_queryset(AwardRuleQuerySet)):
    def for_enrolment(self, enrolment: Enrolment, at: datetime | None = None) -> "AwardRule | None":
        """The rule that decides for this person, or None. One query."""
        return self.for_enrolments([enrolment], at)[enrolment.pk]

    def for_enrolments(self, enrolments: Iterable[Enrolment], at: datetime | None = None) -> "dict[int, AwardRule | None]":
        """The rule for each person, by enrolment: the latest version of their level whose date has come, passing over
        those that spare cohorts which had begun by then. One query, cohort and edition being loaded."""
        enrolments = list(enrolments)
        levels = {enrolment.cohort.edition.level_id for enrolment in enrolments}
        versions: dict[int, list[AwardRule]] = {}
        for rule in _decided(sorted(levels), at or timezone.now()) if levels else ():
            versions.setdefault(rule.level_id, []).append(rule)
        return {
            e.pk: next((rule for rule in versions.get(e.cohort.edition.level_id, ()) if rule.reaches(e)), None)
            for e in enrolments
        }


class AwardRule(models.Model):
    """One version of the conditions for a level of a syllabus version. Frozen when it is approved.

    `conditions` (JSON): a tree read by `certificates/eligibility.py`. status IN_FORCE and RETIRED follow from the dates and
    are brought up to date by a job; what decides are the dates (`for_enrolments`).
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        SCHEDULED = "scheduled", _("approved for a date")
        IN_FORCE = "in_force", _("in force")
        RETIRED = "retired", _("retired")
        CALLED_OFF = "called_off", pgettext_lazy("award rule", "called off")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="award_rules")
    version = models.PositiveIntegerField()
    title = models.CharField(_("title in Chinese"), max_length=160)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    conditions = models.JSONField()
    valid_months = models.PositiveSmallIntegerField(
        _("certificate valid for (months)"), null=True, blank=True, help_text=_("Empty: no end.")
    )
    spares_running = models.BooleanField(
        _("cohorts that have begun keep their rule"), default=False,
        help_text=_("The new version then decides only for cohorts whose first day is on or after the day it comes into force."),
    )  # fmt: skip
    source = models.CharField(_("source"), max_length=400, blank=True)
    verified = models.BooleanField(_("verified"), default=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    in_force_from = models.DateTimeField(null=True, blank=True)
    content_hash = models.CharField(max_length=80, blank=True)
    # Empty for a rule that came with the installation.
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    drafted_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    # Of a version that was approved for a date and did not come to it.
    called_off_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    called_off_at = models.DateTimeField(null=True, blank=True)
    called_off_why = models.CharField(_("why it is called off"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("award rule")
        ordering = ["level", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["level", "version"], name="rule_version_once"),
            models.UniqueConstraint(fields=["level"], condition=Q(status="in_force"), name="one_rule_in_force_per_level"),
            models.UniqueConstraint(fields=["level"], condition=Q(status="draft"), name="one_draft_rule_per_level"),
            models.CheckConstraint(
                condition=Q(status="draft") | (Q(in_force_from__isnull=False) & ~Q(content_hash="")),
                name="rule_in_force_has_date_and_hash",
            ),
            models.CheckConstraint(
                condition=Q(drafted_by=None) | Q(approved_by=None) | ~Q(approved_by=F("drafted_by")),
                name="two_people_make_a_rule",
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(drafted_by=None) | Q(approved_by__isnull=False),
                name="drafted_rule_in_force_is_approved",
            ),
            models.CheckConstraint(
                condition=~Q(status="called_off") | (Q(called_off_by__isnull=False) & ~Q(called_off_why="")),
                name="called_off_rule_says_why",
            ),
        ]

    objects = AwardRuleManager()

    FROZEN = (
        "level_id", "version", "title", "title_en", "conditions", "valid_months", "spares_running", "content_hash",
        "in_force_from", "drafted_by_id", "approved_by_id",
    )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"

    def get_absolute_url(self) -> str:
        return reverse("award_rule", args=[self.uuid])

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def tone(self) -> str:
        return {"in_force": "ok", "scheduled": "info", "draft": "warn"}.get(self.status, "muted")

    def reaches(self, enrolment: Enrolment) -> bool:
        """Whether this version decides for that person's cohort, its date having come."""
        return not self.spares_running or enrolment.cohort.starts_on >= timezone.localdate(self.in_force_from)

    def save(self, *args, **kwargs):
        if not self._state.adding:
            before = AwardRule.objects.get(pk=self.pk)
            if before.status != self.Status.DRAFT and any(getattr(before, f) != getattr(self, f) for f in self.FROZEN):
                raise WrongState(_("This rule is in force; make a new version to change it."), obj=self)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        if self.status != self.Status.DRAFT:
            raise WrongState(_("A rule that has been in force is kept."), obj=self)
        return super().delete(*args, **kwargs)

    def computed_hash(self) -> str:
        said = {
            "level": self.level.code,
            "syllabus": self.level.syllabus.content_hash,
            "version": self.version,
            "conditions": self.conditions,
            "valid_months": self.valid_months,
        }
        # Only where it says something, so that older versions hash as they did.
        return content_hash(said | ({"spares_running": True} if self.spares_running else {}))

    def problems(self) -> list[str]:
        """What keeps the conditions from coming into force, as sentences."""
        return problems(self.conditions, self.level)

    def before(self) -> "AwardRule | None":
        """The version that decides today, or the latest one approved for a date: what a draft is compared with."""
        others = self.level.award_rules.exclude(pk=self.pk).exclude(status=self.Status.DRAFT)
        return others.filter(version__lt=self.version).order_by("-version").first()

    @classmethod
    def draft(cls, level: Level, *, by: User, at: datetime) -> "AwardRule":
        """Begin the next version, with the conditions of the latest. Raises WrongState when there is a draft already."""
        with transaction.atomic():
            latest = level.award_rules.select_for_update().order_by("-version").first()
            if latest is not None and latest.is_draft:
                raise WrongState(_("There is a draft for this level already."), obj=latest)
            rule = cls.objects.create(
                level=level,
                version=latest.version + 1 if latest else 1,
                title=latest.title if latest else f"{level.title}授予条件",
                title_en=latest.title_en if latest else f"{level.title_en}, conditions of the award",
                conditions=as_groups(latest.conditions) if latest else {"all": []},
                valid_months=latest.valid_months if latest else None,
                source=latest.source if latest else "",
                drafted_by=by,
                drafted_at=at,
            )
            log(rule, "certificates.rule.draft", by=by)
        return rule

    def change(self, *, by: User, at: datetime, **fields: Any) -> None:
        """Change a draft; who changed it last is its author. What was simulated before no longer counts.

        Raises WrongState when it is not a draft any more.
        """
        with transaction.atomic():
            changed = AwardRule.objects.filter(pk=self.pk, status=self.Status.DRAFT)
            if not changed.update(**fields, drafted_by=by, drafted_at=at):
                raise WrongState(_("This rule is not a draft any more."), obj=self)
            self.refresh_from_db()
            log(self, "certificates.rule.change", by=by)

    def discard(self, *, by: User) -> None:
        with transaction.atomic():
            if not self.is_draft:
                raise WrongState(_("A rule that has been in force is kept."), obj=self)
            log(self, "certificates.rule.discard", by=by, version=self.version)
            self.delete()

    def bring_into_force(self, *, by: User | None, at: datetime, starts: datetime | None = None) -> None:
        """Freeze this version and let it decide from `starts` on (now, when empty).

        Raises WrongState when it is not a draft, when the same person drafted it, when its date does not lie after the
        version before it, or when its effect was not simulated since its last change; ValueError for conditions we can't
        read.
        """
        evaluate(facts_none(), self.conditions)
        starts = starts or at
        if self.drafted_by_id is not None:
            self._second_person_may(by)
        with transaction.atomic():
            list(AwardRule.objects.select_for_update().filter(level=self.level))
            never = [self.Status.DRAFT, self.Status.CALLED_OFF]
            later = self.level.award_rules.exclude(status__in=never).filter(in_force_from__gt=starts)
            if later.exists():
                raise WrongState(_("A version for this level comes into force after that date."), obj=self)
            now = starts <= at
            if now:
                retired = AwardRule.objects.filter(level=self.level, status__in=["in_force", "scheduled"])
                retired.update(status=self.Status.RETIRED)
            approved = {"approved_by": by, "approved_at": at} if self.drafted_by_id else {}
            moved = AwardRule.objects.filter(pk=self.pk, status=self.Status.DRAFT).update(
                status=self.Status.IN_FORCE if now else self.Status.SCHEDULED, in_force_from=starts,
                content_hash=self.computed_hash(), **approved,
            )  # fmt: skip
            if not moved:
                raise WrongState(_("This rule is not a draft any more."), obj=self)
            self.refresh_from_db()
            log(self, "certificates.rule.in_force", by=by, starts=starts.isoformat())

    def call_off(self, *, by: User, at: datetime, why: str) -> None:
        """Take back what was approved for a date that has not come; the version before it goes on deciding. It stays on
        record, and the next draft begins with its conditions.

        Raises WrongState when the date has come, or when the person drafted it: it takes the other pair of eyes.
        """
        if by.pk == self.drafted_by_id:
            raise WrongState(_("Who drafted a rule can't call it off alone: another officer does."), obj=self)
        with transaction.atomic():
            waiting = AwardRule.objects.filter(pk=self.pk, status=self.Status.SCHEDULED, in_force_from__gt=at)
            fields = {"called_off_by": by, "called_off_at": at, "called_off_why": why}
            if not waiting.update(status=self.Status.CALLED_OFF, **fields):
                raise WrongState(_("Only a version that waits for its date can be called off."), obj=self)
            self.refresh_from_db()
            log(self, "certificates.rule.call_off", by=by, why=why)

    def _second_person_may(self, by: User | None) -> None:
        if by is None or by.pk == self.drafted_by_id:
            raise WrongState(_("Who drafted a rule can't approve it."), obj=self)
        if found := self.problems():
            raise WrongState(found[0], obj=self)
        if not self.simulations.finished().filter(said_hash=self.computed_hash()).exists():
            raise WrongState(_("Simulate the rule first: its effect has to be seen before it comes into force."), obj=self)

    @classmethod
    def turn_over(cls, at: datetime) -> int:
        """Bring the states up to the dates that have come. Returns how many versions came into force."""
        due = cls.objects.filter(status=cls.Status.SCHEDULED, in_force_from__lte=at).order_by("in_force_from")
        turned = 0
        for rule in due:
            with transaction.atomic():
                cls.objects.filter(level=rule.level_id, status=cls.Status.IN_FORCE).update(status=cls.Status.RETIRED)
                turned += cls.objects.filter(pk=rule.pk, status=cls.Status.SCHEDULED).update(status=cls.Status.IN_FORCE)
        return turned
