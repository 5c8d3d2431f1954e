"""What people type about the recognition of other bodies' certificates."""

from datetime import date
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from lms.lib.kept_uploads import KeptFileInput

from .evidence_forms import EvidenceByContent
from .models import Recognition, RecognitionAgreement


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AgreementForm(forms.ModelForm):
    class Meta:
        model = RecognitionAgreement
        fields = list(RecognitionAgreement.FIELDS)
        widgets = {"valid_from": _day(), "valid_until": _day(), "reason": forms.Textarea(attrs={"rows": 3})}

    def clean(self):
        data = super().clean()
        if data.get("valid_from") and data.get("valid_until") and data["valid_until"] < data["valid_from"]:
            self.add_error("valid_until", _("It ends before it begins."))
        return data

    def _post_clean(self) -> None:
        """A draft changes by its named step, not by the form."""


class RecognitionForm(EvidenceByContent, forms.ModelForm):
    """request_id: makes a form that is sent twice make one application."""

    EVIDENCE_OF = Recognition

    evidence = forms.FileField(
        label=pgettext_lazy("brought by a person", "Evidence"), widget=KeptFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
        help_text=_("That certificate as PDF or picture, at most 10 MB, identity numbers covered. Deleted with the decision."),
    )  # fmt: skip
    request_id = forms.UUIDField(widget=forms.HiddenInput)

    class Meta:
        model = Recognition
        fields = ["agreement", "holder_name", "their_number", "their_day", "valid_until"]
        widgets = {"their_day": _day(), "valid_until": _day()}

    def __init__(self, *args, today, name: str, **kwargs) -> None:
        super().__init__(*args, initial={"request_id": uuid4(), "holder_name": name}, **kwargs)
        self.today = today
        self.fields["agreement"].label = _("Whose certificate")
        self.fields["agreement"].queryset = RecognitionAgreement.objects.valid(today)
        self.fields["agreement"].empty_label = _("Choose")

    def clean_their_day(self):
        day = self.cleaned_data["their_day"]
        if day > self.today:
            raise ValidationError(gettext("This day is still to come."), code="future")
        return day

    def _post_clean(self) -> None:
        """Written by `Recognition.ask`."""


class BasisForm(forms.Form):
    basis = forms.CharField(
        label=_("Basis of the decision"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What was seen and compared, or why not. The applicant reads it."),
    )  # fmt: skip


class RefuseEndForm(forms.Form):
    note = forms.CharField(label=_("Why not"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class EndForm(forms.Form):
    day = forms.DateField(label=_("From this day on"), widget=_day())
    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}), help_text=_("It is public."),
    )  # fmt: skip

    def __init__(self, *args, today: date, **kwargs) -> None:
        super().__init__(*args, initial={"day": today}, **kwargs)
        self.today = today

    def clean_day(self) -> date:
        day = self.cleaned_data["day"]
        if day < self.today:
            raise ValidationError(gettext("This day is over. Choose today or a later one."), code="past")
        return day


class WithdrawAgreementForm(EndForm):
    """A draft was never in force: only the reason is asked for, and it ends today."""

    def __init__(self, *args, draft: bool, today: date, **kwargs) -> None:
        super().__init__(*args, today=today, **kwargs)
        self.fields["reason"].help_text = _("Officers read it.")
        if draft:
            self.fields["day"].required = False
            self.fields["day"].widget = forms.HiddenInput()

    def clean_day(self) -> date:
        return self.today if not self.fields["day"].required else super().clean_day()
