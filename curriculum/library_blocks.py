"""Blocks that take a statute or a term from the library. The block keeps what the library said when the page was saved."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.snippets.blocks import SnippetChooserBlock

from . import examples


class PinnedValue(blocks.StructValue):
    """`library`: the entry as it was when the page was saved (`LibraryEntry.snapshot()`), None before that."""

    library: dict[str, Any] | None = None


class LibraryBlock(blocks.StructBlock):
    """Abstract. `ENTRY` names the chooser. Saving in the editor takes the entry's present version; a stored revision
    keeps the one it has, whatever becomes of the entry."""

    ENTRY = ""

    class Meta:
        value_class = PinnedValue

    def _pin(self, value: PinnedValue) -> dict[str, Any] | None:
        entry = value.get(self.ENTRY)
        return entry.snapshot() if entry else None

    def clean(self, value):
        result = super().clean(value)
        result.library = self._pin(result)
        return result

    def to_python(self, value):
        result = super().to_python(value)
        result.library = value.get("library")
        return result

    def bulk_to_python(self, values):
        results = super().bulk_to_python(values)
        for result, value in zip(results, values, strict=True):
            result.library = value.get("library")
        return results

    def normalize(self, value):
        if not isinstance(value, dict) or isinstance(value, PinnedValue):
            return super().normalize(value)
        result = super().normalize({name: part for name, part in value.items() if name != "library"})
        result.library = value.get("library")
        return result

    def get_prep_value(self, value):
        return {**super().get_prep_value(value), "library": value.library or self._pin(value)}


def pinned(kind: str, entry, **value: Any) -> dict[str, Any]:
    """Return the plain value of such a block, for scripts and imports that write stream fields as JSON."""
    return {kind: entry.pk, **value, "library": entry.snapshot()}


class LibraryStatuteBlock(LibraryBlock):
    ENTRY = "statute"

    statute = SnippetChooserBlock("curriculum.Statute", label=_("statute or document"))
    article = blocks.CharBlock(label=_("article"), max_length=60, required=False)
    quotation = blocks.TextBlock(label=_("quotation, word for word"))

    class Meta:
        icon = "openquote"
        label = _("Statute from the library")
        preview_value = examples.STATUTE
        description = _("Words of a statute of the library. Title, source and the day of its last check come from there.")
        template = "curriculum/blocks/library_statute.html"


class LibraryTermBlock(LibraryBlock):
    ENTRY = "library_term"

    library_term = SnippetChooserBlock("curriculum.Term", label=_("term"))
    boxed = blocks.BooleanBlock(
        label=_("show as a box"), required=False, default=True,
        help_text=_("Without it, the meaning opens only where the word first stands in the text."),
    )  # fmt: skip

    class Meta:
        icon = "tag"
        label = _("Key term from the library")
        preview_value = examples.LIBRARY_TERM
        description = _("A word of the glossary; its meaning opens where it first stands in the lesson.")
        template = "curriculum/blocks/library_term.html"
