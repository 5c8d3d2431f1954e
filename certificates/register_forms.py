"""What a holder shows of themselves in the public register, and what is asked and answered through it."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from lms.lib.language import local

from .models import Certificate, ContactRequest, RegisterEntry, RegisterReport
from .register_choices import Region, Sector


class CertificateChoices(forms.ModelMultipleChoiceField):
    def label_from_instance(self, certificate: Certificate) -> str:
        title = local(certificate.facts["level"], "title")
        return format_html('{} · <span class="nowrap">{}</span>', title, certificate.number)


class RegisterForm(forms.Form):
    certificates = CertificateChoices(
        label=_("Certificates you show"), queryset=Certificate.objects.none(), widget=forms.CheckboxSelectMultiple,
        help_text=_("Level, training base and dates are shown; never the number, the points or the QR code."),
    )  # fmt: skip
    region = forms.ChoiceField(label=_("Region where you work"), choices=[("", _("Choose")), *Region.choices])
    sectors = forms.MultipleChoiceField(
        label=_("Sectors"), choices=Sector.choices, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("At most four."),
    )  # fmt: skip
    about = forms.CharField(
        label=_("What you do"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A few words on your experience. No address or telephone number: employers ask through the system."),
    )  # fmt: skip
    about_en = forms.CharField(
        label=_("What you do, in English"), max_length=600, required=False,
        widget=forms.Textarea(attrs={"rows": 3, "lang": "en"}),
        help_text=_("In your own words; it is shown on the English pages. Without it the Chinese text stands there."),
    )  # fmt: skip
    shows_name = forms.BooleanField(
        label=_("Show my full name"), required=False, help_text=_("Otherwise only its first character is shown.")
    )
    takes_contact = forms.BooleanField(
        label=_("Employers may ask to get in touch"), required=False,
        help_text=_("You answer yes or no in the system. Your address stays unknown unless you tell it."),
    )  # fmt: skip
    agreed = forms.BooleanField(
        label=_("I agree that this is shown publicly. I can take it back at any time, and it disappears at once.")
    )

    def __init__(self, *args, certificates, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["certificates"].queryset = certificates

    def clean_sectors(self) -> list[str]:
        chosen = self.cleaned_data["sectors"]
        if len(chosen) > RegisterEntry.MOST_SECTORS:
            raise ValidationError(_("Choose at most four sectors."), code="many")
        return chosen


class ContactForm(forms.Form):
    """request_id: makes a form that is sent twice make one request."""

    organisation = forms.ModelChoiceField(label=_("In whose name"), queryset=Organisation.objects.none(), empty_label=None)
    message = forms.CharField(
        label=_("What it is about"), max_length=600, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("The task or post, where, and how you would like to talk. The person sees your organisation's name."),
    )  # fmt: skip
    request_id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, employers: list[Organisation], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["organisation"]
        field.queryset = Organisation.objects.filter(pk__in=[employer.pk for employer in employers])
        if len(employers) == 1:
            field.widget, field.initial = forms.HiddenInput(), employers[0]


class AnswerForm(forms.Form):
    answer = forms.ChoiceField(
        label=_("Do you agree to be contacted?"), widget=forms.RadioSelect,
        choices=[(value, label) for value, label in ContactRequest.Answer.choices if value != ContactRequest.Answer.LAPSED],
    )  # fmt: skip
    reply = forms.CharField(
        label=_("Your words to them"), max_length=600, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("With a yes: how they reach you. With a no nothing is passed on."),
    )  # fmt: skip

    def clean(self) -> dict:
        data = super().clean()
        if data.get("answer") == ContactRequest.Answer.YES and not data.get("reply"):
            self.add_error("reply", ValidationError(_("Tell them how they reach you."), code="required"))
        return data


class ReportForm(forms.Form):
    """request_id: makes a form that is sent twice make one report."""

    kind = forms.ChoiceField(label=_("What is reported"), widget=forms.RadioSelect, choices=RegisterReport.Kind.choices)
    text = forms.CharField(
        label=_("How you know, and what we should look at"), max_length=1000, required=False,
        widget=forms.Textarea(attrs={"rows": 5}), help_text=_("No identity numbers and no telephone numbers, please."),
    )  # fmt: skip
    email = forms.EmailField(
        label=_("Your e-mail address, if you want an answer"), max_length=254, required=False,
        help_text=_("For the answer only. It is deleted with the case."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip
    request_id = forms.UUIDField(widget=forms.HiddenInput)

    def clean(self) -> dict:
        data = super().clean()
        if data.get("kind") == RegisterReport.Kind.OTHER and not data.get("text", "").strip():
            self.add_error("text", ValidationError(_("Say in a few words what is wrong."), code="required"))
        return data


class ReportChoices(forms.ModelMultipleChoiceField):
    def label_from_instance(self, report: RegisterReport) -> str:
        return f"{report.get_kind_display()} · {localtime(report.reported_at):%Y-%m-%d %H:%M}"


class ReportAnswerForm(forms.Form):
    """others: the open reports on the same entry, any of which may be answered with it."""

    outcome = forms.ChoiceField(
        label=_("What came of it"), widget=forms.RadioSelect, choices=RegisterReport.Outcome.choices
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Whoever reported reads it if they left an address. Name nobody."),
    )  # fmt: skip
    told = forms.CharField(
        label=_("What the holder is told, if the entry is taken off"), max_length=500, required=False,
        widget=forms.Textarea(attrs={"rows": 3}), help_text=_("Nothing that points to who reported."),
    )  # fmt: skip
    also = ReportChoices(
        label=_("Answer these in the same way"), queryset=RegisterReport.objects.none(), required=False, to_field_name="uuid",
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Other open reports on this entry. Whoever left an address in one reads the same reason."),
    )  # fmt: skip

    def __init__(self, *args, others: QuerySet[RegisterReport], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if others:
            self.fields["also"].queryset = others
        else:
            del self.fields["also"]

    def clean(self) -> dict:
        data = super().clean()
        if data.get("outcome") == RegisterReport.Outcome.TAKEN_OFF and not data.get("told", "").strip():
            self.add_error("told", ValidationError(_("Tell the holder why the entry was taken off."), code="required"))
        return data
