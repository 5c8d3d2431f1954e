"""What the authority types about standards, versions and their rows, one form each; the grids stand in `syllabus_grid`."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from lms.lib.language import local
from lms.lib.xmltext import NOT_TEXT

from .models import Competence, Level, Module, Syllabus, SyllabusStandard, Topic
from .syllabus_changes import column_label
from .syllabus_wording import named

RESERVED = {"manage", "standards"}  # addresses of our own below /syllabus/
SMALL = forms.Textarea(attrs={"rows": 3})


class PlainForm:
    """Labels begin with a capital; signs that can't be read, stored or hashed are refused in every field."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.label = capfirst(str(field.label or ""))

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        for name, value in list(cleaned.items()):
            if isinstance(value, str) and NOT_TEXT.search(value):
                self.add_error(name, _("has signs that can't be read"))
            elif isinstance(value, str):
                cleaned[name] = value.replace("\r\n", "\n").replace("\r", "\n")
        return cleaned


class StandardForm(PlainForm, forms.ModelForm):
    source_url = forms.URLField(label=_("source"), max_length=400, required=False, assume_scheme="https")

    class Meta:
        model = SyllabusStandard
        fields = ["kind", "slug", "title", "title_en", "issuer", "issuer_en", "region", "document_number", "source_url",
                  "source_note", "verified"]  # fmt: skip
        widgets = {"source_note": SMALL}

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("kind") == SyllabusStandard.Kind.REGIONAL and not cleaned.get("region"):
            self.add_error("region", _("A regional variant names its region."))
        others = SyllabusStandard.objects.filter(kind=SyllabusStandard.Kind.NATIONAL).exclude(pk=self.instance.pk)
        if cleaned.get("kind") == SyllabusStandard.Kind.NATIONAL and (other := others.first()):
            text = _("The national outline is there already (%(title)s); a new document is a new version of it.")
            self.add_error("kind", text % {"title": other.title})
        return cleaned


class StartForm(PlainForm, forms.Form):
    version = forms.CharField(label=_("version"), max_length=30, help_text=_("As people call it: 2027, or “2027 trial”."))
    slug = forms.SlugField(
        label=_("short name in addresses"), max_length=60, help_text=_("It stays; certificates will point to it.")
    )

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"]
        if slug in RESERVED or Syllabus.objects.filter(slug=slug).exists():
            raise ValidationError(_("This short name is taken."))
        return slug


class CopyForm(StartForm):
    standard = forms.ModelChoiceField(
        SyllabusStandard.objects.all(), label=_("standard"),
        help_text=_("The same standard: its next version. Another one: a variant that keeps the required core."),
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["standard"].label_from_instance = lambda standard: local(standard, "title")


class DetailsForm(PlainForm, forms.ModelForm):
    source_url = forms.URLField(label=_("source"), max_length=400, required=False, assume_scheme="https")

    class Meta:
        model = Syllabus
        fields = ["version", "title", "title_en", "issuer", "issuer_en", "document_number", "source_url", "source_note",
                  "verified", "minutes_per_hour", "base"]  # fmt: skip
        widgets = {"source_note": SMALL}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        others = Syllabus.objects.public().exclude(standard=self.instance.standard_id)
        self.fields["base"].queryset = others.order_by("standard__slug", "-in_force_from")
        self.fields["base"].label_from_instance = named
        self.fields["minutes_per_hour"].min_value = 1

    def clean_minutes_per_hour(self) -> int:
        minutes = self.cleaned_data["minutes_per_hour"]
        if minutes < 1:
            raise ValidationError(_("must not be negative or nothing"))
        return minutes


class DayForm(PlainForm, forms.Form):
    """From when a version is in force. `today`: the earliest day, unless the standard has no version yet."""

    day = forms.DateField(label=_("in force from"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))

    def __init__(self, *args, syllabus: Syllabus, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.is_first = not Syllabus.objects.public().filter(standard=syllabus.standard_id).exists()
        self.today = today
        if not self.is_first:
            self.fields["day"].help_text = _("Today or later: what held yesterday stays what it was.")

    def clean_day(self) -> date:
        day = self.cleaned_data["day"]
        if day < self.today and not self.is_first:
            raise ValidationError(_("Choose today or a later day; what held in the past is not rewritten."))
        return day


class RowForm(PlainForm, forms.ModelForm):
    """A level, a competence or a topic of a draft."""

    def __init__(self, *args, draft: Syllabus, **kwargs):
        self.draft = draft
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = capfirst(pgettext("in an order", "place") if name == "position" else column_label(name))

    def taken(self, rows) -> bool:
        return rows.exclude(pk=self.instance.pk).filter(code=self.cleaned_data["code"]).exists()

    def clean_code(self) -> str:
        if self.taken(type(self.instance).objects.filter(syllabus=self.draft)):
            raise ValidationError(_("This code is taken in this version."))
        return self.cleaned_data["code"]


class LevelForm(RowForm):
    class Meta:
        model = Level
        fields = ["code", "title", "title_en", "summary", "summary_en", "admission", "admission_en", "position"]
        widgets = dict.fromkeys(["summary", "summary_en", "admission", "admission_en"], SMALL)


class CompetenceForm(RowForm):
    class Meta:
        model = Competence
        fields = ["code", "title", "title_en", "kind", "description", "description_en", "position"]
        widgets = dict.fromkeys(["description", "description_en"], SMALL)


class Sentences(forms.CharField):
    """One sentence a line."""

    widget = forms.Textarea(attrs={"rows": 5})

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value) -> list[str]:
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class TopicForm(RowForm):
    outcomes = Sentences(label=_("learning outcomes"), required=False, max_length=8000, help_text=_("One a line."))
    outcomes_en = Sentences(label=_("learning outcomes in English"), required=False, max_length=8000)

    class Meta:
        model = Topic
        fields = ["module", "code", "title", "title_en", "required", "hours", "hours_source", "hours_verified", "outcomes",
                  "outcomes_en", "competences"]  # fmt: skip
        widgets = {"competences": forms.CheckboxSelectMultiple}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["hours"].label = capfirst(pgettext("topic", "hours"))
        modules = Module.objects.filter(level__syllabus=self.draft).select_related("level")
        self.fields["module"].queryset = modules.order_by("level__position", "position")
        self.fields["module"].label_from_instance = lambda m: f"{local(m.level, 'title')} · {local(m, 'title')}"
        self.fields["competences"].queryset = self.draft.competences.all()
        self.fields["competences"].label_from_instance = lambda competence: local(competence, "title")
        self.fields["hours"].min_value = 0

    def clean_code(self) -> str:
        return self.cleaned_data["code"].strip()

    def clean_hours(self):
        if self.cleaned_data["hours"] < 0:
            raise ValidationError(_("must not be negative"))
        return self.cleaned_data["hours"]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("module") and cleaned.get("code"):
            level = Topic.objects.filter(module__level=cleaned["module"].level_id)
            if self.taken(level):
                self.add_error("code", _("This code is taken at this level."))
        return cleaned


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"), help_text=_("A workbook (.xlsx), a CSV or a YAML file of at most 2 MB."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.yaml,.yml"}),
    )  # fmt: skip
