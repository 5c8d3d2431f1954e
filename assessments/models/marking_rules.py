"""评阅分配规则: where the marks of a level come from, and what follows a disagreement. Set by the authority, appended."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from curriculum.models import Level

from ..turns import ONE, OTHER, OWN
from .terms import Terms, TermsQuerySet, days_field


class MarkingRuleQuerySet(TermsQuerySet):
    def in_force(self, at: datetime) -> dict[str, "MarkingRule"]:
        """{level's code, or "" for every other level: the rule}; always with "". One query."""
        found = {rule.level: rule for rule in self.filter(set_at__lte=at).order_by("set_at", "pk")}
        return {"": MarkingRule(), **found}

    def for_level(self, level: str, at: datetime) -> "MarkingRule":
        """The rule of a level: its own, else that of every level without one, else our own, which changes nothing."""
        rules = self.in_force(at)
        return rules.get(level, rules[""])

    def standing(self, at: datetime) -> list["MarkingRule"]:
        return sorted(self.in_force(at).values(), key=lambda rule: rule.level)


class MarkingRule(Terms):
    """Who marks what on one level. A turn that was taken stays; the rule holds for what is taken from now on."""

    class From(models.TextChoices):
        OWN = OWN, _("both marks from the base itself")
        ONE = ONE, _("one of the two marks from another base")
        OTHER = OTHER, _("both marks from other bases")

    class Disagreement(models.TextChoices):
        MODERATOR = "moderator", _("the moderator decides")
        THIRD = "third", _("a third assessor marks first")

    ACTION = "assessments.marking_rule.set"

    level = models.CharField(
        pgettext_lazy("of ability", "level"), max_length=12, choices=Level.Code.choices, blank=True,
        help_text=_("Empty: every level without a rule of its own."),
    )  # fmt: skip
    marks_from = models.CharField(_("where the marks come from"), max_length=5, choices=From.choices, default=From.OWN)
    own_base_days = days_field(
        _("days kept for assessors of other bases"), 7, least=0,
        help_text=_("From the hand-in. Afterwards, or where no other base has an assessor, the base's own may mark."),
    )  # fmt: skip
    on_disagreement = models.CharField(
        _("when two marks disagree"), max_length=9, choices=Disagreement.choices, default=Disagreement.MODERATOR
    )
    third_days = days_field(
        _("days for the third mark"), 7, help_text=_("Afterwards the moderator decides without one.")
    )

    objects = MarkingRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("marking rule")
        verbose_name_plural = _("marking rules")
        ordering = ["-set_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(marks_from__in=[OWN, ONE, OTHER]), name="marks_come_from_somewhere"),
        ]

    def __str__(self) -> str:
        return f"{self.level or '*'}: {self.marks_from}"

    @classmethod
    def before_the_first(cls) -> "MarkingRule":
        return cls()

    def logged(self) -> dict[str, Any]:
        return {"level": self.level, "marks_from": self.marks_from, "on_disagreement": self.on_disagreement}

    def facts(self) -> list[tuple[Any, Any]]:
        def days(count: int):
            return ngettext("%(count)s day", "%(count)s days", count) % {"count": count}

        third = self.on_disagreement == self.Disagreement.THIRD
        return [
            (pgettext_lazy("of ability", "Level"), self.get_level_display() if self.level else _("every other level")),
            (_("Marks come from"), self.get_marks_from_display()),
            (_("Kept for other bases"), "–" if self.marks_from == OWN else days(self.own_base_days)),
            (_("On disagreement"), self.get_on_disagreement_display()),
            (_("Third mark within"), days(self.third_days) if third else "–"),
        ]

    def waited(self, since: datetime, at: datetime) -> bool:
        """Whether the days kept for assessors of other bases are over for what was handed in then."""
        return since + timedelta(days=self.own_base_days) <= at
