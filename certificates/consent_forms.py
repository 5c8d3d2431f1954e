"""What is typed about consents: the employer's question, the holder's answer."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .forms import VerifyForm


class AskConsentForm(VerifyForm):
    alerts = forms.BooleanField(label=_("Tell us when its state changes"), required=False, initial=True)
    team = forms.BooleanField(label=_("Show it with its competences in our team table"), required=False)

    def clean(self):
        data = super().clean()
        if not data.get("alerts") and not data.get("team"):
            raise forms.ValidationError(_("Choose what you ask for."))
        return data


class AnswerConsentForm(forms.Form):
    alerts = forms.BooleanField(required=False)
    team = forms.BooleanField(required=False)
