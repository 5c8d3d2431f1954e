"""Parts of cases and courses that readers never see as they are entered: in the editor they are shown field by field."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from wagtail import blocks
from wagtail.rich_text import RichText

from .case_examples import EXAMPLES


class PlainBlock(blocks.StructBlock):
    """Abstract. Its example is that of its class' name."""

    is_previewable = True

    class Meta:
        preview_template = "curriculum/blocks/plain_preview.html"

    def get_preview_value(self):
        return self.normalize(EXAMPLES[type(self).__name__])

    def get_preview_context(self, value, parent_context=None):
        return super().get_preview_context(value, parent_context) | {"plain": plain(self, value)}


def plain(block: blocks.Block, value: Any) -> dict[str, Any]:
    """Return what a value says, for a template: {"fields": [(label, …)]}, {"list": […]}, {"html": …} or {"text": …}.
    Fields that say nothing are left out."""
    if isinstance(block, blocks.StructBlock):
        named = [(child.label, plain(child, value[name])) for name, child in block.child_blocks.items()]
        return {"fields": [(label, said) for label, said in named if any(said.values())]}
    if isinstance(block, blocks.ListBlock):
        return {"list": [plain(block.child_block, child) for child in value]}
    if isinstance(value, RichText):
        return {"html": value}
    if isinstance(block, blocks.ChoiceBlock):
        choices: Mapping[str, Any] = dict(block.field.choices)
        return {"text": str(choices.get(value, value)) if value else ""}
    if isinstance(value, bool):
        return {"text": _("yes") if value else ""}
    return {"text": "" if value is None else str(value)}
