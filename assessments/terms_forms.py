"""The forms in which the authority sets what holds next."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import AnchorTerms, AppealPolicy, MarkingRule, QualityPolicy, RegradeTerms, SampleRule


class NextTerms(forms.ModelForm):
    """The next terms; the form begins with what the present ones say."""

    def __init__(self, data=None, *, current=None) -> None:
        initial = {name: getattr(current, name) for name in self.Meta.fields} if current is not None else {}
        super().__init__(data, initial=initial)

    def clean(self):
        data = super().clean()
        if data.get("verified") and not data.get("source", "").strip():
            self.add_error("source", _("Name the document that it was verified against."))
        return data


class PolicyForm(NextTerms):
    class Meta:
        model = QualityPolicy
        fields = [
            "floor", "minimum_scripts", "licences_required", "licence_months", "severity_limit", "source", "verified",
        ]  # fmt: skip


class AppealTermsForm(NextTerms):
    class Meta:
        model = AppealPolicy
        fields = ["lodge_days", "formal_days", "decide_days", "own_base_days", "may_go_down", "source", "verified"]


class AnchorTermsForm(NextTerms):
    class Meta:
        model = AnchorTerms
        fields = [
            "scripts", "within", "total_tolerance", "band_tolerance", "exact_percent", "licence_months", "waiting_days",
            "seeded_every", "shown", "bias_limit", "least_marks", "suspends", "source", "verified",
        ]  # fmt: skip


class MarkingRuleForm(NextTerms):
    class Meta:
        model = MarkingRule
        fields = ["level", "marks_from", "own_base_days", "on_disagreement", "third_days", "source", "verified"]
        widgets = {"marks_from": forms.RadioSelect, "on_disagreement": forms.RadioSelect}


class SampleRuleForm(NextTerms):
    class Meta:
        model = SampleRule
        fields = ["percent", "least", "risky", "near_points", "new_scripts", "hold_days", "source", "verified"]


class RegradeTermsForm(NextTerms):
    class Meta:
        model = RegradeTerms
        fields = ["may_go_down", "source", "verified"]
