"""What authors and reviewers type: notes and comments."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import ContentRules


class SubmitForm(forms.Form):
    note = forms.CharField(
        label=_("Note to the reviewers"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What is new, and what you would like them to look at."),
    )  # fmt: skip


class DecisionForm(forms.Form):
    """`stage` says what the reviewer was looking at, so that a second click decides nothing further on."""

    stage = forms.CharField(max_length=20, widget=forms.HiddenInput)
    comment = forms.CharField(
        label=_("Comment"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )


class ReturnForm(DecisionForm):
    comment = forms.CharField(
        label=_("What has to change"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The author reads this."), error_messages={"required": _("Say what has to change.")},
    )  # fmt: skip


class CloseTaskForm(forms.Form):
    comment = forms.CharField(
        label=_("What you found"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Why the page may stay as it is. If it may not, change the page: the task then closes by itself."),
        error_messages={"required": _("Say what you found.")},
    )  # fmt: skip


class ContentRulesForm(forms.ModelForm):
    class Meta:
        model = ContentRules
        fields = ["law_check_months", "task_days", "source"]
