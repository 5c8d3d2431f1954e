"""The assessment plan of an edition, frozen with it: parts with weight and own pass mark, and their assignments."""

import uuid
from datetime import datetime

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from curriculum.cases import CaseScript
from curriculum.models import Edition, EditionItem
from curriculum.part_rules import DefenceRules, PortfolioRules
from curriculum.reading import script_of_item
from lms.lib.hashing import content_hash
from lms.lib.immutable import AppendOnly

from .rubrics import Rubric


class AssessmentPlan(AppendOnly):
    """考核方案: made when the edition is made (receiver of `curriculum.signals.edition_created`), never changed."""

    edition = models.OneToOneField(Edition, on_delete=models.PROTECT, related_name="plan")
    content_hash = models.CharField(max_length=80)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("assessment plan")

    def __str__(self) -> str:
        return str(self.edition)

    @classmethod
    def freeze(cls, edition: Edition, *, at: datetime) -> "AssessmentPlan":
        """Write the plan of an edition from its frozen parts and cases. Once; a second call returns what is there."""
        if found := cls.objects.filter(edition=edition).first():
            return found
        items = {str(item.uuid): item for item in edition.items_of(EditionItem.Kind.CASE).select_related("revision")}
        scripts = {key: CaseScript.from_item(item) for key, item in items.items()}
        with transaction.atomic():
            rubrics = {key: Rubric.freeze(script, at=at) for key, script in scripts.items()}
            hashes = {key: rubric.content_hash for key, rubric in rubrics.items()}
            plan = cls.objects.create(
                edition=edition,
                content_hash=content_hash({"parts": edition.parts, "rubrics": hashes}),
                created_at=at,
            )
            for position, spec in enumerate(edition.parts):
                rules = dict(spec.get("defence") or spec.get("portfolio") or {})
                lines = rules.pop("rubric", None)
                part = Part.objects.create(
                    plan=plan,
                    position=position,
                    rules=rules,
                    rubric=Rubric.of(lines, title=spec["title"], title_en=spec["title_en"], at=at) if lines else None,
                    **{name: spec[name] for name in ("key", "kind", "title", "title_en", "weight", "pass_mark")},
                )
                for place, key in enumerate(spec["cases"]):
                    Assignment.objects.create(
                        part=part,
                        item=items[key],
                        rubric=rubrics[key],
                        disagreement_limit=scripts[key].disagreement_limit,
                        position=place,
                    )
        return plan


class Part(AppendOnly):
    """考核环节. Marks are points of 100; failing one part fails the whole."""

    class Kind(models.TextChoices):
        CASE = "case", _("case work")
        THEORY = "theory", _("theory")
        DEFENCE = "defence", _("defence")
        PORTFOLIO = "portfolio", _("portfolio")

    plan = models.ForeignKey(AssessmentPlan, on_delete=models.PROTECT, related_name="parts")
    key = models.SlugField(max_length=40)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    title = models.CharField(max_length=80)
    title_en = models.CharField(max_length=120, blank=True)
    weight = models.PositiveSmallIntegerField()
    pass_mark = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField()
    # Of a defence or portfolio: `curriculum.part_rules`, frozen; {} for a part that its cases make up.
    rules = models.JSONField(default=dict, blank=True)
    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, null=True, blank=True, related_name="parts")

    class Meta:
        verbose_name = _("assessment part")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "key"], name="part_key_once"),
            models.CheckConstraint(condition=Q(pass_mark__lte=100), name="pass_mark_of_100"),
            models.CheckConstraint(condition=Q(weight__gt=0, weight__lte=100), name="weight_in_percent"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_defence(self) -> bool:
        """Whether a panel decides it; a part of that name made up of cases is case work."""
        return self.kind == self.Kind.DEFENCE and bool(self.rules)

    @property
    def is_portfolio(self) -> bool:
        return self.kind == self.Kind.PORTFOLIO and bool(self.rules)

    @property
    def defence(self) -> DefenceRules:
        return DefenceRules.read(self.rules)

    @property
    def portfolio(self) -> PortfolioRules:
        return PortfolioRules.read(self.rules)


class Assignment(AppendOnly):
    """作业任务: the work product of one case of the edition, marked by one rubric."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="assignments")
    item = models.OneToOneField(EditionItem, on_delete=models.PROTECT, related_name="assignment")
    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, related_name="assignments")
    disagreement_limit = models.PositiveSmallIntegerField(help_text=_("in points of 100"))
    position = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("assignment")
        ordering = ["position"]

    def __str__(self) -> str:
        return self.item.title

    def script(self, variant: str = "") -> CaseScript:
        """The case of this assignment, in one of its variants where it has any, in the words of the reader's language."""
        return script_of_item(self.item, variant)
