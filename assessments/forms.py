"""What is asked beside the work product itself: the declaration at the hand-in, the reason of a give-back."""

from django import forms
from django.utils.translation import gettext_lazy as _

MAX_DECLARATION = 2000


class HandInForm(forms.Form):
    """The declaration on the use of AI has to be answered either way."""

    ai_used = forms.ChoiceField(
        label=_("Did you use AI (a language model or the like) for this work product?"),
        choices=[("no", _("No")), ("yes", _("Yes"))],
        widget=forms.RadioSelect,
    )
    ai_use = forms.CharField(
        label=_("What for, and how you checked it"),
        help_text=_("For example: which tool, for which section, what you changed. Using AI is allowed; hiding it is not."),
        max_length=MAX_DECLARATION,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    no_secrets = forms.BooleanField(
        label=_("I have removed other people's trade secrets and personal data from the text and the files."),
    )

    def clean(self):
        data = super().clean()
        if data.get("ai_used") == "yes" and not data.get("ai_use", "").strip():
            self.add_error("ai_use", _("Say what you used it for."))
        return data

    def declaration(self) -> str:
        """The statement that is kept with the work product."""
        if self.cleaned_data["ai_used"] == "no":
            return str(_("No AI was used."))
        return self.cleaned_data["ai_use"].strip()


class GiveBackForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("For example: I know whose work this is. You will not be offered it again."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
