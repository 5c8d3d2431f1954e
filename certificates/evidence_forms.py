"""The field `evidence` of a form, judged by content."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lms.lib.uploads import CheckedFile, check_upload


class EvidenceByContent:
    """For forms with a file field `evidence` (KeptFileInput). EVIDENCE_OF: the model that says how
    large (MAX_BYTES) and which kinds (TAKEN).

    WRONG_KIND: said of another kind. checked: what was found, once the form is valid.
    """

    EVIDENCE_OF: type
    WRONG_KIND = _("Use a PDF or a picture (.png, .jpg).")
    checked: CheckedFile | None = None

    def clean_evidence(self):
        upload = self.cleaned_data["evidence"]
        try:
            self.checked = check_upload(upload, max_bytes=self.EVIDENCE_OF.MAX_BYTES)
            if self.checked.extension not in self.EVIDENCE_OF.TAKEN:
                raise ValidationError(self.WRONG_KIND, code="type")
        except ValidationError:
            self.fields["evidence"].widget.refuse()
            raise
        return upload
