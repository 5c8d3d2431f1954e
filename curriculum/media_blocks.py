"""Blocks that show a picture or a film. What their files have to be is said while editing, and again at review."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.list_block import ListBlockValidationError
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock

from . import captions, document_card, examples, media
from .films import elsewhere, kind_of, media_type, seconds
from .plain_blocks import PlainBlock

TEXT_FEATURES = ["bold", "italic", "ol", "ul", "link", "blockquote", "h3", "h4"]


class FigureBlock(blocks.StructBlock):
    """A picture either says something, and then in words too, or is there for decoration, and is marked so."""

    image = ImageChooserBlock(label=_("image"))
    alt = blocks.CharBlock(
        label=_("text instead of the image"), max_length=255, required=False,
        help_text=_("What the picture says, for those who can't see it. Empty only for decoration."),
    )  # fmt: skip
    decorative = blocks.BooleanBlock(label=_("for decoration only"), required=False)
    caption = blocks.CharBlock(label=_("caption"), required=False, max_length=255)
    source = blocks.CharBlock(label=_("source of the picture"), required=False, max_length=160)
    source_url = blocks.URLBlock(label=_("source address"), required=False)
    licence = blocks.CharBlock(label=_("licence"), required=False, max_length=120)

    class Meta:
        icon = "image"
        label = _("Figure")
        description = _("An image with its caption, and words for those who can't see it.")
        preview_value = staticmethod(examples.figure)
        template = "curriculum/blocks/figure.html"

    def clean(self, value):
        result = super().clean(value)
        if not result["alt"].strip() and not result["decorative"]:
            problem = ValidationError(_("Say in words what the picture shows, or mark it as decoration."))
            raise StructBlockValidationError({"alt": problem})
        return result


class ChapterBlock(PlainBlock):
    time = blocks.CharBlock(label=_("time"), max_length=8, help_text=_("From the beginning, such as 1:05 or 1:02:03."))
    title = blocks.CharBlock(label=_("title"), max_length=120)
    title_en = blocks.CharBlock(label=_("English title"), max_length=160, required=False)

    def clean(self, value):
        result = super().clean(value)
        if seconds(result["time"]) is None:
            raise StructBlockValidationError({"time": ValidationError(_("Write a time such as 1:05 or 1:02:03."))})
        return result


class VideoBlock(blocks.StructBlock):
    """A film: a file of the base, or one on another site, with what it says in writing."""

    title = blocks.CharBlock(label=_("title"), max_length=255)
    file = DocumentChooserBlock(label=_("video file (MP4 or WebM)"), required=False)
    address = blocks.URLBlock(
        label=_("or its address on another site"), required=False,
        help_text=_("A film's page on Bilibili, Tencent Video or YouTube, or an https address of an MP4 or WebM file. "
                    "Readers are told that the other site will see them, and nothing is asked of it before they say so."),
    )  # fmt: skip
    poster = ImageChooserBlock(label=_("picture shown before it plays"), required=False)
    captions = DocumentChooserBlock(label=_("captions (WebVTT)"), required=False)
    captions_en = DocumentChooserBlock(label=_("English captions (WebVTT)"), required=False)
    transcript = blocks.RichTextBlock(
        label=_("transcript"), features=TEXT_FEATURES, required=False,
        help_text=_("What is said and shown, in writing. With captions it may be empty: they are then shown as text."),
    )  # fmt: skip
    chapters = blocks.ListBlock(ChapterBlock(), default=[], label=_("chapters"))

    class Meta:
        icon = "media"
        label = _("Video")
        description = _("A film of your base or of another site, with captions, chapters and a transcript.")
        preview_value = staticmethod(examples.video)
        template = "curriculum/blocks/video.html"

    def clean(self, value):
        result = super().clean(value)
        errors = {name: ValidationError(problem) for name, problem in _problems(result).items()}
        if late := _out_of_order(result["chapters"]):
            problem = StructBlockValidationError({"time": ValidationError(_("Chapters stand in the order of their times."))})
            errors["chapters"] = ListBlockValidationError(block_errors={late: problem})
        if errors:
            raise StructBlockValidationError(errors)
        return result

    def get_context(self, value, parent_context=None):
        return super().get_context(value, parent_context) | {"film": media.film(value)}


def _problems(value: dict[str, Any]) -> dict[str, str]:
    """What is wrong with the parts of a film's block, by the name of the part."""
    found = {}
    if bool(value["file"]) == bool(value["address"]):
        found["file"] = _("Choose a file, or give an address: one of the two.")
    elif value["file"] and (problem := _film_problem(value["file"])):
        found["file"] = problem
    elif value["address"] and elsewhere(value["address"]) is None:
        found["address"] = _("We can't show a film from this address. Ask the operator which sites are allowed.")
    for name in ("captions", "captions_en"):
        if value[name] and (problem := _captions_problem(value[name])):
            found[name] = problem
    written = strip_tags(getattr(value["transcript"], "source", value["transcript"]) or "").strip()
    if not written and not value["captions"]:
        found["transcript"] = _("Give captions or a transcript: not everybody can hear the film.")
    return found


def _film_problem(document: Any) -> str:
    head = media.head_of(document, 64)
    if head is None:
        return _("The file can't be read.")
    kind = kind_of(head)
    if not kind or media_type(document.filename) != media_type(f"film.{kind}"):
        return _("This is no film in MP4 or WebM.")
    return ""


def _captions_problem(document: Any) -> str:
    data = media.head_of(document, captions.MAX_BYTES + 1)
    return _("The file can't be read.") if data is None else media.captions_problem(data)


def _out_of_order(chapters: list[Any]) -> int:
    """The place of the first chapter that is not later than the one above it; 0 when all are."""
    times = [seconds(chapter["time"]) or 0 for chapter in chapters]
    return next((at for at in range(1, len(times)) if times[at] <= times[at - 1]), 0)


class DocumentBlock(blocks.StructBlock):
    """A file for the reader to take along, with a look at it in the page where there is one."""

    document = DocumentChooserBlock(label=_("file"))
    title = blocks.CharBlock(
        label=_("title"), max_length=160, required=False, help_text=_("Empty: the title of the file."),
    )  # fmt: skip
    description = blocks.TextBlock(label=_("what it is for"), required=False, rows=2)
    preview = blocks.BooleanBlock(
        label=_("show a preview"), required=False, default=True,
        help_text=_("The first page of a PDF, the first rows of a table, the beginning of a text."),
    )  # fmt: skip

    class Meta:
        icon = "doc-full-inverse"
        label = _("Document")
        description = _("A file to download: its kind, size and pages, and a look at it.")
        preview_value = staticmethod(examples.document)
        template = "curriculum/blocks/document.html"

    def clean(self, value):
        result = super().clean(value)
        if media.head_of(result["document"], 1) in (None, b""):
            raise StructBlockValidationError({"document": ValidationError(_("The file can't be read."))})
        return result

    def get_context(self, value, parent_context=None):
        return super().get_context(value, parent_context) | {"card": document_card.card(value)}
