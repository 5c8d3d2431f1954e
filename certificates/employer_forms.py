"""What an employer's people type: a key, a list."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from assessments.terms_forms import NextTerms
from lms.lib.uploads import check_upload

from .list_reading import Row, Trouble, read
from .models import ApiKey, EmployerTerms, Scope

MAX_LIST_BYTES = 4 * 1024 * 1024


class ApiKeyForm(forms.Form):
    """request_id: makes a form that is sent twice make one key."""

    label = forms.CharField(
        label=_("What it is for"), max_length=80, help_text=_("For example: personnel system, test."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=Scope.choices, initial=[Scope.NUMBER], widget=forms.CheckboxSelectMultiple
    )
    days = forms.IntegerField(
        label=_("Good for (days)"), min_value=1, max_value=ApiKey.MAX_DAYS, initial=365, help_text=_("1 to 730 days."),
    )  # fmt: skip
    request_id = forms.UUIDField(widget=forms.HiddenInput)


class CheckListForm(forms.Form):
    """A list; `rows` when it was read without a fault, `troubles` otherwise."""

    title = forms.CharField(
        label=_("What you call it"), max_length=80, help_text=_("Only your organisation sees this. Name no person here."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    file = forms.FileField(
        label=_("List as .xlsx or .csv"), help_text=_("With the columns “Certificate number” and “Name” (证书编号, 姓名)."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )  # fmt: skip
    request_id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, terms: EmployerTerms, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.terms = terms
        self.rows: list[Row] = []
        self.troubles: list[Trouble] = []

    def clean_file(self):
        upload = self.cleaned_data["file"]
        checked = check_upload(upload, max_bytes=MAX_LIST_BYTES)
        if checked.extension not in ("xlsx", "csv"):
            raise ValidationError(_("Use a file of the type .xlsx or .csv."), code="type")
        self.rows, self.troubles = read(upload.read(), checked.extension, most=self.terms.rows_per_list)
        if self.troubles:
            raise ValidationError(
                _("Nothing was taken over: see “Rows to be mended”. Mend them in your file and bring it again."), code="rows"
            )
        return upload


class EmployerTermsForm(NextTerms):
    class Meta:
        model = EmployerTerms
        fields = [
            "calls_per_minute", "calls_per_day", "rows_per_list", "rows_per_day", "tries_per_number", "names_hours",
            "lists_days", "ask_again_days", "contacts_per_day", "contact_days", "reports_days", "source", "verified",
        ]  # fmt: skip


class ReceiptForm(forms.Form):
    text = forms.CharField(
        label=_("Text of the receipt"), required=False, max_length=16_000,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}), help_text=_("Paste it here, or choose its file."),
    )  # fmt: skip
    receipt = forms.FileField(
        label=_("Receipt as a file (.json)"), required=False, widget=forms.FileInput(attrs={"accept": ".json"})
    )
    file = forms.FileField(
        label=_("Result file that belongs to it"), required=False,
        help_text=_("For the receipt of a list: the .csv or .xlsx as it was downloaded."),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
    )  # fmt: skip

    def clean(self):
        data = super().clean()
        if not data.get("text", "").strip() and not data.get("receipt"):
            self.add_error("text", _("Paste the receipt, or choose its file."))
        return data
