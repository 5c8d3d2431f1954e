"""What people type who change a certificate: the step and its public reason, a corrected name, a new name with evidence."""

from collections.abc import Mapping

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.lib.kept_uploads import KeptFileInput

from .document.glyphs import missing_glyphs
from .evidence_forms import EvidenceByContent
from .models import Certificate, ChangeRequest, StatusChange
from .models.awards import undrawable
from .models.name_changes import names_for

Kind, Reason = StatusChange.Kind, StatusChange.Reason


class PublicReason(forms.Form):
    """The reason and the explanation are public, the note stays with the authority."""

    reason = forms.ChoiceField(label=_("Public reason"))
    text = forms.CharField(
        label=_("Public explanation"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Everyone who verifies the certificate reads this. No names, no personal circumstances."),
    )  # fmt: skip
    note = forms.CharField(
        label=_("Internal note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class StatusChangeForm(PublicReason):
    """A step in a certificate's life."""

    kind = forms.ChoiceField(label=_("Step"))
    sure = forms.BooleanField(label=_("I have checked the number and the holder's name."))
    field_order = ("kind", "reason", "text", "note", "sure")

    LABELS = {
        Kind.SUSPENDED: _("Suspend at once"),
        Kind.REINSTATED: _("Propose to reinstate"),
        Kind.REVOKED: _("Propose to revoke for good"),
    }
    STEPS = {
        "": [Kind.SUSPENDED, Kind.REVOKED],
        "reinstated": [Kind.SUSPENDED, Kind.REVOKED],
        "suspended": [Kind.REINSTATED, Kind.REVOKED],
    }
    REASONS = (Reason.ERROR, Reason.MISCONDUCT, Reason.HOLDER_REQUEST, Reason.INVESTIGATION, Reason.CLEARED)

    def __init__(self, *args, certificate: Certificate, alone: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind, self.LABELS[kind]) for kind in self.steps(certificate, alone)]
        self.fields["reason"].choices = [(reason.value, reason.label) for reason in self.REASONS]

    @classmethod
    def steps(cls, certificate: Certificate, alone: object = False) -> list[str]:
        """The steps that lead on from its state. alone: only those for which no second person is asked."""
        return [kind for kind in cls.STEPS.get(certificate.state, []) if not alone or kind in StatusChange.ALONE]


class TypedNames(forms.Form):
    """The name as a certificate is to read; characters that can't be drawn are refused here."""

    name = forms.CharField(label=_("Full name"), max_length=80)
    name_latin = forms.CharField(label=_("Name in Latin letters"), max_length=80, required=False)

    def _drawable(self, field: str) -> str:
        typed = " ".join(self.cleaned_data[field].split())
        if missing := missing_glyphs(typed):
            raise ValidationError(undrawable(missing))
        return typed

    def clean_name(self) -> str:
        return self._drawable("name")

    def clean_name_latin(self) -> str:
        return self._drawable("name_latin")


class NewNames(TypedNames):
    """The name as the new certificate is to read, in the place of this one."""

    def __init__(self, *args, certificate: Certificate, **kwargs):
        initial = {"name": certificate.holder_name, "name_latin": certificate.holder_name_latin}
        super().__init__(*args, **{"initial": initial, **kwargs})
        self.certificate = certificate

    def names(self) -> dict[str, str]:
        """What differs from the certificate, as the verbs take it: "" for what stays."""
        return names_for(self.certificate, self.cleaned_data["name"], self.cleaned_data["name_latin"])

    @property
    def differs(self) -> bool:
        return any(self.names().values())


class CorrectionForm(NewNames, PublicReason):
    """A wrong datum: the name as written, or what the records say by now. Whoever holds the old number learns the new one."""

    facts_again = forms.BooleanField(
        label=_("State what the records say today"), required=False,
        help_text=_("Hours, cases, competences and titles are read again. The dates of award and validity stay."),
    )  # fmt: skip
    field_order = ("name", "name_latin", "facts_again", "reason", "text", "note")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [(Reason.DATA_CORRECTION.value, Reason.DATA_CORRECTION.label)]

    def clean(self) -> dict:
        if not self.errors and not self.differs and not self.cleaned_data.get("facts_again"):
            raise ValidationError(_("Nothing would change. Correct the name, or have the records read again."))
        return self.cleaned_data


class RenameForm(EvidenceByContent, NewNames):
    EVIDENCE_OF = ChangeRequest
    WRONG_KIND = _("Bring the evidence as PDF, PNG or JPG.")

    evidence = forms.FileField(
        label=pgettext_lazy("brought by a person", "Evidence"),
        help_text=_("For example the page of the household register or the notice of the change, as PDF, PNG or JPG. "
                    "Officers read it to decide; it is deleted with the decision."),
        widget=KeptFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
    )  # fmt: skip
    shown = forms.BooleanField(
        label=_("Whoever has my old number and old name may learn the new ones."), required=False,
        help_text=_("Without this, the old number says that the name was changed and when, but not to what."),
    )  # fmt: skip
    field_order = ("name", "name_latin", "evidence", "shown")

    def clean(self) -> dict:
        if not {"name", "name_latin"} & set(self.errors) and not self.differs:
            raise ValidationError(_("This is the name on the certificate already."))
        return self.cleaned_data


class NameChangeForm(EvidenceByContent, TypedNames):
    """The same new name on all certificates that can be changed now."""

    EVIDENCE_OF = ChangeRequest
    WRONG_KIND = RenameForm.WRONG_KIND

    evidence = RenameForm.base_fields["evidence"]
    shown = forms.BooleanField(
        label=_("Whoever has one of my old numbers and my old name may learn the new ones."), required=False,
        help_text=_("Without this, the old numbers say that the name was changed and when, but not to what. You can decide "
                    "otherwise later, for each certificate."),
    )  # fmt: skip
    field_order = ("name", "name_latin", "evidence", "shown")

    def __init__(self, *args, certificates: list[Certificate], **kwargs):
        super().__init__(*args, **kwargs)
        self.certificates = certificates
        self.fields["name"].label = _("Your name from now on")
        self.fields["name_latin"].help_text = _("Empty: stays as it is on each certificate.")

    def clean(self) -> dict:
        data = self.cleaned_data
        if {"name", "name_latin"} & set(self.errors):
            return data
        if not any(any(names_for(one, data["name"], data["name_latin"]).values()) for one in self.certificates):
            raise ValidationError(_("This is the name on all these certificates already."))
        return data


class AdoptForm(forms.Form):
    """An officer's words with what the holder asked for."""

    text = PublicReason.base_fields["text"]
    note = PublicReason.base_fields["note"]


class RefusalForm(forms.Form):
    note = forms.CharField(
        label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Who asked for it or proposed it reads this."),
    )  # fmt: skip


def form_of_step(step: str, data: Mapping[str, str]) -> AdoptForm | RefusalForm | None:
    """The form of a step of a change, with what was typed; None for a step that asks for nothing."""
    form = {"adopt": AdoptForm, "refuse": RefusalForm}.get(step)
    return form(data) if form else None


# What is said after the steps that a change of one certificate and of a name have in common.
SAID = {
    "adopt": _("Proposed. Another officer has to confirm it."),
    "refuse": _("Refused; nothing has changed."),
    "withdraw": _("Taken back; nothing has changed."),
}
