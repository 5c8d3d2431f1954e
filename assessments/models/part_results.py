"""The outcome of a part that is no case work: a defence or a portfolio. Appended; the latest of a part counts."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.immutable import AppendOnly, AppendOnlyQuerySet
from training.models import Cohort, Enrolment

from .plans import Part


class PartResultQuerySet(AppendOnlyQuerySet):
    def latest(self) -> dict[tuple[int, int], "PartResult"]:
        """The latest of each person and part, by (enrolment, part). One query."""
        return {(found.enrolment_id, found.part_id): found for found in self.order_by("released_at", "pk")}

    def latest_of(self, enrolment: Enrolment) -> dict[int, "PartResult"]:
        """The latest of each part of this person, by the part. One query."""
        return {part: found for (_person, part), found in self.filter(enrolment=enrolment).latest().items()}

    def latest_in(self, cohort: Cohort) -> dict[tuple[int, int], "PartResult"]:
        return self.filter(enrolment__cohort=cohort).latest()


class PartResult(AppendOnly):
    """What a panel or a verifier found, as gradebook, plan and awards read it, beside `Result` for case work.

    approved: whether the votes (or the conditions of the portfolio) carried it, whatever the points; passed: approved and
    the points reach the part's pass mark. facts: what it rests on, with the tree of conditions under "tree".
    """

    class Method(models.TextChoices):
        PANEL = "panel", _("votes of a panel")
        ABSENT = "absent", _("absent without excuse")
        PORTFOLIO = "portfolio", _("verified deals")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="part_results")
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="results")
    defence = models.OneToOneField(
        "assessments.Defence", on_delete=models.PROTECT, null=True, blank=True, related_name="result"
    )
    total = models.DecimalField(max_digits=5, decimal_places=2)
    approved = models.BooleanField()
    passed = models.BooleanField()
    method = models.CharField(max_length=12, choices=Method.choices)
    facts = models.JSONField(default=dict)
    released_at = models.DateTimeField()
    released_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = PartResultQuerySet.as_manager()

    class Meta:
        verbose_name = _("result of a part")
        ordering = ["released_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(total__gte=0, total__lte=100), name="part_result_of_100"),
            models.CheckConstraint(condition=Q(passed=False) | Q(approved=True), name="passed_only_if_approved"),
            models.CheckConstraint(
                condition=Q(method="portfolio", defence=None) | (~Q(method="portfolio") & Q(defence__isnull=False)),
                name="panel_result_names_its_defence",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.total}"
