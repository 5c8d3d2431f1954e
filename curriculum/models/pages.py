"""The Wagtail pages: a base's part of the site, its courses, their lessons, and its case scenarios."""

from django.db import models
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, HelpPanel, InlinePanel, MultiFieldPanel, PageChooserPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Orderable, Page

from accounts.models import Organisation
from lms.lib.pagecache import tag

from .. import panels, reading
from ..blocks import (
    DeliverableBlock,
    ExhibitBlock,
    LessonBody,
    RubricCriterionBlock,
    StageBlock,
    StatuteExhibitBlock,
)
from ..contents import in_order
from ..editor import AlignmentPanel, CaseGraphPanel, CoveragePanel, LawPanel
from ..page_forms import CaseScenarioPageForm, CoursePageForm, LessonPageForm
from ..part_blocks import PartBlock
from ..rule_blocks import CounterpartBlock, VariableBlock, VariantBlock
from .standards import Track
from .syllabus import Competence, Level, Syllabus, Topic

RICH_TEXT = ["h3", "h4", "bold", "italic", "ol", "ul", "link", "blockquote"]


class Provenance(models.Model):
    """Where content comes from, and until when what it says about the law is known to hold."""

    author = models.CharField(_("author"), max_length=120, blank=True)
    source = models.CharField(_("source"), max_length=255, blank=True)
    source_url = models.URLField(_("source address"), max_length=400, blank=True)
    licence = models.CharField(_("licence"), max_length=120, blank=True)
    legally_valid_on = models.DateField(
        _("law checked on"), null=True, blank=True, help_text=_("The day on which the statutes cited were last checked.")
    )
    ai_assistance = models.CharField(
        _("help of AI"), max_length=255, blank=True,
        help_text=_("What a language model or another AI was used for, and who checked it. Shown to readers."),
    )  # fmt: skip

    class Meta:
        abstract = True

    provenance_panels = [
        MultiFieldPanel(
            [
                FieldPanel("author"),
                FieldPanel("source"),
                FieldPanel("source_url"),
                FieldPanel("licence"),
                FieldPanel("legally_valid_on"),
                FieldPanel("ai_assistance"),
            ],
            heading=_("Provenance"),
        )
    ]


class EnglishTitle(models.Model):
    title_en = models.CharField(_("English title"), max_length=255, blank=True)
    summary = models.TextField(_("summary"), blank=True)
    summary_en = models.TextField(_("English summary"), blank=True)

    class Meta:
        abstract = True

    title_panels = [FieldPanel("title_en"), FieldPanel("summary"), FieldPanel("summary_en")]

    @property
    def draft_title_en(self) -> str:
        """Of Wagtail's `draft_title` in English: there is one English title, of the published page."""
        return self.title_en


def page_above(page: Page, pages: models.QuerySet) -> Page | None:
    """Return the page above as the queryset has it, or None: one query, none for a page that is not in the tree yet."""
    return pages.filter(path=page.path[: -page.steplen]).first() if page.path else None


class Way(models.Model):
    """Routing with fewer queries: one for a child whose kind is known, and the child remembers where it was come from."""

    came_from: Page | None = None
    one_kind_mostly = True  # nearly all pages below are of the first kind of `subpage_types`: ask for that one first

    class Meta:
        abstract = True

    def route(self, request, path_components):
        if not path_components:
            return super().route(request, path_components)
        slug, *rest = path_components
        likely = self.allowed_subpage_models()[0] if self.one_kind_mostly else None
        child = likely.objects.child_of(self).filter(slug=slug).first() if likely else None
        child = child or self.get_children().filter(slug=slug).first()
        if child is None:
            raise Http404
        child = child.specific
        child.came_from = self
        return child.route(request, rest)


class HomePage(Way, EnglishTitle, Page):
    """The public front page."""

    template = "curriculum/home_page.html"
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["curriculum.TrainingBasePage", "curriculum.CoreCollectionPage"]
    max_count = 1
    lead = models.TextField(_("lead"), blank=True)
    lead_en = models.TextField(_("English lead"), blank=True)
    content_panels = [*Page.content_panels, *EnglishTitle.title_panels, FieldPanel("lead"), FieldPanel("lead_en")]

    class Meta:
        verbose_name = _("front page")

    def get_context(self, request, *args, **kwargs):
        """The leading syllabus in force (the national one) with levels and hours, and the accredited bases: four queries."""
        syllabus = Syllabus.objects.prefetch_related("levels__modules").leading()
        bases = TrainingBasePage.objects.live().filter(organisation__in=Organisation.objects.accredited())
        bases = bases.select_related("organisation").order_by("organisation__name")
        tag(request, f"page:{self.pk}", "bases", "syllabuses")
        return super().get_context(request, *args, **kwargs) | {"syllabus": syllabus, "bases": bases}


class TrainingBasePage(Way, EnglishTitle, Page):
    """A training base's own part of the site. Everything below it belongs to that base."""

    template = "curriculum/training_base_page.html"
    is_creatable = False  # curriculum.walls.ensure_base_site makes it with the organisation
    parent_page_types = ["curriculum.HomePage"]
    subpage_types = ["curriculum.CoursePage", "curriculum.CaseScenarioPage"]
    one_kind_mostly = False  # courses and cases alike
    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="page")
    about = RichTextField(_("about the base"), features=RICH_TEXT, blank=True)
    content_panels = [*Page.content_panels, *EnglishTitle.title_panels, FieldPanel("about")]

    class Meta:
        verbose_name = _("training base page")

    def get_context(self, request, *args, **kwargs):
        courses = CoursePage.objects.child_of(self).live().select_related("level__syllabus").order_by("path")
        cases = CaseScenarioPage.objects.child_of(self).live().order_by("path")
        courses, cases = reading.with_titles(courses), reading.with_titles(cases)
        tag(request, f"page:{self.pk}", f"children:{self.pk}")
        return super().get_context(request, *args, **kwargs) | {"courses": courses, "cases": cases}


class CoursePage(Way, EnglishTitle, Provenance, Page):
    """A base's teaching of one level of one syllabus version."""

    template = "curriculum/course_page.html"
    base_form_class = CoursePageForm
    parent_page_types = ["curriculum.TrainingBasePage"]
    subpage_types = ["curriculum.LessonPage"]
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="courses", verbose_name=_("level"))
    track = models.ForeignKey(
        Track, on_delete=models.PROTECT, related_name="courses", null=True, blank=True,
        verbose_name=pgettext_lazy("of technology managers", "track"),
        help_text=_("Leave empty for a course for every kind of technology manager."),
    )  # fmt: skip
    about = RichTextField(_("about the course"), features=RICH_TEXT, blank=True)
    parts = StreamField(
        [("part", PartBlock())],
        blank=True,
        verbose_name=_("assessment parts"),
        help_text=_("Each part has a weight and its own pass mark; failing one part fails the whole."),
    )
    # Page ids of lessons and cases, the base's own and included core; what is not named follows in the tree's order.
    teaching_order = models.JSONField(_("order of lessons and cases"), default=list, blank=True)
    content_panels = [
        *Page.content_panels,
        LawPanel(),
        AlignmentPanel(),
        *EnglishTitle.title_panels,
        FieldPanel("level"),
        FieldPanel("track"),
        FieldPanel("about"),
        InlinePanel("case_placements", heading=_("Case scenarios"), label=_("case scenario")),
        FieldPanel("parts"),
        *Provenance.provenance_panels,
    ]

    class Meta:
        verbose_name = _("course")

    def get_context(self, request, *args, **kwargs):
        """Lessons, cases (both with the core they include), the latest edition, and what higher apps say (open cohorts)."""
        placed = list(self.case_placements.select_related("case").all())
        core = list(self.core_inclusions.select_related("release__page").all())
        context = super().get_context(request, *args, **kwargs)
        context["base"] = base = self.came_from or page_above(self, TrainingBasePage.objects.all())
        placements = [placement for placement in placed if placement.case.live]
        placements += [line for line in core if line.release.kind == "case"]
        context["placements"] = in_order(placements, self.teaching_order, key=_page_id)
        context["track"] = self.track if self.track_id else None
        edition = self.editions.select_related("level__syllabus").order_by("-number").first() if self.pk else None
        level = edition.level if edition and edition.level_id == self.level_id else None
        context["edition"] = edition
        context["level"] = level or Level.objects.select_related("syllabus").filter(pk=self.level_id).first()
        if self.pk:  # a preview of a page that was never saved has none of these
            lessons = list(LessonPage.objects.child_of(self).live().order_by("path"))
            lessons += [line.release for line in core if line.release.kind == "lesson"]
            context["lessons"] = in_order(lessons, self.teaching_order, key=_page_id)
            below = [*context["lessons"], *(placement.case for placement in placements)]
            ids = [_page_id(row) for row in (*lessons, *placements)]
            reader, context["english_share"] = reading.of_course(self, below, ids)
            context["panels"] = panels.panels_for(self)
            ends = [panel.until for panel in context["panels"] if panel.until]
            seen = [self.pk, *([base.pk] if base else []), *(placement.case_id for placement in placed)]
            seen += [line.page_id for line in core]
            names = [f"page:{pk}" for pk in seen]
            tag(request, *names, f"children:{self.pk}", f"cohorts:{self.pk}", until=min(ends, default=None))
        else:
            reader = None
        parts = list(self.parts.raw_data)  # without fetching the pages of the cases
        shown, context["said"] = reading.public("course", self, fields=["about"], streams={"parts": parts}, reader=reader)
        context |= {"shown": shown, "parts": [block["value"] for block in shown["parts"]]}
        return context


def _page_id(row) -> int:
    """The page that a line of the course stands for: own lesson, placed case, included core."""
    return getattr(row, "page_id", None) or getattr(row, "case_id", None) or row.pk


class CasePlacement(Orderable):
    """A case scenario as part of a course."""

    course = ParentalKey(CoursePage, on_delete=models.CASCADE, related_name="case_placements")
    case = models.ForeignKey(
        "curriculum.CaseScenarioPage", on_delete=models.PROTECT, related_name="placements", verbose_name=_("case")
    )
    required = models.BooleanField(pgettext_lazy("case", "required"), default=True)
    panels = [PageChooserPanel("case", "curriculum.CaseScenarioPage"), FieldPanel("required")]

    class Meta(Orderable.Meta):
        constraints = [models.UniqueConstraint(fields=["course", "case"], name="case_once_per_course")]

    def __str__(self) -> str:
        return str(self.case)


class LessonPage(Way, EnglishTitle, Provenance, Page):
    """One sitting of a course."""

    template = "curriculum/lesson_page.html"
    base_form_class = LessonPageForm
    parent_page_types = ["curriculum.CoursePage", "curriculum.CoreCollectionPage"]
    subpage_types = []
    topics = ParentalManyToManyField(Topic, related_name="lessons", verbose_name=_("topics"))
    minutes = models.PositiveIntegerField(
        _("nominal minutes"), default=45, help_text=_("Study time beyond this is not counted as hours.")
    )
    body = StreamField(LessonBody(), blank=True, verbose_name=_("lesson"))
    content_panels = [
        *Page.content_panels,
        LawPanel(),
        CoveragePanel(),
        *EnglishTitle.title_panels,
        FieldPanel("topics"),
        FieldPanel("minutes"),
        FieldPanel("body"),
        *Provenance.provenance_panels,
    ]

    class Meta:
        verbose_name = _("lesson")

    def get_context(self, request, *args, **kwargs):
        """The way up and an outline; the text itself is for trainees (/learn/) and for previews."""
        course = page_above(self, CoursePage.objects.select_related("level__syllabus"))
        parent = course or self.get_parent()
        tag(request, f"page:{self.pk}", *([f"page:{course.pk}"] if course else []))
        headings = [block for block in self.body.raw_data if block["type"] == "heading"]
        shown, said = reading.public("lesson", self, streams={"body": headings})
        return super().get_context(request, *args, **kwargs) | {
            "course": course,
            "parent": parent,
            "shown": shown,
            "said": said,
            "core_release": None if course else self.core_releases.first(),  # below the authority's page, not a course
            "outline": [block["value"] for block in shown["body"]],
            "topic_list": self.topics.all(),
            "show_body": getattr(request, "is_preview", False),
        }


class CaseScenarioPage(Way, EnglishTitle, Provenance, Page):
    """案例场景: a situation with exhibits, decisions and a work product that is marked by the rubric it carries."""

    template = "curriculum/case_scenario_page.html"
    base_form_class = CaseScenarioPageForm
    parent_page_types = ["curriculum.TrainingBasePage", "curriculum.CoreCollectionPage"]
    subpage_types = []
    topics = ParentalManyToManyField(Topic, related_name="cases", verbose_name=_("topics"))
    competences = ParentalManyToManyField(Competence, related_name="cases", verbose_name=_("competences"))
    sector = models.CharField(_("sector"), max_length=80, blank=True)
    sector_en = models.CharField(_("sector in English"), max_length=80, blank=True)
    minutes = models.PositiveIntegerField(_("nominal minutes"), default=90)
    role = RichTextField(_("role"), features=RICH_TEXT)
    brief = RichTextField(_("brief"), features=RICH_TEXT)
    exhibits = StreamField(
        [("exhibit", ExhibitBlock()), ("statute", StatuteExhibitBlock())], blank=True, verbose_name=_("exhibits")
    )
    stages = StreamField([("stage", StageBlock())], blank=True, verbose_name=_("stages"))
    variables = StreamField([("variable", VariableBlock())], blank=True, verbose_name=_("variables"))
    counterparts = StreamField([("counterpart", CounterpartBlock())], blank=True, verbose_name=_("counterparts"))
    variants = StreamField(
        [("variant", VariantBlock())],
        blank=True,
        verbose_name=_("variants"),
        help_text=_("A trainee gets one by lot, and another one the next time, so that a repeated case tests no memory."),
    )
    debrief = RichTextField(
        _("debrief"), features=RICH_TEXT, blank=True, help_text=_("Shown once the work product has been handed in.")
    )
    deliverable = StreamField(
        [("deliverable", DeliverableBlock())], blank=True, max_num=1, verbose_name=_("work product")
    )
    rubric = StreamField([("criterion", RubricCriterionBlock())], blank=True, verbose_name=_("rubric"))
    disagreement_limit = models.PositiveSmallIntegerField(
        _("disagreement limit"),
        default=15,
        help_text=_("Two assessors further apart than this, in points of 100, send the work to the moderator."),
    )
    content_panels = [
        *Page.content_panels,
        CaseGraphPanel(),
        LawPanel(),
        CoveragePanel(),
        *EnglishTitle.title_panels,
        FieldPanel("topics"),
        FieldPanel("competences"),
        FieldPanel("sector"),
        FieldPanel("sector_en"),
        FieldPanel("minutes"),
        HelpPanel(content=_("A trainee plays the stages in order; exhibits appear at the stage that names them.")),
        FieldPanel("role"),
        FieldPanel("brief"),
        FieldPanel("variables"),
        FieldPanel("counterparts"),
        FieldPanel("exhibits"),
        FieldPanel("stages"),
        FieldPanel("variants"),
        FieldPanel("debrief"),
        FieldPanel("deliverable"),
        FieldPanel("rubric"),
        FieldPanel("disagreement_limit"),
        *Provenance.provenance_panels,
    ]

    class Meta:
        verbose_name = _("case scenario")

    def get_context(self, request, *args, **kwargs):
        """Who one is, what one learns and what is handed in; exhibits, stages and rubric only in previews."""
        came = self.came_from if isinstance(self.came_from, TrainingBasePage) else None
        base = came or page_above(self, TrainingBasePage.objects.all())
        tag(request, f"page:{self.pk}", *([f"page:{base.pk}"] if base else []))
        fields = ["sector", "sector_en", "role"]
        shown, said = reading.public("case", self, fields=fields, streams={"deliverable": list(self.deliverable.raw_data)})
        return super().get_context(request, *args, **kwargs) | {
            "base": base,
            "shown": shown,
            "said": said,
            "core_release": None if base else self.core_releases.first(),
            "work_product": shown["deliverable"][0]["value"] if shown["deliverable"] else None,
            "competence_list": self.competences.all(),
            "topic_list": self.topics.all(),
            "show_body": getattr(request, "is_preview", False),
        }
