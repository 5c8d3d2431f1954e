"""The forms of a draft rule: its own fields, one form for each kind of condition, and its coming into force."""

from datetime import datetime, time
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from curriculum.models import Level, Syllabus
from lms.lib.language import local

from .models import AwardRule, SimulatedPerson
from .rule_checks import ORDER
from .rule_words import KINDS, PARTS, REACHED

EXEMPT = _("Hours exempted by a statement of equivalence count")


class NewRuleForm(forms.Form):
    level = forms.ModelChoiceField(label=_("Level and standard"), queryset=Level.objects.none(), empty_label=_("Choose"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        levels = Level.objects.exclude(syllabus__status=Syllabus.Status.DRAFT).exclude(award_rules__status="draft")
        self.fields["level"].queryset = levels.select_related("syllabus").order_by("-syllabus", "position")
        self.fields["level"].label_from_instance = lambda level: f"{local(level, 'title')} · {local(level.syllabus, 'title')}"


class AboutForm(forms.ModelForm):
    class Meta:
        model = AwardRule
        fields = ("title", "title_en", "valid_months", "spares_running", "source", "verified")


class AddForm(forms.Form):
    kind = forms.ChoiceField(label=_("New condition"), choices=list(KINDS.items()))
    path = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)


class ConditionForm(forms.Form):
    """The fields of one kind of condition. `spec()` is what the node says then."""

    def __init__(self, *args, rule: AwardRule, said: Any, **kwargs):
        self.rule = rule
        super().__init__(*args, initial=self.first(said), **kwargs)
        self.offer(said)

    def first(self, said: Any) -> dict[str, Any]:
        return dict(said) if isinstance(said, dict) else {}

    def offer(self, said: Any) -> None:
        """Fill in what depends on the standard."""

    def spec(self) -> Any:
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "", False, [])}


class HoursForm(ConditionForm):
    which = forms.ChoiceField(
        label=_("Hours"), widget=forms.RadioSelect,
        choices=[("syllabus", _("what the standard asks for in each module")), ("own", _("the hours given below"))],
    )  # fmt: skip
    exemptions = forms.BooleanField(label=EXEMPT, required=False)

    def first(self, said: dict[str, Any]) -> dict[str, Any]:
        own = {} if said["modules"] == "syllabus" else {f"module_{code}": hours for code, hours in said["modules"].items()}
        return {"which": "own" if own else "syllabus", "exemptions": said.get("exemptions", False)} | own

    def offer(self, said: Any) -> None:
        for module in self.rule.level.modules.all():
            self.fields[f"module_{module.code}"] = forms.DecimalField(
                label=local(module, "title"), required=False, min_value=Decimal(0), max_digits=6, decimal_places=2,
                help_text=_("Only where hours of your own are chosen. The standard asks for %(hours)s.")
                % {"hours": f"{module.hours.normalize():f}"},
            )  # fmt: skip

    def spec(self) -> dict[str, Any]:
        data, own = self.cleaned_data, {}
        for name, hours in data.items():
            if name.startswith("module_") and hours:
                own[name.removeprefix("module_")] = f"{hours.normalize():f}"
        said: dict[str, Any] = {"modules": "syllabus" if data["which"] == "syllabus" else own}
        return said | ({"exemptions": True} if data["exemptions"] else {})


class PlainNumber(ConditionForm):
    """A number that is kept as text, since it may have decimals."""

    def spec(self) -> dict[str, Any]:
        said = super().spec()
        return said | {"at_least": f"{said['at_least'].normalize():f}"}


class HoursTotalForm(PlainNumber):
    at_least = forms.DecimalField(label=_("Hours in all, at least"), min_value=Decimal("0.01"), max_digits=7, decimal_places=2)
    exemptions = forms.BooleanField(label=EXEMPT, required=False)


class TopicsForm(ConditionForm):
    full = forms.BooleanField(
        label=_("For its full hours"), required=False, help_text=_("Otherwise any time on record for the topic will do.")
    )
    exemptions = forms.BooleanField(label=EXEMPT, required=False)

    def spec(self) -> dict[str, Any]:
        return {"required": True} | super().spec()


class CasesForm(ConditionForm):
    required = forms.BooleanField(label=_("Every required case of the course"), required=False)
    at_least = forms.IntegerField(label=_("Cases passed, at least"), required=False, min_value=1, max_value=50)


class PartsForm(ConditionForm):
    which = forms.ChoiceField(
        label=_("Parts"), widget=forms.RadioSelect,
        choices=[("each", _("each part, by its own pass mark")), ("kinds", _("the parts below, with at least these points"))],
    )  # fmt: skip

    def first(self, said: dict[str, Any]) -> dict[str, Any]:
        kinds = said.get("kinds")
        return {"which": "each" if kinds is None else "kinds"} | {f"kind_{k}": mark for k, mark in (kinds or {}).items()}

    def offer(self, said: Any) -> None:
        for kind, label in PARTS.items():
            self.fields[f"kind_{kind}"] = forms.IntegerField(
                label=label, required=False, min_value=1, max_value=100,
                help_text=_("Points of 100; a part's own pass mark counts where it is higher."),
            )  # fmt: skip

    def spec(self) -> dict[str, Any]:
        if self.cleaned_data["which"] == "each":
            return {"each": True}
        return {"kinds": {kind: mark for kind in PARTS if (mark := self.cleaned_data.get(f"kind_{kind}"))}}


class TotalForm(PlainNumber):
    at_least = forms.DecimalField(
        label=_("Points in all, at least"), min_value=Decimal("0.01"), max_value=Decimal(100), max_digits=5, decimal_places=2
    )


class CompetencesForm(ConditionForm):
    level = forms.ChoiceField(label=_("Lowest level"), choices=list(REACHED.items()))
    codes = forms.MultipleChoiceField(label=_("Each of these"), required=False, widget=forms.CheckboxSelectMultiple)
    at_least = forms.IntegerField(label=_("Any competences, at least"), required=False, min_value=1, max_value=20)

    def offer(self, said: Any) -> None:
        competences = list(self.rule.level.syllabus.competences.all())
        self.titles = {c.code: [c.title, c.title_en] for c in competences}
        self.fields["codes"].choices = [(c.code, local(c, "title")) for c in competences]

    def spec(self) -> dict[str, Any]:
        said = super().spec()
        # The names stand in the rule: somebody who has not shown a competence has no fact that could name it.
        return said | ({"names": {code: self.titles[code] for code in said["codes"]}} if "codes" in said else {})


class PanelForm(ConditionForm):
    votes = forms.IntegerField(label=_("Votes for the candidate, at least"), min_value=1, max_value=9)


class LowerLevelForm(ConditionForm):
    level = forms.ChoiceField(label=_("Level held when enrolling"))

    def first(self, said: Any) -> dict[str, Any]:
        return {"level": said}

    def offer(self, said: Any) -> None:
        lower = ORDER[: ORDER.index(self.rule.level.code)]
        self.fields["level"].choices = [(code, label) for code, label in Level.Code.choices if code in lower]

    def spec(self) -> str:
        return self.cleaned_data["level"]


class AtLeastForm(ConditionForm):
    number = forms.IntegerField(label=_("How many of the group's conditions"), min_value=1, max_value=20)


FORMS: dict[str, type[ConditionForm]] = {
    "hours": HoursForm, "hours_total": HoursTotalForm, "topics": TopicsForm, "cases": CasesForm, "parts": PartsForm,
    "total": TotalForm, "competences": CompetencesForm, "panel": PanelForm, "lower_level": LowerLevelForm,
    "at_least": AtLeastForm,
}  # fmt: skip


class InForceForm(forms.Form):
    """starts: empty for at once; otherwise the beginning of that day."""

    starts_on = forms.DateField(
        label=_("In force from"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty: at once. The conditions can't be changed any more after your approval."),
    )  # fmt: skip
    seen = forms.BooleanField(label=_("I have looked at what the rule would change, and approve it."))

    def clean_starts_on(self):
        day = self.cleaned_data["starts_on"]
        if day is not None and day < timezone.localdate():
            raise forms.ValidationError(_("A rule can't come into force in the past."))
        return day

    def starts(self, at: datetime) -> datetime:
        day = self.cleaned_data["starts_on"]
        return at if day is None else max(at, timezone.make_aware(datetime.combine(day, time())))


class CallOffForm(forms.Form):
    why = forms.CharField(label=_("Why it is called off"), max_length=400, widget=forms.Textarea(attrs={"rows": 2}))


class EffectFilter(forms.Form):
    effect = forms.ChoiceField(
        label=_("Effect"), required=False, choices=[("", _("All")), *SimulatedPerson.Effect.choices]
    )
    holder = forms.ChoiceField(
        label=_("Holders"), required=False,
        choices=[("", _("All")), ("no", _("without an award")), ("yes", _("already awarded (for information)"))],
    )  # fmt: skip
