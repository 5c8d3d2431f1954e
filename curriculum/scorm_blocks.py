"""The lesson block that shows a SCORM package."""

from django.utils.translation import gettext_lazy as _
from wagtail.snippets.blocks import SnippetChooserBlock

from . import examples
from .library_blocks import LibraryBlock


class ScormBlock(LibraryBlock):
    """Keeps the package's id and the hash of its ZIP, so that the hash of the page covers every byte of it."""

    ENTRY = "scorm_package"

    scorm_package = SnippetChooserBlock("curriculum.ScormPackage", label=_("SCORM package"))

    class Meta:
        icon = "media"
        label = _("SCORM package")
        description = _("An interactive activity made with an authoring tool; score and place are kept.")
        preview_value = examples.SCORM
        template = "curriculum/blocks/scorm_package.html"
