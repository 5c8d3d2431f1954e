"""The form of a policy that is only tried: weight and pass mark of each part, what the whole would need besides, and
corrections of the results of an assignment; and the form of a batch that makes such corrections."""

from collections.abc import Mapping
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.lib.language import local

from .corrections import Correction
from .models import Assignment, Criterion, Part, RegradeBatch
from .scoring import PartRule


class CorrectionsForm(forms.Form):
    """Points added to the results of an assignment, and its criteria that no longer count."""

    def __init__(
        self, tasks: list[Assignment], criteria: Mapping[int, list[Criterion]], data: Mapping | None = None,
        initial: Mapping | None = None,
    ) -> None:  # fmt: skip
        """criteria: of each rubric, as `corrections.criteria_of` returns them."""
        super().__init__(data, initial=initial)
        self.tasks, self.criteria = tasks, criteria
        for task in tasks:
            self.fields[f"added_{task.uuid}"] = forms.IntegerField(
                label=_("Points added to every result"), min_value=0, max_value=100, required=False
            )
            self.fields[f"without_{task.uuid}"] = forms.MultipleChoiceField(
                label=_("Criteria that no longer count"), required=False, widget=forms.CheckboxSelectMultiple,
                choices=[(line.key, local(line, "title")) for line in criteria.get(task.rubric_id, [])],
            )  # fmt: skip

    def correction_names(self) -> list[str]:
        return [f"{kind}_{task.uuid}" for task in self.tasks for kind in ("added", "without")]

    def corrections_asked(self) -> bool:
        """Whether that part of the form has anything in it, good or bad."""
        return self.is_bound and any(self[name].value() for name in self.correction_names())

    def task_rows(self) -> list[dict]:
        """The fields of each assignment: {title, added, without}."""
        return [
            {"title": local(task.item, "title"), "added": self[f"added_{task.uuid}"], "without": self[f"without_{task.uuid}"]}
            for task in self.tasks
        ]

    def clean(self) -> dict:
        data = super().clean()
        for task in self.tasks:
            gone = data.get(f"without_{task.uuid}") or []
            if gone and not sum(line.most for line in self.criteria[task.rubric_id] if line.key not in gone):
                self.add_error(f"without_{task.uuid}", _("At least one criterion with points has to stay."))
        return data

    def corrections(self) -> dict[UUID, Correction]:
        """{assignment: what is tried on it}, of those with anything to try."""
        data = self.cleaned_data
        found = {
            task.uuid: Correction(data.get(f"added_{task.uuid}") or 0, frozenset(data.get(f"without_{task.uuid}") or ()))
            for task in self.tasks
        }
        return {key: correction for key, correction in found.items() if correction}


class RegradeForm(CorrectionsForm):
    """A batch: what is corrected, of whom, why, and what happens where a result has changed meanwhile."""

    scope = forms.ChoiceField(
        label=_("Whose results"), widget=forms.RadioSelect, initial="cohort",
        choices=[("cohort", _("This cohort")), ("edition", _("Every cohort of this edition at the base"))],
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What was wrong and why this mends it. Every trainee concerned reads it with the new result."),
    )  # fmt: skip
    on_change = forms.ChoiceField(
        label=_("Where somebody has another result by then"), widget=forms.RadioSelect, choices=RegradeBatch.OnChange.choices,
        initial=RegradeBatch.OnChange.SKIP,
    )  # fmt: skip

    def clean(self) -> dict:
        data = super().clean()
        if not self.errors and not self.corrections():
            raise forms.ValidationError(_("Say for at least one assignment what is corrected."))
        return data


class ReasonForm(forms.Form):
    """Why a batch is refused, or taken back."""

    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))


class WhatIfForm(CorrectionsForm):
    """As in a plan: weights of 1–100 that add up to 100, pass marks of 0–100."""

    what = forms.CharField(widget=forms.HiddenInput, initial="if", required=False)
    least = forms.DecimalField(
        label=_("Least weighted total"), min_value=0, max_value=100, max_digits=5, decimal_places=2, required=False,
        help_text=_("Needed besides the pass marks of the parts; empty as in the plan, which asks for none."),
    )  # fmt: skip
    only = forms.BooleanField(label=_("Only trainees for whom something changes"), required=False)

    def __init__(
        self, parts: list[Part], tasks: list[Assignment], criteria: Mapping[int, list[Criterion]], data: Mapping | None = None
    ) -> None:
        super().__init__(tasks, criteria, data)
        self.plan = parts
        for part in parts:
            self.fields[f"weight_{part.key}"] = forms.IntegerField(
                label=_("Weight, %"), min_value=1, max_value=100, initial=part.weight
            )
            self.fields[f"mark_{part.key}"] = forms.IntegerField(
                label=_("Pass mark, of 100"), min_value=0, max_value=100, initial=part.pass_mark
            )

    def rows(self) -> list[dict]:
        """The fields of each part: {title, part, weight, mark}."""
        return [
            {"title": local(part, "title"), "part": part, "weight": self[f"weight_{part.key}"], "mark": self[f"mark_{part.key}"]}
            for part in self.plan
        ]

    def clean(self) -> dict:
        data = super().clean()
        weights = [data.get(f"weight_{part.key}") for part in self.plan]
        if weights and None not in weights and sum(weights) != 100:
            text = _("The weights add up to %(sum)s, not to 100.")
            self.add_error(f"weight_{self.plan[-1].key}", forms.ValidationError(text, params={"sum": sum(weights)}))
        return data

    def rules(self) -> list[PartRule]:
        data = self.cleaned_data
        return [PartRule(data[f"weight_{part.key}"], data[f"mark_{part.key}"]) for part in self.plan]
