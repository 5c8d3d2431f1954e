"""What is typed when somebody who judges declares a conflict of interest."""

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Organisation, User
from training.models import Cohort

from .models import Conflict

DAY = {"type": "date"}


class ConflictForm(forms.ModelForm):
    """With whom (one of four), why, from when until when. Cohorts are those of one's own bases; bases are public."""

    class Meta:
        model = Conflict
        fields = ["person", "employer", "cohort", "base", "reason", "since", "until"]
        labels = {
            "person": _("A person: e-mail or full name"), "employer": _("An employer: its full name"),
            "cohort": _("A cohort"), "base": _("A training base"),
        }  # fmt: skip
        help_texts = {
            "person": _("It is kept as you type it. Nobody tells you whether such a person studies here."),
            "employer": _("Work of everybody who acts for it is kept from you."),
            "reason": _("Registrars of your base and officers of the authority read it. For example: I supervised the thesis."),
            "until": _("Empty: until you end it."),
        }  # fmt: skip
        widgets = {
            "reason": forms.Textarea(attrs={"rows": 3}),
            "since": forms.DateInput(attrs=DAY, format="%Y-%m-%d"), "until": forms.DateInput(attrs=DAY, format="%Y-%m-%d"),
        }  # fmt: skip

    def __init__(self, data=None, *, judge: User) -> None:
        super().__init__(data, initial={"since": localdate()})
        own = {membership.organisation_id for membership in judge.active_memberships}
        self.fields["cohort"].queryset = Cohort.objects.filter(organisation__in=own).order_by("-starts_on", "code")
        self.fields["base"].queryset = Organisation.objects.bases().order_by("name")
        for name in ("cohort", "base"):
            self.fields[name].empty_label = pgettext_lazy("choice", "none")
