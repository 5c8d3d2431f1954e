"""What people type: a number and a name to verify, a reason to refuse."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import ShareCode, WalletOffer


class VerifyForm(forms.Form):
    """Only whether something was typed is checked here; a wrong number gets the same neutral answer as a wrong name."""

    number = forms.CharField(
        label=_("Certificate number"),
        max_length=40,
        help_text=_("As printed on the certificate, for example TM-J-XXXXX-XXXXX-X."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    name = forms.CharField(
        label=_("Full name of the holder"),
        max_length=80,
        help_text=_("The whole name, in Chinese or in Latin letters, as on the certificate."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ExtendForm(forms.Form):
    days = forms.IntegerField(
        label=_("Good for (days)"), min_value=1, max_value=ShareCode.MAX_DAYS, initial=30, help_text=_("1 to 180 days.")
    )


class ShareForm(ExtendForm):
    """request_id: makes a form that is sent twice make one code."""

    label = forms.CharField(
        label=_("For whom"), max_length=80, help_text=_("Only you see this, for example the name of an employer."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    request_id = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ("label", "days", "request_id")


class RecordForm(forms.Form):
    """request_id: makes a form that is sent twice ask for one record."""

    request_id = forms.UUIDField(widget=forms.HiddenInput)


class WalletForm(RecordForm):
    way = forms.ChoiceField(choices=WalletOffer.Way.choices)


class LookForm(forms.Form):
    """What somebody found who looked at a certificate behind which a result was changed."""

    note = forms.CharField(
        label=_("What was found"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("For example: still holds; revoked because the conditions are no longer met."),
    )  # fmt: skip


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The base reads this and can act on it."),
    )
