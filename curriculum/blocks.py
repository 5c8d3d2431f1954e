"""StreamField blocks of lessons and case scenarios. Each has its own template under curriculum/blocks/."""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock

from . import examples
from .deliverable_blocks import DeliverableBlock, KeyBlock
from .library_blocks import LibraryStatuteBlock, LibraryTermBlock
from .media_blocks import DocumentBlock, FigureBlock, VideoBlock
from .plain_blocks import PlainBlock
from .rule_blocks import ConditionBlock, EffectBlock, InjectBlock, NegotiationBlock, RouteBlock
from .scorm_blocks import ScormBlock

__all__ = ["DeliverableBlock", "KeyBlock"]

TEXT_FEATURES = ["bold", "italic", "ol", "ul", "link", "blockquote", "h3", "h4"]


class KeyTermBlock(blocks.StructBlock):
    term = blocks.CharBlock(label=_("term"), max_length=80)
    term_en = blocks.CharBlock(label=_("English term"), max_length=120, required=False)
    definition = blocks.TextBlock(label=_("definition"))

    class Meta:
        icon = "tag"
        label = _("Key term")
        description = _("A word of the trade with its meaning.")
        preview_value = {
            "term": "技术成熟度",
            "term_en": "technology readiness",
            "definition": "一项技术离实际应用还有多远，常按九级描述。",
        }
        template = "curriculum/blocks/key_term.html"


class StatuteBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("statute or document"), max_length=160)
    article = blocks.CharBlock(label=_("article"), max_length=60, required=False)
    quotation = blocks.TextBlock(label=_("quotation, word for word"))
    source_url = blocks.URLBlock(label=_("source address"))
    valid_on = blocks.DateBlock(label=_("checked on"))

    class Meta:
        icon = "openquote"
        label = _("Statute quotation")
        description = _("Words of a statute or standard exactly as they stand there, with source and date.")
        preview_value = {
            "title": "某项规定（示例）",
            "article": "第一条",
            "quotation": "此处逐字引用原文。",
            "source_url": "https://example.org/",
            "valid_on": date(2026, 1, 1),
        }
        template = "curriculum/blocks/statute.html"


class OptionBlock(PlainBlock):
    key = KeyBlock(label=_("key"))
    text = blocks.TextBlock(label=_("answer"))
    correct = blocks.BooleanBlock(label=_("right"), required=False)
    feedback = blocks.TextBlock(label=_("feedback"))


class SelfCheckBlock(blocks.StructBlock):
    key = KeyBlock(label=_("key"))
    question = blocks.TextBlock(label=_("question"))
    options = blocks.ListBlock(OptionBlock(), min_num=2, label=_("answers"))

    class Meta:
        icon = "help"
        label = _("Self-check question")
        description = _("A question with answers that say whether they hold, and why. Not marked.")
        preview_value = {
            "key": "q1",
            "question": "接到一项成果，先核对什么？",
            "options": [
                {"key": "a", "text": "权属", "correct": True, "feedback": "先弄清是谁的，再谈怎么用。"},
                {"key": "b", "text": "价格", "correct": False, "feedback": "权属不清，谈价没有意义。"},
            ],
        }
        template = "curriculum/blocks/self_check.html"

    def clean(self, value):
        result = super().clean(value)
        if not any(option["correct"] for option in result["options"]):
            raise ValidationError(_("Mark at least one answer as right."))
        return result


class DiscussionBlock(blocks.StructBlock):
    key = KeyBlock(label=_("key"))
    prompt = blocks.TextBlock(label=_("question for discussion"))

    class Meta:
        icon = "comment"
        label = _("Discussion")
        description = _("A question for the class to talk over.")
        preview_value = {"key": "d1", "prompt": "如果企业只说“想要一个传感器”，您会接着问哪三个问题？"}
        template = "curriculum/blocks/discussion.html"


EXHIBIT_KINDS = [
    ("memo", _("memo")),
    ("table", _("table")),
    ("email", _("e-mail")),
    ("interview", _("interview notes")),
    ("standard", _("extract of a standard or rule")),
    ("data", _("data")),
]


class ExhibitBlock(blocks.StructBlock):
    """A document of the case or lesson. `html` is kept by nh3's allow-list so that tables are possible."""

    key = KeyBlock(label=_("key"))
    title = blocks.CharBlock(label=_("title"), max_length=160)
    kind = blocks.ChoiceBlock(choices=EXHIBIT_KINDS, label=_("kind"))
    html = blocks.TextBlock(label=_("text (simple HTML)"), rows=10)
    document = DocumentChooserBlock(label=_("file"), required=False)

    class Meta:
        icon = "doc-full"
        label = _("Exhibit")
        description = _("A document of the case or lesson: memo, table, e-mail, interview notes, extract or data.")
        preview_value = {
            "key": "memo",
            "title": "用户来信（示例）",
            "kind": "memo",
            "html": "<p>冬天洗澡时，热水器偶尔自己熄火。</p>",
            "document": None,
        }
        template = "curriculum/blocks/exhibit.html"


class StatuteExhibitBlock(LibraryStatuteBlock):
    """A statute of the library as an exhibit of a case: stages name it by its key like any other."""

    key = KeyBlock(label=_("key"))

    class Meta:
        preview_value = examples.STATUTE | {"key": "law"}


class LessonBody(blocks.StreamBlock):
    heading = blocks.CharBlock(
        label=_("Heading"), icon="title", template="curriculum/blocks/heading.html", preview_value="一、从一个失败的电话说起",
        description=_("Begins a section of the lesson; it stands in the outline."),
    )  # fmt: skip
    text = blocks.RichTextBlock(
        label=_("Text"), features=TEXT_FEATURES, template="curriculum/blocks/text.html", preview_value=examples.TEXT,
        description=_("Paragraphs, lists and links."),
    )  # fmt: skip
    table = blocks.TextBlock(
        label=_("Table (simple HTML)"), icon="table", rows=8, template="curriculum/blocks/simple_html.html",
        preview_value=examples.TABLE, description=_("A table, written as simple HTML."),
    )  # fmt: skip
    figure = FigureBlock()
    video = VideoBlock()
    document = DocumentBlock()
    key_term = KeyTermBlock()
    library_term = LibraryTermBlock()
    statute = StatuteBlock()
    library_statute = LibraryStatuteBlock()
    exhibit = ExhibitBlock()
    self_check = SelfCheckBlock()
    discussion = DiscussionBlock()
    scorm_package = ScormBlock()


# --- Case scenarios ---------------------------------------------------------------------------------------------------


class DecisionOptionBlock(PlainBlock):
    key = KeyBlock(label=_("key"))
    text = blocks.TextBlock(label=_("what the trainee may do"))
    consequence = blocks.RichTextBlock(label=_("what then happens"), features=TEXT_FEATURES)
    next = blocks.CharBlock(label=_("next stage (empty: the one below)"), required=False, max_length=40)
    condition = ConditionBlock(label=_("open only if"))
    effects = blocks.ListBlock(EffectBlock(), default=[], label=_("effects"))
    releases = blocks.ListBlock(KeyBlock(), default=[], label=_("exhibits it brings"))
    routes = blocks.ListBlock(RouteBlock(), default=[], label=_("other ways (the first whose condition holds)"))


class DecisionBlock(PlainBlock):
    question = blocks.TextBlock(label=_("question"))
    options = blocks.ListBlock(DecisionOptionBlock(), min_num=2, label=_("options"))


class StageBlock(PlainBlock):
    key = KeyBlock(label=_("key"))
    title = blocks.CharBlock(label=_("title"), max_length=120)
    narrative = blocks.RichTextBlock(label=_("narrative"), features=TEXT_FEATURES)
    exhibits = blocks.ListBlock(KeyBlock(), default=[], label=_("exhibits that appear here"))
    decision = blocks.ListBlock(DecisionBlock(), default=[], max_num=1, label=_("decision"))
    negotiation = blocks.ListBlock(
        NegotiationBlock(), default=[], max_num=1, label=_("negotiation (instead of a decision)")
    )
    injects = blocks.ListBlock(InjectBlock(), default=[], label=_("news that breaks in"))

    class Meta:
        icon = "list-ol"
        label = _("Stage")
        description = _("One scene of the case: what happens, and what the trainee decides or negotiates.")


class BandBlock(PlainBlock):
    points = blocks.IntegerBlock(label=_("points"), min_value=0, max_value=100)
    label = blocks.CharBlock(label=_("label"), max_length=30)
    label_en = blocks.CharBlock(label=_("English label"), max_length=40, required=False)
    descriptor = blocks.TextBlock(label=_("descriptor"))


class RubricCriterionBlock(PlainBlock):
    key = KeyBlock(label=_("key"))
    title = blocks.CharBlock(label=_("criterion"), max_length=120)
    title_en = blocks.CharBlock(label=_("English criterion"), max_length=160, required=False)
    competence = blocks.CharBlock(label=_("competence code"), max_length=30)
    bands = blocks.ListBlock(BandBlock(), min_num=2, label=_("bands, lowest first"))

    class Meta:
        icon = "tick-inverse"
        label = _("Criterion")
        description = _("What is judged, and in which bands, each with its points and words.")

    def clean(self, value):
        result = super().clean(value)
        points = [band["points"] for band in result["bands"] if band["points"] is not None]  # a draft may have gaps
        if points != sorted(set(points)):
            raise ValidationError(_("Each band needs more points than the one before it."))
        return result
