"""What is typed about cases in the bank: why one is retired, where one has leaked, into which course one is taken."""

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .models import CaseEvent


class RetireForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Bases that have the case read it."),
    )  # fmt: skip


class LeakForm(forms.Form):
    """`key` is made with the page, so that a second click is no second mark."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    severity = forms.ChoiceField(
        label=_("How much has leaked"), choices=CaseEvent.Severity.choices, widget=forms.RadioSelect
    )
    variant = forms.ChoiceField(label=_("Which variant"), required=False)
    where_seen = forms.CharField(label=_("Where it was seen"), max_length=200)
    evidence_url = forms.URLField(label=_("Address of the evidence"), max_length=400, required=False, assume_scheme="https")
    reason = forms.CharField(
        label=_("What was seen"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What of the case, when and by whom, and how you know. No personal data that is not needed."),
    )  # fmt: skip

    def __init__(self, data=None, *, variants: list[tuple[str, str]]) -> None:
        super().__init__(data, initial={"key": uuid.uuid4()})
        if variants:
            self.fields["variant"].choices = [("", _("the whole case")), *variants]
        else:
            del self.fields["variant"]

    def clean_evidence_url(self) -> str:
        url = self.cleaned_data["evidence_url"]
        if url and not url.startswith(("http://", "https://")):
            raise ValidationError(_("An address that begins with https:// or http://."))
        return url

    def said(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if name != "key"}


class TakeForm(forms.Form):
    course = forms.TypedChoiceField(label=_("Course"), coerce=int)

    def __init__(self, data=None, *, courses) -> None:
        super().__init__(data)
        self.fields["course"].choices = [(course.pk, course.draft_title) for course in courses]
