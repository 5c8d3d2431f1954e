"""Blocks of a course's assessment parts, and of the rules of those that are no case work."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail import blocks

from .blocks import KeyBlock, RubricCriterionBlock
from .default_rubric import defence_rubric
from .part_rules import PANEL_LEAST, PANEL_MOST
from .plain_blocks import PlainBlock


class DefenceBlock(PlainBlock):
    """答辩: how the panel is made up and decides, who may defend what, and the rubric. Frozen with the edition."""

    seats_least = blocks.IntegerBlock(label=_("fewest panel members"), min_value=PANEL_LEAST, max_value=PANEL_MOST, default=3)
    seats_most = blocks.IntegerBlock(label=_("most panel members"), min_value=PANEL_LEAST, max_value=PANEL_MOST, default=5)
    quorum = blocks.IntegerBlock(
        label=_("quorum"), help_text=_("Votes that have to be given for a decision; members with a conflict don't count."),
        min_value=PANEL_LEAST, max_value=PANEL_MOST, default=3,
    )  # fmt: skip
    majority = blocks.ChoiceBlock(
        choices=[("half", _("more than half of the votes")), ("two_thirds", _("at least two thirds of the votes"))],
        default="half", label=_("majority"),
    )  # fmt: skip
    tie = blocks.ChoiceBlock(
        choices=[("chair", _("the chair's vote decides")), ("again", _("one more round, after it the chair's vote"))],
        default="chair", label=_("with as many votes for as against"),
    )  # fmt: skip
    work = blocks.ChoiceBlock(
        choices=[("handed_in", _("handed in")), ("released", _("marked and released")), ("passed", _("passed"))],
        default="handed_in", label=_("the work product has to be"),
    )  # fmt: skip
    marks_shown = blocks.BooleanBlock(label=_("the panel sees the result of the work product"), required=False, default=False)
    choose = blocks.BooleanBlock(label=_("trainees choose their slot themselves"), required=False, default=True)
    moves = blocks.IntegerBlock(label=_("how often a trainee may change the slot"), min_value=0, max_value=5, default=1)
    moves_hours = blocks.IntegerBlock(label=_("until how many hours before"), min_value=0, max_value=720, default=48)
    attempts = blocks.IntegerBlock(label=_("attempts in all"), min_value=1, max_value=3, default=2)
    absence_counts = blocks.BooleanBlock(label=_("an unexcused absence is a failed attempt"), required=False, default=True)
    rubric = blocks.ListBlock(RubricCriterionBlock(), min_num=1, default=defence_rubric, label=_("rubric of the defence"))

    class Meta:
        icon = "group"
        label = pgettext_lazy("oral", "Defence")
        description = _("A panel hears the trainee on a work product and votes.")

    def clean(self, value):
        result = super().clean(value)
        if not result["quorum"] <= result["seats_least"] <= result["seats_most"]:
            raise ValidationError(_("The quorum can't be above the fewest members, nor these above the most."))
        return result


class PortfolioBlock(PlainBlock):
    """业绩档案: how many verified deals it takes. Frozen with the edition."""

    deals = blocks.IntegerBlock(label=_("verified deals"), min_value=1, max_value=20, default=3)
    kinds = blocks.IntegerBlock(label=_("of how many different kinds"), min_value=1, max_value=6, default=2)
    years = blocks.IntegerBlock(label=_("not older than so many years (0: no limit)"), min_value=0, max_value=30, default=5)
    referees = blocks.IntegerBlock(label=_("referees who confirm each deal"), min_value=0, max_value=2, default=1)
    referee_days = blocks.IntegerBlock(label=_("days a referee's link is good"), min_value=1, max_value=90, default=21)
    reminder_days = blocks.IntegerBlock(label=_("days after which a referee is reminded"), min_value=1, max_value=60, default=7)
    keep_days = blocks.IntegerBlock(
        label=_("days after which a referee's personal data is erased"), min_value=30, max_value=3650, default=365
    )

    class Meta:
        icon = "folder-open-inverse"
        label = _("Portfolio")
        description = _("Deals of the trainee, with evidence and referees, checked by the base.")

    def clean(self, value):
        result = super().clean(value)
        if result["kinds"] > result["deals"]:
            raise ValidationError(_("There can't be more kinds than deals."))
        return result


class PartBlock(PlainBlock):
    """考核环节: a part of the assessment, with its weight and its own pass mark (in points of 100)."""

    key = KeyBlock(label=_("key"))
    kind = blocks.ChoiceBlock(
        choices=[("case", _("case work")), ("theory", _("theory")), ("defence", _("defence")), ("portfolio", _("portfolio"))],
        default="case",
        label=_("kind"),
    )
    title = blocks.CharBlock(label=_("title"), max_length=80)
    title_en = blocks.CharBlock(label=_("English title"), max_length=120, required=False)
    weight = blocks.IntegerBlock(label=_("weight (%)"), min_value=1, max_value=100, default=100)
    pass_mark = blocks.IntegerBlock(label=_("pass mark (of 100)"), min_value=0, max_value=100, default=60)
    cases = blocks.ListBlock(
        blocks.PageChooserBlock(page_type="curriculum.CaseScenarioPage"), default=[], label=_("cases of this part")
    )
    defence = blocks.ListBlock(DefenceBlock(), default=[], max_num=1, label=_("rules of the defence (instead of cases)"))
    portfolio = blocks.ListBlock(PortfolioBlock(), default=[], max_num=1, label=_("rules of the portfolio (instead of cases)"))

    class Meta:
        icon = "clipboard-list"
        label = _("Part")
        description = _("A part of the assessment, with its weight and its own pass mark.")
