"""The form of a policy that is only tried: weight and pass mark of each part, and what the whole would need besides."""

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.lib.language import local

from .models import Part
from .scoring import PartRule


class WhatIfForm(forms.Form):
    """As in a plan: weights of 1–100 that add up to 100, pass marks of 0–100."""

    what = forms.CharField(widget=forms.HiddenInput, initial="if", required=False)
    least = forms.DecimalField(
        label=_("Least weighted total"), min_value=0, max_value=100, max_digits=5, decimal_places=2, required=False,
        help_text=_("Needed besides the pass marks of the parts; empty as in the plan, which asks for none."),
    )  # fmt: skip
    only = forms.BooleanField(label=_("Only trainees for whom something changes"), required=False)

    def __init__(self, parts: list[Part], data: Mapping | None = None) -> None:
        super().__init__(data)
        self.plan = parts
        for part in parts:
            self.fields[f"weight_{part.key}"] = forms.IntegerField(
                label=_("Weight, %"), min_value=1, max_value=100, initial=part.weight
            )
            self.fields[f"mark_{part.key}"] = forms.IntegerField(
                label=_("Pass mark"), min_value=0, max_value=100, initial=part.pass_mark
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
