"""What a firm types into a demand, and what a base asks about it. A draft may be incomplete; sending it may not."""

import uuid

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from lms.lib.uploads import CheckedFile, check_upload

from .models import Demand
from .models.demands import SIGNS, is_number

ROWS = 12


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class FilesInput(forms.FileInput):
    allow_multiple_selected = True

    def __init__(self) -> None:
        super().__init__(attrs={"multiple": True})


class FilesField(forms.FileField):
    """Any number of files; each is checked by its content."""

    widget = FilesInput

    def clean(self, data, initial=None) -> list[tuple]:
        checked: list[tuple] = []
        problems = []
        for upload in data or []:
            try:
                checked.append((upload, self.look(upload)))
            except ValidationError as refusal:
                problems += [f"{upload.name}: {message}" for message in refusal.messages]
        self.good = checked  # kept although another file was refused
        if problems:
            raise ValidationError(problems)
        return checked

    @staticmethod
    def look(upload) -> CheckedFile:
        return check_upload(upload, max_bytes=settings.SUBMISSION_FILE_MAX_BYTES)


class DemandForm(forms.ModelForm):
    """Everything may be empty while it is a draft. `kept()` is what can be saved even when something else is wrong."""

    contact_name = forms.CharField(label=_("Contact person"), max_length=40, required=False)
    contact_phone = forms.CharField(label=_("Telephone"), max_length=30, required=False)
    contact_email = forms.CharField(
        label=_("E-mail"), max_length=120, required=False, validators=[validate_email],
        help_text=_("Kept encrypted. Only a base that has taken the demand up can open it, and each opening is recorded."),
    )  # fmt: skip
    uploads = FilesField(
        label=_("Add attachments"), required=False,
        help_text=_("Drawings, data, photographs: PDF, pictures, Office files, text. Bases that may read the demand see them."),
    )  # fmt: skip

    class Meta:
        model = Demand
        fields = [
            "title", "problem", "industry", "region", "present_state", "budget", "wanted_by", "ip_wish", "ip_note",
            "cooperation",
        ]  # fmt: skip
        widgets = {
            "problem": forms.Textarea(attrs={"rows": 6}), "present_state": forms.Textarea(attrs={"rows": 5}),
            "wanted_by": DayInput(),
        }  # fmt: skip
        help_texts = {
            "title": _("One sentence that says what has to get better, without naming a solution."),
            "problem": _("What happens, where and how often; what it costs; who decides."),
            "present_state": _("What is in use today, what was tried, and why it is not enough."),
            "industry": _("Such as water supply, household appliances, precision machining."),
        }

    def __init__(self, data=None, files=None, *, demand: Demand) -> None:
        contact = {f"contact_{name}": value for name, value in demand.contact.items()}
        # its own object: a refused form leaves the demand as it is stored
        super().__init__(data, files, instance=Demand(**{f: getattr(demand, f) for f in self.Meta.fields}), initial=contact)
        for name in ("budget", "ip_wish", "cooperation"):
            self.fields[name].required = False

    def _post_clean(self) -> None:
        """The model's own rules are those of sending it."""

    def kept(self) -> dict:
        """Return the fields that could be read."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields if name in self.cleaned_data}

    def contact(self) -> dict[str, str]:
        return {name: (self.cleaned_data.get(f"contact_{name}") or "").strip() for name in ("name", "phone", "email")}

    def good_files(self) -> list[tuple]:
        return getattr(self.fields["uploads"], "good", [])


class IndicatorForm(forms.Form):
    name = forms.CharField(label=_("Indicator"), max_length=60, required=False)
    sign = forms.ChoiceField(label=_("Comparison"), choices=SIGNS, required=False)
    value = forms.CharField(label=_("Threshold"), max_length=20, required=False)
    unit = forms.CharField(label=_("Unit"), max_length=20, required=False)

    def clean_value(self) -> str:
        value = self.cleaned_data["value"].strip()
        if value and not is_number(value):
            raise ValidationError(_("A number, such as 0.5."))
        return value

    def clean(self) -> dict:
        data = super().clean()
        if data.get("name") and "value" in data and not data["value"]:
            self.add_error("value", _("Say from which value on it is reached."))
        if not data.get("name") and data.get("value"):
            self.add_error("name", _("Say what is measured."))
        return data

    def typed(self) -> dict[str, str]:
        """Return the row as it was typed, right or wrong."""
        row = {name: (self[name].value() or "").strip()[:60] for name in self.fields}
        return row | {"sign": row["sign"] or SIGNS[0][0]}


class _Rows(forms.BaseFormSet):
    def kept(self) -> list[dict[str, str]]:
        """Return the rows in which something stands, as typed."""
        rows = [form.typed() for form in self.forms]
        return [row for row in rows if row["name"] or row["value"]]


IndicatorRows = forms.formset_factory(
    IndicatorForm, formset=_Rows, extra=3, max_num=ROWS, absolute_max=ROWS, validate_max=True
)


class TermsForm(forms.Form):
    """What the firm allows, and its consent in the words of the version shown."""

    audience = forms.ChoiceField(label=_("Send to"), choices=Demand.Audience.choices, widget=forms.RadioSelect)
    bases = forms.ModelMultipleChoiceField(
        label=_("Training bases"), queryset=Organisation.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    several = forms.BooleanField(
        label=_("Several bases may take it up"), required=False, help_text=_("Else it goes to the first that does.")
    )
    anonymity = forms.ChoiceField(
        label=_("How your firm appears in the case"), choices=Demand.Anonymity.choices, widget=forms.RadioSelect
    )
    exhibits_shown = forms.BooleanField(
        label=_("The attachments may be shown to trainees as exhibits"), required=False,
        help_text=_("Else the base reads them, and trainees never do."),
    )  # fmt: skip
    embargo_until = forms.DateField(
        label=_("Embargo until"), required=False, widget=DayInput(),
        help_text=_("Before this day nothing made of it is published or taught. Empty: no embargo."),
    )  # fmt: skip
    text_version = forms.CharField(widget=forms.HiddenInput)
    agree = forms.BooleanField(label=_("I may speak for the firm, and the firm consents to the text above"))

    def __init__(self, data=None, *, demand: Demand) -> None:
        initial = {name: getattr(demand, name) for name in
                   ("audience", "several", "anonymity", "exhibits_shown", "embargo_until")}  # fmt: skip
        initial |= {"bases": list(demand.bases.all()), "text_version": Demand.TEXT_VERSION}
        super().__init__(data, initial=initial)
        self.fields["bases"].queryset = Organisation.objects.accredited().order_by("name")

    def clean_text_version(self) -> str:
        version = self.cleaned_data["text_version"]
        if version != Demand.TEXT_VERSION:
            raise ValidationError(_("The text has changed; read it once more."))
        return version

    def clean_embargo_until(self):
        day = self.cleaned_data["embargo_until"]
        if day and day <= localdate():
            raise ValidationError(_("This day has passed; leave the field empty for no embargo."))
        return day

    def clean(self) -> dict:
        data = super().clean()
        if data.get("audience") == Demand.Audience.NAMED and "bases" in data and not data["bases"]:
            self.add_error("bases", _("Name at least one training base."))
        return data

    def terms(self) -> dict:
        names = ("audience", "bases", "several", "anonymity", "exhibits_shown", "embargo_until")
        return {name: self.cleaned_data[name] for name in names}


class MessageForm(forms.Form):
    """`key` is made with the page, so that a second click is no second message."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(label=_("Message"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, data=None, **kwargs) -> None:
        super().__init__(data, initial={"key": uuid.uuid4()}, **kwargs)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class OptionalReasonForm(ReasonForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = False


class VerdictForm(forms.Form):
    """The firm's word on a case: approved, or what has to change."""

    verdict = forms.ChoiceField(
        label=_("Your decision"), widget=forms.RadioSelect,
        choices=[("approved", _("Approve: the case may be taught like this")), ("refused", _("Ask for changes"))],
    )  # fmt: skip
    comment = forms.CharField(
        label=_("Comment"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("For changes: what has to be taken out or written differently."),
    )  # fmt: skip

    def clean(self) -> dict:
        data = super().clean()
        if data.get("verdict") == "refused" and not data.get("comment", "").strip():
            self.add_error("comment", _("Say what has to change."))
        return data
