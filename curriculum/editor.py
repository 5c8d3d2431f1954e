"""The panel on a course's edit page that shows, live, how the course stands to its level."""

from importlib import import_module
from typing import Any

from django.apps import apps
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import Panel

from .casegraph import graph_of
from .cases import CaseScript
from .contents import entries_of, gaps_of
from .wording import case_problem, gap_text


class DrawnPanel(Panel):
    """Abstract. A panel that is drawn by a template of ours, under a heading of its own, without a help text."""

    own_heading = ""

    def __init__(self, **kwargs):
        kwargs.setdefault("heading", self.own_heading)
        super().__init__(**kwargs)

    def clone_kwargs(self) -> dict[str, Any]:
        kwargs = super().clone_kwargs()
        kwargs.pop("help_text", None)
        return kwargs


class AlignmentPanel(DrawnPanel):
    """Gaps by name and a link to the whole comparison. Shown once the course has been saved."""

    own_heading = _("Compared with the syllabus")

    class BoundPanel(Panel.BoundPanel):
        template_name = "curriculum/panels/alignment.html"

        def is_shown(self) -> bool:
            return bool(self.instance.pk and self.instance.latest_revision_id)

        def get_context_data(self, parent_context=None) -> dict[str, Any]:
            entries = entries_of(self.instance)
            found = gaps_of(entries)
            return super().get_context_data(parent_context) | {
                "course": self.instance,
                "core_count": sum(entry.release is not None for entry in entries),
                "blocking": [gap_text(gap) for gap in found if gap.blocking],
                "warnings": [gap_text(gap) for gap in found if not gap.blocking],
            }


class CoveragePanel(DrawnPanel):
    """A line that says where topics and gaps stand: in the side panel, and on a page that needs no script."""

    own_heading = _("Compared with the syllabus")

    class BoundPanel(Panel.BoundPanel):
        template_name = "curriculum/panels/coverage_line.html"

        def is_shown(self) -> bool:
            return bool(self.instance.pk)


class LawPanel(DrawnPanel):
    """Statutes of the page that need a look, and its open review tasks (for a course: of all its pages too)."""

    own_heading = _("State of the law")

    class BoundPanel(Panel.BoundPanel):
        template_name = "curriculum/panels/law.html"

        @cached_property
        def found(self) -> dict[str, Any]:
            # Here, because the page models name this module.
            law_notices = import_module("curriculum.law_notices")
            tasks = apps.get_model("curriculum", "ReviewTask").objects.open()
            mine = tasks.filter(page__path__startswith=self.instance.path).select_related("page", "statute")
            return {"statutes": law_notices.of_page(self.instance.pk), "tasks": list(mine[:20])}

        def is_shown(self) -> bool:
            return bool(self.instance.pk and self.instance.latest_revision_id and any(self.found.values()))

        def get_context_data(self, parent_context=None) -> dict[str, Any]:
            return super().get_context_data(parent_context) | self.found


class CaseGraphPanel(DrawnPanel):
    """The stages of a case as a drawing, and what keeps it from being played. Shown once the case has been saved."""

    own_heading = _("Ways through the case")

    class BoundPanel(Panel.BoundPanel):
        template_name = "curriculum/panels/case_graph.html"

        def is_shown(self) -> bool:
            return bool(self.instance.pk and self.instance.latest_revision_id)

        def get_context_data(self, parent_context=None) -> dict[str, Any]:
            script = CaseScript.from_content(self.instance.latest_revision.content)
            return super().get_context_data(parent_context) | {
                "graph": graph_of(script),
                "problems": [case_problem(problem) for problem in script.problems()],
            }
