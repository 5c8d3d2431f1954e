"""What is typed around a portfolio: a deal, a referee, the referee's answer, the verifier's finding."""

from django import forms
from django.conf import settings
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from curriculum.models import Competence
from lms.lib.language import local
from lms.lib.uploads import check_upload

from .models import DealVersion


class DealForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind of deal"), choices=DealVersion.Kind.choices)
    title = forms.CharField(
        label=_("Short title"), max_length=120, help_text=_("For example: licence of a sintering process to a furnace maker.")
    )
    done_on = forms.DateField(
        label=_("Date of signing or conclusion"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    own_part = forms.ChoiceField(label=_("Your part in it"), choices=DealVersion.Part.choices)
    amount = forms.ChoiceField(label=_("Amount"), choices=DealVersion.Amount.choices)
    parties = forms.CharField(
        label=_("Parties"), max_length=300, required=False,
        help_text=_("Only as far as you may name them; “a listed company in the province” will do."),
    )  # fmt: skip
    confidential = forms.BooleanField(
        label=_("Confidential: it is shown to the verifiers of the base and to the referees only"), required=False
    )
    competences = forms.MultipleChoiceField(label=_("Competences it shows"), widget=forms.CheckboxSelectMultiple)
    summary = forms.CharField(
        label=_("What you did, and what came of it"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5})
    )
    file = forms.FileField(
        label=_("Evidence"), required=False,
        help_text=_("Contract register entry, letter of a party, minutes … with other people's secrets blacked out."),
    )  # fmt: skip

    def __init__(self, data=None, files=None, *, syllabus, version: DealVersion | None = None) -> None:
        names = [name for name in self.base_fields if name != "file"]
        super().__init__(data, files, initial={name: getattr(version, name) for name in names} if version else None)
        found = Competence.objects.filter(syllabus=syllabus).order_by("position")
        self.fields["competences"].choices = [(one.code, local(one, "title")) for one in found]
        self.has_file = bool(version and version.file)
        self.checked = None

    def clean_done_on(self):
        day = self.cleaned_data["done_on"]
        if day > localdate():
            raise forms.ValidationError(_("The day lies ahead."))
        return day

    def clean_file(self):
        upload = self.cleaned_data.get("file")
        if upload:
            self.checked = check_upload(upload, max_bytes=settings.SUBMISSION_FILE_MAX_BYTES)
        elif not self.has_file:
            raise forms.ValidationError(_("Add a file that proves the deal."))
        return upload

    def said(self) -> dict:
        """The fields of a version."""
        return {name: value for name, value in self.cleaned_data.items() if name != "file"}


class RefereeForm(forms.Form):
    name = forms.CharField(label=_("Name of the referee"), max_length=80)
    email = forms.EmailField(label=_("E-mail address at work"), max_length=200)
    relation = forms.CharField(
        label=_("Who they are in this deal"), max_length=60, help_text=_("For example: technical director of the licensee.")
    )
    language = forms.ChoiceField(
        label=_("Language of the mail"), choices=[("zh-hans", "中文"), ("en", "English")], initial="zh-hans"
    )
    agreed = forms.BooleanField(label=_("This person knows that I name them, and agrees to be asked."))


class RefereeAnswerForm(forms.Form):
    answer = forms.ChoiceField(
        label=_("Is what stands above true, as far as you know?"), widget=forms.RadioSelect,
        choices=[("yes", _("Yes, I confirm it")), ("no", _("No, or I can't confirm it"))],
    )  # fmt: skip
    identity = forms.CharField(
        label=_("Your name and post"), max_length=120, help_text=_("You state with it that you are this person.")
    )
    comment = forms.CharField(
        label=pgettext_lazy("referee", "Comment"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    consent = forms.BooleanField(
        label=_(
            "I agree that the training base keeps my name, post, address and answer to verify this deal, and erases them "
            "when the time stated on this page is over."
        )
    )


class FindingForm(forms.Form):
    sound = forms.ChoiceField(
        label=_("Does the evidence prove the deal and the trainee's part in it?"), widget=forms.RadioSelect,
        choices=[("yes", _("Yes: it is verified")), ("no", _("No: it is not accepted as it stands"))],
    )  # fmt: skip
    reason = forms.CharField(
        label=pgettext_lazy("why", "Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What you compared with what. The trainee reads it."),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput)
