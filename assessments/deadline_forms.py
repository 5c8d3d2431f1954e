"""Due times and extensions, as they are typed in."""

from collections.abc import Container
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from training.models import Enrolment

from .lateness import CLOSED, NOTHING, UNTIL
from .models import Deadline

CLOCK = {"widget": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")}


def _short(value: Any) -> Any:
    """5.0 as 5, as people write it."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class DeadlineForm(forms.ModelForm):
    """The terms from now on; it begins with what holds."""

    due_at = forms.DateTimeField(label=_("Due time"), required=False, help_text=_("Empty: no due time."), **CLOCK)
    until = forms.DateTimeField(
        label=_("Taken until"), required=False, help_text=_("Only where later work is taken until a second day."), **CLOCK
    )
    per_day = forms.DecimalField(
        label=_("How much for each day begun"), required=False, min_value=0, max_value=100, max_digits=4, decimal_places=1
    )
    cap = forms.DecimalField(
        label=_("At most"), required=False, min_value=0, max_value=100, max_digits=4, decimal_places=1,
        help_text=_("In the same unit; empty: no limit."),
    )  # fmt: skip
    floor = forms.DecimalField(
        label=_("Never below"), required=False, min_value=0, max_value=100, max_digits=4, decimal_places=1,
        help_text=_("Points of 100: being late alone takes no score below this. With the pass mark nobody fails for it."),
    )  # fmt: skip

    class Meta:
        model = Deadline
        fields = ["due_at", "accept", "until", "kind", "per_day", "cap", "floor"]

    def __init__(self, data=None, *, current: Deadline | None) -> None:
        initial = {name: _short(getattr(current, name)) for name in self.Meta.fields} if current else {}
        super().__init__(data, initial=initial)

    def clean(self):
        data = super().clean()
        due, until = data.get("due_at"), data.get("until")
        if data.get("accept") != UNTIL:
            data["until"] = None
        elif due and (until is None or until < due):
            self.add_error("until", _("Give a day after the due time."))
        if data.get("kind") == NOTHING or data.get("accept") == CLOSED:
            data |= {"kind": NOTHING, "per_day": 0, "cap": None, "floor": 0}
        elif not data.get("per_day") and "per_day" not in self.errors:
            self.add_error("per_day", _("Say how much."))
        data["floor"] = data.get("floor") or 0
        data["per_day"] = data.get("per_day") or 0
        return data


class ExtensionForm(forms.Form):
    """Longer for one person. due: of the cohort; extended: primary keys of the enrolments that have longer already, for whom an
    earlier time takes that back."""

    enrolment = forms.ModelChoiceField(
        Enrolment.objects.none(), label=_("Trainee"), to_field_name="uuid", empty_label=_("Choose a trainee")
    )
    until = forms.DateTimeField(label=_("Has until"), **CLOCK)
    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It is kept with the extension. No medical details."),
    )  # fmt: skip

    def __init__(
        self, data=None, *, people: QuerySet[Enrolment], due: datetime | None = None, extended: Container[int] = ()
    ) -> None:
        super().__init__(data, prefix="x")
        self.due, self.extended = due, extended
        self.fields["enrolment"].queryset = people
        self.fields["enrolment"].label_from_instance = lambda enrolment: enrolment.user.full_name

    def clean(self):
        data = super().clean()
        enrolment, until = data.get("enrolment"), data.get("until")
        if self.due and enrolment and until and until <= self.due and enrolment.pk not in self.extended:
            due = f"{localtime(self.due):%Y-%m-%d %H:%M}"
            self.add_error("until", _("Everybody has until %(due)s already; give a later time.") % {"due": due})
        return data
