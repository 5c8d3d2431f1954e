"""Blocks of a case's rules: variables, effects, ways, news, counterparts, negotiations, variants. What they mean stands in
`curriculum/caserules.py`; whether they fit together is checked there too, before review."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from .caserules import PLACEHOLDER
from .expressions import ExpressionError, parse
from .plain_blocks import PlainBlock

TEXT_FEATURES = ["bold", "italic", "ol", "ul", "link", "blockquote", "h3", "h4"]
is_name = RegexValidator(r"^[a-z][a-z0-9_]*$", _("Lower-case letters, digits and underscores, a letter first."))
COUNTERPART_KINDS = [
    ("lab", _("laboratory")),
    ("enterprise", _("enterprise")),
    ("investor", _("investor")),
    ("lawyer", _("lawyer")),
    ("office", _("public office")),
]


class NameBlock(blocks.CharBlock):
    """A name that conditions and amounts can use."""

    def __init__(self, **kwargs):
        kwargs.setdefault("max_length", 40)
        kwargs.setdefault("validators", [is_name])
        kwargs.setdefault("help_text", _("A name for conditions and amounts: lower-case letters, digits, underscores."))
        super().__init__(**kwargs)


class ExpressionBlock(blocks.CharBlock):
    """A condition or an amount; what can't be read is said while editing."""

    def __init__(self, **kwargs):
        kwargs.setdefault("max_length", 400)
        super().__init__(**kwargs)

    def clean(self, value):
        value = super().clean(value)
        if value:
            try:
                parse(PLACEHOLDER.sub("1", value))
            except ExpressionError as error:
                word = error.word or value.strip()[-20:]
                raise ValidationError(_("This can't be read near “%(word)s”.") % {"word": word}) from error
        return value


class ConditionBlock(ExpressionBlock):
    def __init__(self, **kwargs):
        kwargs.setdefault("required", False)
        kwargs.setdefault(
            "help_text",
            _('Empty: always. Such as: budget >= 10 and not visited("escrow"); chose("visit", "users") or trust > 60'),
        )
        super().__init__(**kwargs)


class EffectBlock(PlainBlock):
    variable = NameBlock(label=_("variable"))
    how = blocks.ChoiceBlock(choices=[("add", _("changes by")), ("set", _("becomes"))], default="add", label=_("how"))
    amount = ExpressionBlock(label=_("amount"), help_text=_("A number, or such as: -0.5 * fee"))


class RouteBlock(PlainBlock):
    condition = ConditionBlock(label=_("if"), required=True, help_text="")
    next = blocks.CharBlock(label=_("then to stage"), max_length=40)


class InjectBlock(PlainBlock):
    key = blocks.CharBlock(label=_("key"), max_length=40)
    title = blocks.CharBlock(label=_("title"), max_length=120)
    text = blocks.RichTextBlock(label=_("text"), features=TEXT_FEATURES)
    after = blocks.IntegerBlock(
        label=_("minutes after the stage was entered"), min_value=0, max_value=24 * 60, default=0,
        help_text=_("0: at once. Pauses don't count."),
    )  # fmt: skip
    condition = ConditionBlock(label=_("only if"))
    effects = blocks.ListBlock(EffectBlock(), default=[], label=_("effects"))
    releases = blocks.ListBlock(blocks.CharBlock(max_length=40), default=[], label=_("exhibits it brings"))


class ChoiceBlock(PlainBlock):
    key = NameBlock(label=_("key"))
    text = blocks.CharBlock(label=_("text"), max_length=160)
    value = blocks.IntegerBlock(label=_("worth to the counterpart (0–100)"), min_value=0, max_value=100, default=50)


class TermBlock(PlainBlock):
    key = NameBlock(label=_("key"))
    label = blocks.CharBlock(label=_("label"), max_length=80)
    label_en = blocks.CharBlock(label=_("English label"), max_length=120, required=False)
    kind = blocks.ChoiceBlock(choices=[("number", _("number")), ("choice", _("choice"))], default="number", label=_("kind"))
    unit = blocks.CharBlock(label=_("unit"), max_length=20, required=False)
    weight = blocks.FloatBlock(label=_("weight for the counterpart"), min_value=0.1, default=1)
    least = blocks.FloatBlock(label=_("least that can be offered"), default=0)
    most = blocks.FloatBlock(label=_("most that can be offered"), default=100)
    step = blocks.FloatBlock(label=_("step"), default=1)
    best = blocks.FloatBlock(label=_("best for the counterpart"), default=0)
    worst = blocks.FloatBlock(label=_("worth nothing to the counterpart from"), default=100)
    limit = blocks.FloatBlock(label=_("never beyond"), required=False)
    refusal = blocks.TextBlock(label=_("what they say beyond it"), required=False)
    choices = blocks.ListBlock(ChoiceBlock(), default=[], label=_("choices"))


class OutcomeBlock(PlainBlock):
    key = NameBlock(label=_("key"))
    title = blocks.CharBlock(label=_("title"), max_length=80)
    title_en = blocks.CharBlock(label=_("English title"), max_length=120, required=False)
    unit = blocks.CharBlock(label=_("unit"), max_length=20, required=False)
    amount = ExpressionBlock(
        label=_("amount"),
        help_text=_(
            "Over the terms and variables; also npv(rate, year 1, year 2, …), annuity(rate, payment, years) and "
            "dilution(share, new money, pre-money value)."
        ),
    )


class SeatChoiceBlock(PlainBlock):
    key = NameBlock(label=_("key of the choice"))
    value = blocks.IntegerBlock(label=_("worth to this seat (0–100)"), min_value=0, max_value=100, default=50)


class SeatTermBlock(PlainBlock):
    term = NameBlock(label=_("term (key)"))
    weight = blocks.FloatBlock(label=_("weight for this seat"), min_value=0.1, default=1)
    best = blocks.FloatBlock(label=_("best for this seat"), default=0)
    worst = blocks.FloatBlock(label=_("worth nothing to this seat from"), default=100)
    limit = blocks.FloatBlock(label=_("its script never goes beyond"), required=False)
    refusal = blocks.TextBlock(label=_("what it says beyond it"), required=False)
    values = blocks.ListBlock(SeatChoiceBlock(), default=[], label=_("worth of the choices"))


class SeatBlock(PlainBlock):
    """A role that a trainee plays, or its script."""

    key = NameBlock(label=_("key"))
    name = blocks.CharBlock(label=_("name of the role"), max_length=80)
    name_en = blocks.CharBlock(label=_("English name"), max_length=120, required=False)
    kind = blocks.ChoiceBlock(choices=COUNTERPART_KINDS, default="enterprise", label=_("kind"))
    profile = blocks.RichTextBlock(label=_("what everybody may know"), features=TEXT_FEATURES)
    brief = blocks.RichTextBlock(
        label=_("private brief"), features=TEXT_FEATURES, required=False,
        help_text=_("Only who sits here reads it. Write down what the role wants, its limits, and why."),
    )  # fmt: skip
    opening = blocks.IntegerBlock(label=_("worth asked for at first (0–100)"), min_value=1, max_value=100, default=80)
    reserve = blocks.IntegerBlock(label=_("worth asked for at last (0–100)"), min_value=1, max_value=100, default=50)
    terms = blocks.ListBlock(SeatTermBlock(), min_num=1, label=_("what each term is worth to this seat"))
    outcomes = blocks.ListBlock(OutcomeBlock(), default=[], label=_("figures for this seat's eyes"))


class RoomBlock(PlainBlock):
    """Two to five people at one table, instead of one trainee and a counterpart."""

    minutes = blocks.IntegerBlock(
        label=_("minutes for one move"), min_value=1, max_value=14 * 24 * 60, default=24 * 60,
        help_text=_("Such as 10 when everybody sits together, 1440 for a day."),
    )  # fmt: skip
    missed = blocks.ChoiceBlock(
        choices=[("scripted", _("the script moves for the seat")), ("pass", _("the seat passes"))], default="scripted",
        label=_("when the time for a move is over"),
    )  # fmt: skip
    waiting = blocks.IntegerBlock(
        label=_("minutes until an open room begins by itself"), min_value=0, max_value=14 * 24 * 60, default=0,
        help_text=_("With scripts on the empty seats. 0: it waits until it is full or somebody begins."),
    )  # fmt: skip
    reveal = blocks.BooleanBlock(
        label=_("the debrief shows all briefs and weights"), required=False, default=True,
    )  # fmt: skip
    seats = blocks.ListBlock(
        SeatBlock(), min_num=2, max_num=5, label=_("seats, in the order of their moves"),
        help_text=_("In previews you sit on the first one."),
    )  # fmt: skip


class NegotiationBlock(PlainBlock):
    """Rounds of offers with one scripted counterpart, or with others in a room, instead of a decision."""

    counterpart = blocks.CharBlock(
        label=_("counterpart (key)"), max_length=40, required=False, help_text=_("Empty where there is a room.")
    )
    rounds = blocks.IntegerBlock(label=_("rounds"), min_value=1, max_value=12, default=4)
    opening = blocks.IntegerBlock(
        label=_("worth asked for at first (0–100)"), min_value=1, max_value=100, default=80,
        help_text=_("An offer is worth 100 to the counterpart when every term is at its best."),
    )  # fmt: skip
    reserve = blocks.IntegerBlock(label=_("worth asked for at last (0–100)"), min_value=1, max_value=100, default=50)
    terms = blocks.ListBlock(TermBlock(), min_num=1, label=_("terms"))
    outcomes = blocks.ListBlock(OutcomeBlock(), default=[], label=_("what an offer comes to (shown)"))
    deal_text = blocks.RichTextBlock(label=_("what follows a deal"), features=TEXT_FEATURES)
    on_deal = blocks.ListBlock(EffectBlock(), default=[], label=_("effects of a deal"))
    next_deal = blocks.CharBlock(label=_("next stage after a deal (empty: the one below)"), required=False, max_length=40)
    failure_text = blocks.RichTextBlock(label=_("what follows without a deal"), features=TEXT_FEATURES)
    on_failure = blocks.ListBlock(EffectBlock(), default=[], label=_("effects without a deal"))
    next_failure = blocks.CharBlock(
        label=_("next stage without a deal (empty: the one below)"), required=False, max_length=40
    )
    room = blocks.ListBlock(RoomBlock(), default=[], max_num=1, label=_("room for several people"))


class VariableBlock(PlainBlock):
    key = NameBlock(label=_("key"))
    title = blocks.CharBlock(label=_("title"), max_length=60)
    title_en = blocks.CharBlock(label=_("English title"), max_length=80, required=False)
    unit = blocks.CharBlock(label=_("unit"), max_length=20, required=False)
    start = ExpressionBlock(label=_("at the start"), default="0")
    least = blocks.FloatBlock(label=_("never below"), required=False)
    most = blocks.FloatBlock(label=_("never above"), required=False)
    shown = blocks.BooleanBlock(label=_("shown to the trainee"), required=False, default=True)

    class Meta:
        icon = "sliders"
        label = _("Variable")
        description = _("Something that changes: budget, days, trust. A variable “trust” (0–100) makes counterparts patient.")


class CounterpartBlock(PlainBlock):
    key = blocks.CharBlock(label=_("key"), max_length=40)
    name = blocks.CharBlock(label=_("name"), max_length=80)
    name_en = blocks.CharBlock(label=_("English name"), max_length=120, required=False)
    kind = blocks.ChoiceBlock(choices=COUNTERPART_KINDS, default="enterprise", label=_("kind"))
    profile = blocks.RichTextBlock(label=_("what everybody may know"), features=TEXT_FEATURES)
    brief = blocks.RichTextBlock(
        label=_("private brief"), features=TEXT_FEATURES, required=False,
        help_text=_("Only who plays this role reads it; trainees see it in the debrief."),
    )  # fmt: skip

    class Meta:
        icon = "user"
        label = _("Counterpart")
        description = _("A person or body of the case, with what everybody knows and what only the role knows.")


class ValueBlock(PlainBlock):
    name = NameBlock(label=_("placeholder"))
    value = blocks.CharBlock(label=_("value"), max_length=200)


class VariantBlock(PlainBlock):
    key = blocks.CharBlock(label=_("key"), max_length=40)
    title = blocks.CharBlock(label=_("title"), max_length=80)
    values = blocks.ListBlock(ValueBlock(), min_num=1, label=_("values of the placeholders"))

    class Meta:
        icon = "copy"
        label = _("Variant")
        description = _("Other names and numbers for the same case. Texts and amounts name them as {{placeholder}}.")
