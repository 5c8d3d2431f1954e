"""Blocks of the work product a case asks for. An author picks a kind of the library, whose fields come in when the page is
saved and may then be changed, or writes fields of their own."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError

from . import productkinds
from .deliverables import MOST_MEMBERS
from .plain_blocks import PlainBlock

TEXT_FEATURES = ["bold", "italic", "ol", "ul", "link", "blockquote", "h3", "h4"]
is_key = RegexValidator(r"^[a-z0-9][a-z0-9-]*$", _("Lower-case letters, digits and hyphens only."))


class KeyBlock(blocks.CharBlock):
    """A short stable name by which stages, exhibits, options and fields refer to each other."""

    def __init__(self, **kwargs):
        kwargs.setdefault("max_length", 40)
        kwargs.setdefault("validators", [is_key])
        kwargs.setdefault("help_text", _("A short stable name: lower-case letters, digits, hyphens."))
        super().__init__(**kwargs)


class RoleBlock(KeyBlock):
    """The name by which automatic checks know a field or a column."""

    def __init__(self, **kwargs):
        kwargs.setdefault("required", False)
        kwargs.setdefault("label", _("known to the checks as"))
        kwargs.setdefault("help_text", _("Empty: by its key. Automatic checks of the kind of work product look for this name."))
        super().__init__(**kwargs)


COLUMN_KINDS = [
    ("text", _("text")),
    ("number", _("number")),
    ("money", _("money")),
    ("date", _("date")),
    ("choice", _("choice")),
]
FIELD_KINDS = [
    ("text", _("one line")),
    ("longtext", _("several paragraphs")),
    ("number", _("number")),
    ("money", _("money")),
    ("date", _("date")),
    ("choice", _("choice")),
    ("table", _("table")),
]


class FieldChoiceBlock(PlainBlock):
    key = KeyBlock(label=_("key"))
    label = blocks.CharBlock(label=_("label"), max_length=80)
    label_en = blocks.CharBlock(label=_("English label"), max_length=120, required=False)


class ColumnBlock(PlainBlock):
    key = KeyBlock(label=_("key"))
    label = blocks.CharBlock(label=_("label"), max_length=60)
    label_en = blocks.CharBlock(label=_("English label"), max_length=80, required=False)
    kind = blocks.ChoiceBlock(choices=COLUMN_KINDS, default="text", label=_("kind"))
    choices = blocks.ListBlock(FieldChoiceBlock(), default=[], label=_("what can be chosen"))
    unit = blocks.CharBlock(label=_("unit"), max_length=20, required=False)
    total = blocks.BooleanBlock(label=_("add up below the table"), required=False)
    role = RoleBlock()


class DeliverableFieldBlock(PlainBlock):
    key = KeyBlock(label=_("key"))
    label = blocks.CharBlock(label=_("label"), max_length=120)
    label_en = blocks.CharBlock(label=_("English label"), max_length=160, required=False)
    kind = blocks.ChoiceBlock(choices=FIELD_KINDS, label=_("kind"))
    required = blocks.BooleanBlock(label=_("required"), required=False)
    help = blocks.TextBlock(label=_("hint"), required=False)
    help_en = blocks.TextBlock(label=_("English hint"), required=False)
    max_length = blocks.IntegerBlock(label=_("most characters"), default=4000, min_value=1, max_value=20000)
    choices = blocks.ListBlock(FieldChoiceBlock(), default=[], label=_("what can be chosen"))
    unit = blocks.CharBlock(label=_("unit"), max_length=20, required=False)
    columns = blocks.ListBlock(ColumnBlock(), default=[], label=_("columns of the table"))
    min_rows = blocks.IntegerBlock(label=_("fewest rows"), default=1, min_value=0, max_value=50)
    role = RoleBlock()


class DeliverableBlock(PlainBlock):
    """What is handed in: structured fields and, when asked for, a file."""

    kind = blocks.ChoiceBlock(
        choices=productkinds.choices,
        required=False,
        label=_("kind of the library"),
        help_text=_(
            "Leave title, instructions and fields empty to take those of the kind when you save; change them afterwards as the "
            "case needs. Its automatic checks come with it."
        ),
    )
    title = blocks.CharBlock(label=_("title"), max_length=120, required=False)
    title_en = blocks.CharBlock(label=_("English title"), max_length=160, required=False)
    instructions = blocks.RichTextBlock(label=_("instructions"), features=TEXT_FEATURES, required=False)
    instructions_en = blocks.RichTextBlock(label=_("English instructions"), features=TEXT_FEATURES, required=False)
    attachment = blocks.ChoiceBlock(
        choices=[("none", _("no file")), ("optional", _("optional file")), ("required", _("file required"))],
        default="optional",
        label=_("attachment"),
    )
    ai_shown = blocks.ChoiceBlock(
        choices=[("beside", _("beside the work product")), ("after", _("only after their mark is given"))],
        default="beside",
        label=_("assessors read the declaration on AI"),
    )
    team_least = blocks.IntegerBlock(label=_("members of a team, at least"), default=1, min_value=1, max_value=MOST_MEMBERS)
    team_most = blocks.IntegerBlock(
        label=_("members of a team, at most"), default=1, min_value=1, max_value=MOST_MEMBERS,
        help_text=_("1 and 1: everybody writes their own."),
    )  # fmt: skip
    fields = blocks.ListBlock(DeliverableFieldBlock(), default=[], label=_("fields"))

    class Meta:
        icon = "form"
        label = _("Work product")
        description = _("What the trainee hands in: a template of fields, and a file when asked for.")

    def clean(self, value):
        """Take from the kind what the author left empty."""
        result = super().clean(value)
        kind = productkinds.get(result["kind"]) if result["kind"] else None
        if kind is not None:
            filled = kind.block_value()
            if not result["title"]:
                result["title"], result["title_en"] = filled["title"], result["title_en"] or filled["title_en"]
            if not _words(result["instructions"]):
                for name in ("instructions", "instructions_en"):
                    if not _words(result[name]):
                        result[name] = self.child_blocks[name].to_python(filled[name])
            if not len(result["fields"]):
                result["fields"] = self.child_blocks["fields"].to_python(filled["fields"])
        if not result["title"] and not self.child_blocks["title"].is_deferred_validation:
            raise StructBlockValidationError(block_errors={"title": ValidationError(_("Give it a title, or pick a kind."))})
        if (result["team_least"] or 1) > (result["team_most"] or 1):
            wrong = ValidationError(_("The least size can't be above the largest."))
            raise StructBlockValidationError(block_errors={"team_most": wrong})
        return result


def _words(text) -> str:
    """What a rich text holds, "" for none."""
    return (getattr(text, "source", text) or "").strip()
