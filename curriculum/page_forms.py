"""What may stand on a page: levels the base is accredited for, topics of the course's level, nothing of other bases.

Choosers show only what is allowed; these forms refuse what was typed into the request all the same.
"""

from typing import Any

from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page

from .contents import file_ids
from .models.citations import KINDS, cited
from .models.standards import Track
from .models.syllabus import Competence, Level, Syllabus, Topic


class OwnPageForm(WagtailAdminPageForm):
    """A page below a base's own page, or below the authority's for a level. `base_page` is that page, None for a form
    without a parent."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.base_page = _base_page(self.parent_page)

    @property
    def organisation(self):
        return self.base_page.organisation if self.base_page else None

    def levels(self):
        """Levels of versions in force or superseded for which the base is accredited."""
        if level := getattr(self.base_page, "level_id", None):  # the national core of one level
            return Level.objects.filter(pk=level)
        organisation = self.organisation
        levels = Level.objects.exclude(syllabus__status=Syllabus.Status.DRAFT).select_related("syllabus")
        codes = [code for code in Level.Code.values if organisation and organisation.is_accredited_for(code)]
        return levels.filter(code__in=codes).order_by("-syllabus__in_force_from", "position")

    def _offer(self, name: str, rows) -> None:
        """Offer these rows as check boxes."""
        field = self.fields.get(name)
        if field is not None:
            field.queryset = rows
            field.widget = forms.CheckboxSelectMultiple()
            field.widget.choices = field.choices

    def _require_own_files(self, name: str) -> None:
        """Refuse images and documents outside the base's collection."""
        value = self.cleaned_data.get(name)
        if not value or self.organisation is None or (self.for_user and self.for_user.is_superuser):
            return
        images, documents = file_ids({"body": value.get_prep_value()})
        own = {"collection__name": f"org:{self.organisation.slug}"}
        foreign = get_image_model().objects.filter(pk__in=images).exclude(**own).exists()
        foreign = foreign or get_document_model().objects.filter(pk__in=documents).exclude(**own).exists()
        if foreign:
            self.add_error(name, ValidationError(_("Use images and documents of your own base only.")))

    def _require_readable_entries(self, name: str) -> None:
        """Refuse statutes and terms of another base's library."""
        value = self.cleaned_data.get(name)
        if not value or self.organisation is None:
            return
        for kind, key in cited([block["value"] for block in value.get_prep_value()]):
            if not KINDS[kind].objects.readable_at(self.organisation).filter(pk=key).exists():
                self.add_error(name, ValidationError(_("Use statutes and terms of your own base or of the authority.")))
                return


class CoursePageForm(OwnPageForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "level" in self.fields:
            kept = Q(pk=self.instance.level_id) | Q(pk__in=self.levels().values("pk"))
            self.fields["level"].queryset = Level.objects.filter(kept).select_related("syllabus")
            self.fields["level"].label_from_instance = lambda level: f"{level.title} – {level.syllabus}"
        if "track" in self.fields:
            tracks = Track.objects.filter(syllabus__levels__in=self.levels()).distinct()
            self.fields["track"].queryset = tracks.select_related("syllabus")
            self.fields["track"].label_from_instance = lambda track: f"{track.title} – {track.syllabus}"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        level, track = cleaned.get("level"), cleaned.get("track")
        if level and track and track.syllabus_id != level.syllabus_id:
            self.add_error("track", ValidationError(_("This track belongs to another syllabus version than the level.")))
        placed = self._placed_cases()
        core = {line.page_id for line in self.instance.core_inclusions.all()}
        for block in cleaned.get("parts") or []:
            cases = [case for case in block.value["cases"] if case]
            if not all(self._is_own(case) or case.pk in core for case in cases):
                self.add_error("parts", _("Choose a case scenario of your own base."))
                break
            if placed is not None and (missing := [case for case in cases if case.pk not in placed | core]):
                self.add_error(
                    "parts",
                    _("Add “%(title)s” to the case scenarios of the course before you put it into a part.")
                    % {"title": missing[0].title},
                )
                break
        return cleaned

    def _placed_cases(self) -> set[int] | None:
        """Ids of the cases placed in the course as typed, each checked; None when that part of the form is wrong."""
        placements = self.formsets.get("case_placements")
        if placements is None or not placements.is_bound or not placements.is_valid():
            return None
        placed: set[int] = set()
        for form in placements.forms:
            case = form.cleaned_data.get("case")
            if case is None or form.cleaned_data.get("DELETE"):
                continue
            if not self._is_own(case):
                form.add_error("case", _("Choose a case scenario of your own base."))
            placed.add(case.pk)
        return placed

    def _is_own(self, case: Page) -> bool:
        return self.base_page is not None and case.path.startswith(self.base_page.path)


class LessonPageForm(OwnPageForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        course = self.parent_page.specific if self.parent_page else None
        if course is not None and hasattr(course, "level_id"):
            level_id = course.get_latest_revision_as_object().level_id
            self._offer("topics", Topic.objects.filter(module__level=level_id).select_related("module"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self._require_own_files("body")
        self._require_readable_entries("body")
        return cleaned


class CaseScenarioPageForm(OwnPageForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        levels = self.levels()
        self._offer("topics", Topic.objects.filter(module__level__in=levels).select_related("module"))
        self._offer("competences", Competence.objects.filter(syllabus__in=levels.values("syllabus")))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self._require_own_files("exhibits")
        self._require_readable_entries("exhibits")
        return cleaned


def _base_page(page: Page | None):
    if page is None:
        return None
    for name in ("TrainingBasePage", "CoreCollectionPage"):
        pages = apps.get_model("curriculum", name).objects.ancestor_of(page, inclusive=True)
        if found := pages.select_related("organisation").first():
            return found
    return None
