"""What officers type about a finding of the audit: why it is set aside, and the file that is put back."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lms.lib.uploads import check_upload

from .audit import WORDS
from .models import AuditFinding
from .repair_plans import is_the_lost_file


class SetAsideForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it may stay as it is"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Colleagues read this. The finding is kept and can be opened again."),
    )  # fmt: skip


class PutBackForm(forms.Form):
    """The PDF as it was issued; nothing else is taken."""

    MAX_BYTES = 10 * 1024 * 1024

    file = forms.FileField(label=_("The PDF as it was issued"), widget=forms.FileInput(attrs={"accept": ".pdf"}))

    def __init__(self, *args, finding: AuditFinding, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.finding = finding

    def clean_file(self):
        upload = self.cleaned_data["file"]
        check_upload(upload, max_bytes=self.MAX_BYTES)
        data = upload.read()
        upload.seek(0)
        if not is_the_lost_file(self.finding, data):
            raise ValidationError(gettext("This is not the file that was issued: its hash is another."), code="hash")
        return upload


class FindingFilterForm(forms.Form):
    status = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All")), *AuditFinding.Status.choices], initial="open"
    )
    code = forms.ChoiceField(label=_("Finding"), required=False, choices=[("", _("All")), *WORDS.items()])
