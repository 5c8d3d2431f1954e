"""What is typed when a sample is drawn, and when a base answers a finding."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Organisation

from .models import RegradeBatch, SampleDraw


class DrawForm(forms.Form):
    """From what to draw. The numbers are those of the rule in force."""

    organisation = forms.ModelChoiceField(
        label=_("Training base"), queryset=Organisation.objects.none(), required=False,
        empty_label=pgettext_lazy("base", "every base"),
    )  # fmt: skip
    pool = forms.ChoiceField(
        label=_("What to draw from"), choices=SampleDraw.Pool.choices, widget=forms.RadioSelect, initial="ready"
    )
    days = forms.IntegerField(
        label=_("Released within the last days"), min_value=1, max_value=730, initial=90, required=False,
        help_text=_("Only where released work is drawn from."),
    )  # fmt: skip

    def __init__(self, data=None, *, bases, every: bool) -> None:
        super().__init__(data)
        field = self.fields["organisation"]
        field.queryset = bases.order_by("name")
        if not every:  # a moderator draws from one base of theirs
            field.required, field.empty_label = True, None

    def clean_days(self) -> int:
        return self.cleaned_data["days"] or 90


class _Batch(forms.ModelChoiceField):
    def label_from_instance(self, found: RegradeBatch) -> str:
        return f"{found.drafted_at:%Y-%m-%d} · {found.get_status_display()} · {found.reason[:60]}"


class AnswerForm(forms.Form):
    """batches: the base's regrades that may be what follows."""

    answer = forms.CharField(
        label=_("What follows"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("For example: corrected with the regrade of that day; or why the result stands. Kept once."),
    )  # fmt: skip
    regrade = _Batch(
        label=_("Correction by regrade"), queryset=RegradeBatch.objects.none(), required=False,
        help_text=_("The regrade that corrects it, if there is one."),
    )  # fmt: skip

    def __init__(self, data=None, *, batches) -> None:
        super().__init__(data)
        self.fields["regrade"].queryset = batches
