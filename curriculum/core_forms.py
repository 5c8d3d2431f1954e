"""What people type about the national core: what is new, why an update is declined, what should change, an answer."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .models import CoreChangeRequest


class CoreSubmitForm(forms.Form):
    note = forms.CharField(
        label=_("What is new"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The bases read this with the update and decide by it."),
        error_messages={"required": _("Say what is new: the bases decide by it.")},
    )  # fmt: skip


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label=_("Why you keep the older version"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The authority reads this. A later version is offered again."),
        error_messages={"required": _("Say why you keep the older version; the authority reads it.")},
    )  # fmt: skip


class ChangeRequestForm(forms.Form):
    """bases: accredited bases for which the person writes; asked for when there are several."""

    base = forms.ModelChoiceField(label=_("Training base"), queryset=None, empty_label=None)
    place = forms.CharField(
        label=_("Place"), max_length=200, help_text=_("The heading, stage, exhibit or criterion, and the sentence.")
    )
    text = forms.CharField(
        label=_("How it should read"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A source helps: the statute, the standard, the data."),
    )  # fmt: skip

    def __init__(self, *args, bases, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["base"].queryset = bases
        if len(bases) == 1:
            self.fields["base"].initial = bases[0]
            self.fields["base"].widget = forms.HiddenInput()


class AnswerForm(forms.Form):
    decision = forms.ChoiceField(
        label=_("Decision"), widget=forms.RadioSelect,
        choices=[
            (CoreChangeRequest.Status.ACCEPTED, pgettext_lazy("change request", "accepted: the next version has it")),
            (CoreChangeRequest.Status.DECLINED, pgettext_lazy("change request", "declined")),
        ],
    )  # fmt: skip
    answer = forms.CharField(
        label=_("Answer to the base"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Say why, so that the base understands the answer.")},
    )  # fmt: skip
