"""What the authority types about equivalences: between which versions, which places, and the facts of the statement."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .models import EquivalenceStatement, Level, Module, Syllabus, Topic


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%d", **kwargs)


class VersionsForm(forms.Form):
    """The two versions a statement speaks of; they may be the same one."""

    source = forms.ModelChoiceField(
        label=_("What people have: standard and version"), queryset=Syllabus.objects.none(), to_field_name="slug"
    )
    target = forms.ModelChoiceField(
        label=_("What it stands for: standard and version"), queryset=Syllabus.objects.none(), to_field_name="slug"
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.queryset = Syllabus.objects.public()


class PlacesField(forms.MultipleChoiceField):
    """Levels, modules and topics of one version as boxes to tick: "level:3", "module:7", "topic:12"."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.places: dict[str, Level | Module | Topic] = {}
        self.levels: list[Level] = []

    def offer(self, syllabuses: list[Syllabus]) -> None:
        """Fill with the places of these versions: three queries."""
        levels = Level.objects.filter(syllabus__in=syllabuses).select_related("syllabus").prefetch_related("modules__topics")
        self.levels = list(levels.order_by("syllabus", "position"))
        for level in self.levels:
            self.places[f"level:{level.pk}"] = level
            for module in level.modules.all():
                self.places[f"module:{module.pk}"] = module
                self.places |= {f"topic:{topic.pk}": topic for topic in module.topics.all()}
        self.choices = [(key, str(place)) for key, place in self.places.items()]

    def clean(self, value: Any) -> list[Level | Module | Topic]:
        chosen = [self.places[key] for key in super().clean(value)]
        keys = {(place._meta.model_name, place.pk) for place in chosen}
        for place in chosen:
            above = [("module", place.module_id)] if isinstance(place, Topic) else []
            level = place.module.level_id if isinstance(place, Topic) else getattr(place, "level_id", None)
            if keys & {*above, ("level", level)}:
                raise ValidationError(
                    _("“%(place)s” lies in another place that you ticked; leave one of the two."), params={"place": place}
                )
        return chosen


class StatementForm(forms.ModelForm):
    """A statement. `source` and `target`: the versions whose places are offered."""

    sources = PlacesField(label=_("What people have"), error_messages={"required": _("Tick at least one place.")})
    targets = PlacesField(label=_("What it stands for"), error_messages={"required": _("Tick at least one place.")})

    source_url = forms.URLField(
        label=_("Source"), max_length=400, required=False, assume_scheme="https",
        help_text=_("Where the decision can be read."),
    )  # fmt: skip

    class Meta:
        model = EquivalenceStatement
        fields = EquivalenceStatement.FIELDS
        widgets = {
            "valid_from": DateInput(), "valid_until": DateInput(), "reason": forms.Textarea(attrs={"rows": 4}),
            "reason_en": forms.Textarea(attrs={"rows": 4}), "coverage": forms.RadioSelect,
            "hours": forms.NumberInput(attrs={"min": "0.25", "step": "0.25"}),
        }  # fmt: skip
        help_texts = {
            "hours": _("Only for partial coverage: hours of the target level that need not be studied again."),
            "issuer": _("Who decided this: the authority, a city, an association."),
            "reason": _("Shown to everybody."),
            "valid_until": _("Leave empty when it has no end."),
        }

    def __init__(self, *args, source: Syllabus, target: Syllabus, **kwargs):
        super().__init__(*args, **kwargs)
        self.source, self.target = source, target
        self.fields["sources"].offer([source])
        self.fields["targets"].offer([target])
        if self.instance.pk and not self.is_bound:
            for name in ("sources", "targets"):
                self.initial[name] = [_key(node.place) for node in getattr(self.instance, name)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("coverage") == EquivalenceStatement.Coverage.PARTIAL:
            if not cleaned.get("hours") and "hours" not in self.errors:
                self.add_error("hours", _("Say how many hours are granted."))
            elif cleaned.get("hours") and cleaned["hours"] < 0:
                self.add_error("hours", _("Hours are more than nothing."))
        elif cleaned.get("hours"):
            self.add_error("hours", _("A full statement grants everything; choose partial coverage to grant some hours."))
        first, last = cleaned.get("valid_from"), cleaned.get("valid_until")
        if first and last and last < first:
            self.add_error("valid_until", _("The last day is before the first."))
        if set(cleaned.get("sources", [])) & set(cleaned.get("targets", [])):
            self.add_error("targets", _("The same place can't stand on both sides."))
        return cleaned

    def values(self) -> dict[str, Any]:
        """The statement's own fields, without the places."""
        return {name: self.cleaned_data[name] for name in EquivalenceStatement.FIELDS}

    def own_fields(self) -> Iterator[forms.BoundField]:
        return (field for field in self.visible_fields() if field.name not in ("sources", "targets"))

    def trees(self) -> list[dict[str, Any]]:
        """Both sides for the page: the bound field and the levels with what is ticked."""
        sides = (("sources", self.source), ("targets", self.target))
        return [{"field": self[name], "syllabus": version, "levels": self._tree(name)} for name, version in sides]

    def _tree(self, name: str) -> list[dict[str, Any]]:
        ticked = {str(value) for value in (self[name].value() or [])}
        levels = []
        for level in self.fields[name].levels:
            modules = []
            for module in level.modules.all():
                topics = [{"place": topic, "key": _key(topic), "on": _key(topic) in ticked} for topic in module.topics.all()]
                modules.append({"place": module, "key": _key(module), "on": _key(module) in ticked, "topics": topics})
            inside = [row for module in modules for row in (module, *module["topics"])]
            on = _key(level) in ticked
            levels.append({"place": level, "key": _key(level), "on": on, "modules": modules,
                           "open": on or any(row["on"] for row in inside)})  # fmt: skip
        if not any(level["open"] for level in levels):
            for level in levels[:1]:
                level["open"] = True
        return levels


def _key(place: Level | Module | Topic) -> str:
    return f"{place._meta.model_name}:{place.pk}"


class WithdrawForm(forms.Form):
    day = forms.DateField(
        label=_("Withdrawn from"), widget=DateInput(), help_text=_("What was exempted before that day stays exempted.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
