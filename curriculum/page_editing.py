"""Wagtail's editor for courses, lessons and cases: a side panel with the syllabus, and kept revisions are not written over.

`viewsets()` is how Wagtail 8 takes another edit view for a page type; the list of pages stays Wagtail's own.
"""

from typing import Any

from django.forms import Media
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.components import MediaContainer
from wagtail.admin.ui.side_panels import BaseSidePanel
from wagtail.admin.views.pages.create import CreateView
from wagtail.admin.views.pages.edit import EditView
from wagtail.admin.viewsets.pages import PageViewSet

from .frozen_revisions import is_kept
from .models import CaseScenarioPage, CoursePage, LessonPage
from .page_coverage import PageCoverage, coverage_of


class CoverageSidePanel(BaseSidePanel):
    """Topics, gaps, hours and competences as last saved. The editor puts a fresh one in its place whenever it saves."""

    class SidePanelToggle(BaseSidePanel.SidePanelToggle):
        aria_label = _("Toggle the comparison with the syllabus")
        icon_name = "clipboard-list"
        counter_classname = "w-bg-critical-200"

        def get_context_data(self, parent_context) -> dict[str, Any]:
            return super().get_context_data(parent_context) | {"count": self.panel.coverage.count if self.panel.coverage else 0}

    name = "coverage"
    title = _("Compared with the syllabus")
    template_name = "curriculum/panels/coverage.html"
    order = 150

    def __init__(self, object, request, *, parent_page=None) -> None:
        super().__init__(object, request)
        self.parent_page = parent_page  # of a page that has not been saved yet: the gaps it may fill are its course's

    @property
    def media(self) -> Media:
        return Media(css={"all": ["curriculum/side_panel.css"]})

    @cached_property
    def coverage(self) -> PageCoverage | None:
        page = self.object if self.object.pk else self.parent_page
        if not self.object.pk and page.specific_class is not CoursePage:
            return None
        return coverage_of(page.specific_class.objects.select_related("latest_revision").get(pk=page.pk))

    def get_context_data(self, parent_context) -> dict[str, Any]:
        return super().get_context_data(parent_context) | {
            "coverage": self.coverage, "is_new": not self.object.pk,
        }  # fmt: skip


class ContentCreateView(CreateView):
    def get_side_panels(self) -> MediaContainer:
        panel = CoverageSidePanel(self.page, self.request, parent_page=self.parent_page)
        return MediaContainer([*super().get_side_panels(), panel])


class ContentEditView(EditView):
    def get_side_panels(self) -> MediaContainer:
        return MediaContainer([*super().get_side_panels(), CoverageSidePanel(self.page, self.request)])

    def save_action(self):
        """Save; what somebody froze or submitted since this editor was opened is left, and a new revision made."""
        own = self.request.POST.get("overwrite_revision_id", "")
        if own.isdigit() and is_kept(self.page, int(own)):
            self.request.POST = self.request.POST.copy()
            del self.request.POST["overwrite_revision_id"]
        return super().save_action()


class ContentViewSet(PageViewSet):
    add_view_class = ContentCreateView
    edit_view_class = ContentEditView
    parent_models = ()  # the explorer's lists stay as they are


def viewsets() -> list[PageViewSet]:
    return [ContentViewSet(model=model) for model in (CoursePage, LessonPage, CaseScenarioPage)]
