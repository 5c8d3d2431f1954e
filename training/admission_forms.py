"""What people state to be let into a level, and why a registrar admits somebody despite a condition."""

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _

from curriculum.ladder import Condition
from curriculum.models import Precondition

from .models import AdmissionStatement


class StatementForm(forms.Form):
    """Only what the level's conditions ask for is asked for. `asks` is empty when nothing has to be stated."""

    degree = forms.ChoiceField(label=_("Highest degree"), required=False)
    years = forms.DecimalField(
        label=_("Years of work in technology transfer"), required=False, min_value=0, max_value=60, max_digits=4,
        decimal_places=1, widget=forms.NumberInput(attrs={"step": "0.5"}),
    )  # fmt: skip
    note = forms.CharField(
        label=_("What supports it"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Employer, position, school; the registrar of the base may ask to see proof. No ID numbers."),
    )  # fmt: skip

    def __init__(self, *args, ways: Iterable[Iterable[Condition]], last: AdmissionStatement | None = None, **kwargs):
        if last:
            kwargs.setdefault("initial", {"degree": last.degree, "years": last.years, "note": last.note})
        super().__init__(*args, **kwargs)
        conditions = [condition for way in ways for condition in way]
        self.fields["degree"].choices = [("", _("not stated")), *Precondition.Degree.choices]
        self.asks = {"degree" for condition in conditions if condition.degree}
        self.asks |= {"years" for condition in conditions if condition.years}
        for name in {"degree", "years"} - self.asks:
            del self.fields[name]
        if not self.asks:
            del self.fields["note"]

    @property
    def stated(self) -> dict:
        """Degree, years and note as `AdmissionStatement.state` takes them."""
        data = self.cleaned_data
        return {"degree": data.get("degree", ""), "years": data.get("years"), "note": data.get("note", "").strip()}

    @property
    def says_something(self) -> bool:
        return bool(self.stated["degree"] or self.stated["years"] is not None)


class AdmitForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept with the enrolment for good, with your name."),
    )  # fmt: skip
