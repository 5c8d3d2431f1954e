"""What people type: a number and a name to verify, a reason to refuse or revoke."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import ShareCode, StatusChange


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


class StatusChangeForm(forms.Form):
    """A step in a certificate's life. The reason is public, the note stays with the authority."""

    kind = forms.ChoiceField(label=_("Step"))
    reason = forms.ChoiceField(label=_("Public reason"), choices=StatusChange.Reason.choices)
    note = forms.CharField(
        label=_("Internal note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    sure = forms.BooleanField(label=_("I have checked the number and the holder's name."))

    LABELS = {
        StatusChange.Kind.SUSPENDED: _("Suspend"),
        StatusChange.Kind.REINSTATED: _("Reinstate"),
        StatusChange.Kind.REVOKED: _("Revoke for good"),
    }
    STEPS = {
        "": [StatusChange.Kind.SUSPENDED, StatusChange.Kind.REVOKED],
        "reinstated": [StatusChange.Kind.SUSPENDED, StatusChange.Kind.REVOKED],
        "suspended": [StatusChange.Kind.REINSTATED, StatusChange.Kind.REVOKED],
    }

    def __init__(self, *args, certificate, **kwargs):
        super().__init__(*args, **kwargs)
        steps = self.STEPS.get(certificate.state, [])
        self.fields["kind"].choices = [(kind, self.LABELS[kind]) for kind in steps]
