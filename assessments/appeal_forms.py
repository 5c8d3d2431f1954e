"""What is typed into appeals and answers to feedback."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from lms.lib.uploads import check_upload

from .models.answers import MAX_ANSWER
from .models.appeals import MAX_STATEMENT, Appeal


def _text(label, *, limit: int, rows: int = 4, **kwargs) -> forms.CharField:
    return forms.CharField(label=label, max_length=limit, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class AppealForm(forms.Form):
    ground = forms.ChoiceField(label=_("Ground"), choices=Appeal.Ground.choices, widget=forms.RadioSelect)
    statement = _text(
        _("Your statement"), limit=MAX_STATEMENT, rows=10,
        help_text=_("What is wrong, and where it can be seen. At most 4000 characters. The base reads it, not the assessor."),
    )  # fmt: skip
    file = forms.FileField(
        label=_("A file that supports it"), required=False,
        help_text=_("PDF, picture, Office file or text. If the form comes back with an error, choose the file again."),
    )  # fmt: skip
    checked = None

    def clean_file(self):
        upload = self.cleaned_data["file"]
        if upload:
            self.checked = check_upload(upload, max_bytes=settings.SUBMISSION_FILE_MAX_BYTES)
        return upload


class FormalForm(forms.Form):
    """Admitted or not, with a reason."""

    admit = forms.ChoiceField(
        label=_("Decision on form"), widget=forms.RadioSelect,
        choices=[("yes", _("Admit: a fresh assessor marks the work")), ("no", _("Do not admit: the result stands"))],
    )  # fmt: skip
    reason = _text(_("Reason"), limit=2000, help_text=_("The trainee reads it."))


class DecisionForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("Decision on the appeal"), widget=forms.RadioSelect,
        choices=[("upheld", _("Uphold: the new result counts")), ("dismissed", _("Dismiss: the result stands"))],
    )  # fmt: skip
    reason = _text(_("Reason"), limit=2000, help_text=_("The trainee reads it."))


class AnswersForm(forms.Form):
    """One answer for each criterion that has none yet: fields named by the criterion's key."""

    def __init__(self, data=None, *, criteria) -> None:
        super().__init__(data)
        self.criteria = {f"answer.{criterion.key}": criterion for criterion in criteria}
        for name in self.criteria:
            self.fields[name] = _text(_("Your answer"), limit=MAX_ANSWER, rows=3, required=False)

    def clean(self):
        data = super().clean()
        if not self.errors and not any(value.strip() for value in data.values()):
            raise forms.ValidationError(_("Write an answer to at least one criterion."))
        return data

    def texts(self):
        return {self.criteria[name]: text for name, text in self.cleaned_data.items()}


class ReplyForm(forms.Form):
    text = _text(_("Reply of the base"), limit=MAX_ANSWER, rows=3, help_text=_("Once. The trainee sees no name."))
