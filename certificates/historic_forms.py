"""What people type about imported records: a file, a correction, a withdrawal, a claim, a decision."""

from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from lms.lib.kept_uploads import KeptFileInput
from lms.lib.uploads import check_upload

from .evidence_forms import EvidenceByContent
from .historic_reading import SHOWN
from .models import HistoricChange, HistoricClaim, HistoricImport, HistoricRecord
from .old_numbers import looks_like_ours


class HistoricImportForm(forms.ModelForm):
    """request_id: makes a form that is sent twice make one import."""

    file = forms.FileField(
        label=_("List as .xlsx or .csv"), widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        help_text=_("Columns: old number, name, level, date of award; where there are any, issuer, valid until, note. "
                    "No identity numbers. At most 40 MB; the whole of it or nothing."),
    )  # fmt: skip
    request_id = forms.UUIDField(widget=forms.HiddenInput)

    class Meta:
        model = HistoricImport
        fields = ["title", "source", "issuer"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, initial={"request_id": uuid4()}, **kwargs)
        self.checked = None

    def clean_file(self):
        upload = self.cleaned_data["file"]
        self.checked = check_upload(upload, max_bytes=HistoricImport.MAX_BYTES)
        if self.checked.extension not in ("xlsx", "csv"):
            raise ValidationError(gettext("Use a file of the type .xlsx or .csv."), code="type")
        return upload


class ReasonForm(forms.Form):
    reason = HistoricChange._meta.get_field("reason").formfield(widget=forms.Textarea(attrs={"rows": 2}))


class RecordCorrectionForm(forms.ModelForm):
    """The record as it is to read; what is the same as now is no change."""

    field_order = (*HistoricChange.FIELDS, "reason")

    class Meta:
        model = HistoricRecord
        fields = list(HistoricChange.FIELDS)
        labels = SHOWN  # "name" and "issuer" alone have another sense elsewhere
        widgets = {name: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d") for name in ("issued_on", "valid_until")}

    reason = HistoricChange._meta.get_field("reason").formfield(widget=forms.Textarea(attrs={"rows": 2}))

    def clean_number(self) -> str:
        number = self.cleaned_data["number"]
        if "number" in self.changed_data and looks_like_ours(number):
            words = gettext("This number has the form of the certificates issued here; an old record can't have it.")
            raise ValidationError(words, code="ours")
        if HistoricRecord.objects.standing(number).exclude(pk=self.instance.pk).exists():
            raise ValidationError(gettext("Another record with this number stands already."))
        return number

    def clean(self):
        data = super().clean()
        if not self.errors and not self.changes():
            raise ValidationError(gettext("Nothing would change. Type the record as it is to read."), code="same")
        issued, until = data.get("issued_on"), data.get("valid_until")
        if issued and until and until < issued:
            self.add_error("valid_until", _("The end of validity can't be read, or lies before the award."))
        return data

    def _post_clean(self) -> None:
        """The record itself is not touched: a correction is a further row."""

    def changes(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.changed_data if name in HistoricChange.FIELDS}


class ClaimForm(EvidenceByContent, forms.Form):
    """Number and name find the record as in verification; the evidence is what an officer decides by."""

    EVIDENCE_OF = HistoricClaim

    number = forms.CharField(label=_("Old number"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    name = forms.CharField(
        label=_("Name on the old certificate"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    evidence = forms.FileField(
        label=pgettext_lazy("brought by a person", "Evidence"), widget=KeptFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
        help_text=_("The old certificate as PDF or picture, at most 10 MB, identity numbers covered. Deleted with the decision."),
    )  # fmt: skip


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}), help_text=_("Who asked reads it.")
    )


class RefuseChangeForm(NoteForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].help_text = _("Who proposed it reads it.")


class RecordSearchForm(forms.Form):
    """Exact number or exact name: this is no list to browse for people."""

    q = forms.CharField(label=_("Old number or full name"), required=False, max_length=80)
    state = forms.ChoiceField(
        label=_("State"), required=False,
        choices=[("", _("All")), ("live", _("imported record")), ("ended", _("corrected or taken back")), ("held", _("claimed"))],
    )  # fmt: skip
