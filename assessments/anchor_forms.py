"""What is typed about anchors beside the sheet itself."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .models import AnchorScript, Assignment, MarkerFlag


class AnchorForm(forms.ModelForm):
    """Its name and what it serves."""

    class Meta:
        model = AnchorScript
        fields = ["title", *AnchorScript.PURPOSES]

    @property
    def purposes(self) -> list[str]:
        return [name for name in AnchorScript.PURPOSES if self.cleaned_data[name]]


class _Case(forms.ModelChoiceField):
    def label_from_instance(self, found: Assignment) -> str:
        return f"{found.item.title} · {found.item.edition}"


class TextForm(forms.Form):
    """An anchor whose work is written for it."""

    assignment = _Case(label=pgettext_lazy("of an anchor", "Case"), queryset=Assignment.objects.none(), empty_label=None)

    def __init__(self, data=None, *, assignments) -> None:
        super().__init__(data)
        found = assignments.select_related("item__edition__course", "item__edition__level").order_by("item__title", "-pk")
        self.fields["assignment"].queryset = found


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 3}))


class FlagForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, data=None, *, suspends: bool) -> None:
        super().__init__(data)
        choices = MarkerFlag.Outcome.choices
        self.fields["outcome"].choices = [c for c in choices if suspends or c[0] != MarkerFlag.Outcome.SUSPENDED]
