"""The award chain: rule version → proposal by the base → decision by the authority → award with its proof tree.

There is no other way to a certificate: `Certificate.award` is not null, an award's tree must be satisfied (a database
constraint), and only `AwardProposal.confirm` makes an award, from facts it evaluates again at that moment.
"""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from curriculum.models import Level
from lms.lib.immutable import AppendOnly
from training.models import Enrolment


class AwardRule(models.Model):
    """One version of the conditions for a level of a syllabus version. Frozen when it comes into force.

    `conditions` (JSON): {"hours": {"modules": "syllabus" | {module code: "hours"}, "delivery": {…optional floors, caps}},
    "cases": {"required": true, "at_least": n}, "parts": {"all": true}}; read by `certificates/eligibility.py`.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_FORCE = "in_force", _("in force")
        RETIRED = "retired", _("retired")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="award_rules")
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=160)
    title_en = models.CharField(max_length=200, blank=True)
    conditions = models.JSONField()
    valid_months = models.PositiveSmallIntegerField(
        _("certificate valid for (months)"), null=True, blank=True, help_text=_("Empty: no end.")
    )
    source = models.CharField(_("source"), max_length=400, blank=True)
    verified = models.BooleanField(_("verified"), default=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    in_force_from = models.DateTimeField(null=True, blank=True)
    content_hash = models.CharField(max_length=80, blank=True)

    class Meta:
        verbose_name = _("award rule")
        ordering = ["level", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["level", "version"], name="rule_version_once"),
            models.UniqueConstraint(fields=["level"], condition=Q(status="in_force"), name="one_rule_in_force_per_level"),
            models.CheckConstraint(
                condition=Q(status="draft") | (Q(in_force_from__isnull=False) & ~Q(content_hash="")),
                name="rule_in_force_has_date_and_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"


class AwardProposal(models.Model):
    """The registrar's proposal of one trainee, and the authority's decision on it."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        CONFIRMED = "confirmed", _("confirmed")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="award_proposals")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="award_proposals")
    rule = models.ForeignKey(AwardRule, on_delete=models.PROTECT, related_name="proposals")
    tree = models.JSONField()  # as seen by the registrar at the time
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PROPOSED)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = _("award proposal")
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"], condition=Q(status__in=["proposed", "confirmed"]), name="one_live_proposal"
            ),
            models.CheckConstraint(
                condition=~Q(status="refused") | ~Q(reason=""), name="a_refusal_gives_its_reason"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="two_pairs_of_eyes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} – {self.get_status_display()}"


class Award(AppendOnly):
    """The immutable decision with its proof tree: every condition, the fact that met it, the rule version."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    proposal = models.OneToOneField(AwardProposal, on_delete=models.PROTECT, related_name="award")
    enrolment = models.OneToOneField(Enrolment, on_delete=models.PROTECT, related_name="award")
    rule = models.ForeignKey(AwardRule, on_delete=models.PROTECT, related_name="awards")
    rule_hash = models.CharField(max_length=80)
    edition_hash = models.CharField(max_length=80)
    tree = models.JSONField()
    tree_hash = models.CharField(max_length=80)
    satisfied = models.BooleanField()
    awarded_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("award")
        ordering = ["-awarded_at"]
        constraints = [models.CheckConstraint(condition=Q(satisfied=True), name="an_award_is_satisfied")]

    def __str__(self) -> str:
        return str(self.uuid)
