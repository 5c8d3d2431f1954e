"""What is asked beside the work product itself: declarations, reasons."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import LicenceEvent, MemberFactor, SimilarNote, Submission

MAX_DECLARATION = 2000


class HandInForm(forms.Form):
    """The declaration on the use of AI has to be answered either way."""

    ai_used = forms.ChoiceField(
        label=_("Did you use AI (a language model or the like) for this work product?"),
        choices=[("no", _("No")), ("yes", _("Yes"))],
        widget=forms.RadioSelect,
    )
    ai_tools = forms.CharField(
        label=_("Which tools"),
        help_text=_("Name and version where you know it; several separated by commas."),
        max_length=200,
        required=False,
    )
    ai_use = forms.CharField(
        label=_("What for, and how you checked it"),
        help_text=_("For example: for which section, what you changed. Using AI is allowed; hiding it is not."),
        max_length=MAX_DECLARATION,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    ai_tools.needed_when = ai_use.needed_when = _("(needed if you used AI)")
    no_secrets = forms.BooleanField(
        label=_("I have removed other people's trade secrets and personal data from the text and the files."),
    )

    def clean(self):
        data = super().clean()
        if data.get("ai_used") == "yes" and not data.get("ai_use", "").strip():
            self.add_error("ai_use", _("Say what you used it for."))
        if data.get("ai_used") == "yes" and not data.get("ai_tools", "").strip():
            self.add_error("ai_tools", _("Name the tool."))
        return data

    def declaration(self) -> str:
        """The statement that is kept with the work product."""
        if self.cleaned_data["ai_used"] == "no":
            return str(_("No AI was used."))
        return self.cleaned_data["ai_use"].strip()

    def tools(self) -> str:
        return self.cleaned_data["ai_tools"].strip() if self.cleaned_data["ai_used"] == "yes" else ""


class ContributionForm(forms.Form):
    """What a member of a team says before the shared work is handed in."""

    statement = forms.CharField(
        label=_("What you did yourself"),
        help_text=_(
            "Which sections and which decisions were yours, and what you took from the others. Name nobody: assessors read it."
        ),
        max_length=MAX_DECLARATION,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    agreed = forms.BooleanField(label=_("I have read the work product as it stands and agree that it is handed in."))


class SimilarForm(forms.Form):
    """What a moderator makes of a pair, for one of the two works."""

    submission = forms.ChoiceField(label=_("For the work"))
    kind = forms.ChoiceField(label=_("What to do"), choices=SimilarNote.Kind.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Passed on, who marks this work reads it beside the work."),
    )  # fmt: skip

    def __init__(self, data=None, *, works: list[Submission]) -> None:
        super().__init__(data)
        self.works = {str(work.uuid): work for work in works}
        self.fields["submission"].choices = [(str(work.uuid), work.enrolment.anonymous_code) for work in works]

    def clean_submission(self) -> Submission:
        return self.works[self.cleaned_data["submission"]]


class TeamDeadlineForm(forms.Form):
    until = forms.DateTimeField(
        label=_("Trainees make their teams until"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class FactorForm(forms.Form):
    """One member's mark apart from the team's."""

    factor = forms.DecimalField(
        label=_("Factor"), min_value=MemberFactor.LEAST, max_value=MemberFactor.MOST, max_digits=3, decimal_places=2,
        help_text=_("1 is the team's mark; from 0 to 1.2."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The trainee reads it with the result."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class GiveBackForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("For example: I know whose work this is. You will not be offered it again."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RemarkForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The moderator reads it beside the work. Trainees don't see it."),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class LicenceForm(forms.Form):
    """What can be done with a licence: a valid one is prolonged or withdrawn, another granted."""

    kind = forms.ChoiceField(label=_("What to do"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("For example: passed the training on the anchor scripts. It is kept with the licence."),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data=None, *, valid: bool) -> None:
        super().__init__(data)
        kinds = LicenceEvent.Kind
        choices = [(kinds.GRANTED, _("Grant the licence"))]
        if valid:
            choices = [(kinds.GRANTED, _("Prolong the licence")), (kinds.WITHDRAWN, _("Withdraw the licence"))]
        self.fields["kind"].choices = choices
        if len(choices) == 1:
            self.fields["kind"].initial = kinds.GRANTED
