"""What people type about themselves, about organisations and about roles."""

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .models import Consent, Membership, Organisation, User

# The level codes of the syllabus (the curriculum app, which stands above this one, owns their titles).
LEVELS = [
    ("junior", pgettext_lazy("level", "Junior")),
    ("intermediate", pgettext_lazy("level", "Intermediate")),
    ("senior", pgettext_lazy("level", "Senior")),
]

_link = lazy(lambda text, url: format_html('{} <a href="{}">{}</a>', text, url, _("Read them")), str)


def date_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class SignupForm(forms.Form):
    """What allauth's sign-up asks beside e-mail and password: the name, and a yes to the terms."""

    full_name = forms.CharField(
        label=_("Full name"),
        max_length=80,
        help_text=_("As it should stand on a certificate."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    terms = forms.BooleanField(
        label=_("I accept the terms of use and the privacy notice"),
        help_text=_link(_("They say what is kept about you, why, and for how long."), reverse_lazy("terms")),
        error_messages={"required": _("An account is only possible with these terms.")},
    )
    field_order = ["full_name", "email", "password1", "password2", "terms"]

    def signup(self, request: HttpRequest, user: User) -> None:
        user.full_name = self.cleaned_data["full_name"].strip()
        user.save(update_fields=["full_name"])
        Consent.objects.give(user, Consent.Kind.TERMS, at=timezone.now())


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["full_name", "name_latin"]
        widgets = {
            "full_name": forms.TextInput(attrs={"autocomplete": "name"}),
            "name_latin": forms.TextInput(attrs={"lang": "en", "spellcheck": "false"}),
        }


class OrganisationForm(forms.ModelForm):
    accredited_levels = forms.MultipleChoiceField(
        label=_("Accredited levels"), choices=LEVELS, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("The levels this base may teach."),
    )  # fmt: skip

    class Meta:
        model = Organisation
        fields = [
            "kind", "name", "name_en", "slug", "region", "region_en", "accredited_from", "accredited_until", "accredited_levels",
        ]  # fmt: skip
        widgets = {
            "name_en": forms.TextInput(attrs={"lang": "en"}),
            "region_en": forms.TextInput(attrs={"lang": "en"}),
            "accredited_from": date_input(),
            "accredited_until": date_input(),
        }
        help_texts = {"slug": _("Lower-case letters, digits and hyphens. It can't be changed later.")}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:  # groups and addresses are made from them
            self.fields["slug"].disabled = True
            self.fields["kind"].disabled = True

    def clean(self) -> dict:
        data = super().clean()
        start, end = data.get("accredited_from"), data.get("accredited_until")
        if start and end and end < start:
            self.add_error("accredited_until", _("Accreditation can't end before it begins."))
        if end and not start and "accredited_from" not in self.errors:
            self.add_error("accredited_from", _("Say from when the accreditation holds."))
        if data.get("kind") and data["kind"] != Organisation.Kind.BASE and (start or end or data["accredited_levels"]):
            self.add_error("kind", _("Only training bases are accredited; leave dates and levels empty."))
        if (
            data.get("kind") == Organisation.Kind.AUTHORITY
            and Organisation.objects.filter(kind=Organisation.Kind.AUTHORITY).exclude(pk=self.instance.pk).exists()
        ):
            self.add_error("kind", _("There is an authority already; there can only be one."))
        return data


class OrganisationFilterForm(forms.Form):
    q = forms.CharField(label=_("Name or region"), required=False, max_length=80)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[])
    accredited = forms.ChoiceField(
        label=_("Accreditation"), required=False,
        choices=[("", _("all")), ("yes", _("in force today")), ("no", _("not in force"))],
    )  # fmt: skip

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind, capfirst(label)) for kind, label in Organisation.Kind.choices]
        self.fields["kind"].choices = [("", _("all")), *kinds]


class MembershipForm(forms.Form):
    """A role for a person, found by e-mail address, or invited."""

    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    full_name = forms.CharField(
        label=_("Full name"), max_length=80, required=False,
        help_text=_("Needed only for someone who has no account yet; they get a link to set a password."),
    )  # fmt: skip
    role = forms.ChoiceField(label=_("Role"), choices=[])
    valid_from = forms.DateField(label=_("From"), widget=date_input())
    valid_until = forms.DateField(
        label=_("Until"), required=False, widget=date_input(), help_text=_("The last day. Empty: no end.")
    )

    def __init__(self, *args, organisation: Organisation, by: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.organisation, self.by = organisation, by
        roles = [(role.value, capfirst(role.label)) for role in organisation.roles]
        self.fields["role"].choices = [("", "---------"), *roles]
        self.fields["valid_from"].initial = timezone.localdate

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].strip().lower()
        if email == self.by.email.lower() or self.by.emailaddress_set.filter(email__iexact=email).exists():
            raise ValidationError(_("Nobody gives a role to themselves; ask a colleague or the authority."))
        return email

    def clean(self) -> dict:
        data = super().clean()
        start, end = data.get("valid_from"), data.get("valid_until")
        if start and end and end < start:
            self.add_error("valid_until", _("The last day can't be before the first."))
        if end and end < timezone.localdate():
            self.add_error("valid_until", _("This day is over already."))
        email = data.get("email")
        if email and not data.get("full_name", "").strip() and "full_name" not in self.errors:
            known = User.objects.filter(email__iexact=email).exists() or User.objects.filter(
                emailaddress__email__iexact=email, emailaddress__verified=True
            ).exists()  # fmt: skip
            if not known:
                self.add_error("full_name", _("Nobody has this address yet. Give the name to invite them."))
        if email and data.get("role") and not self.errors:
            held = Membership.objects.in_force_or_later().filter(
                organisation=self.organisation, user__email__iexact=email, role=data["role"]
            )
            if held.exists():
                self.add_error("role", _("This person has this role already; end it first."))
        return data


class AuditFilterForm(forms.Form):
    action = forms.ChoiceField(label=pgettext_lazy("audit log", "Action"), required=False, choices=[])
    person = forms.UUIDField(label=_("Person"), required=False, widget=forms.Select)
    since = forms.DateField(label=_("From"), required=False, widget=date_input())
    until = forms.DateField(label=_("Until"), required=False, widget=date_input())

    def __init__(self, *args, actions: list[tuple[str, str]], people: list[tuple[str, str]], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [("", _("all")), *actions]
        self.fields["person"].widget.choices = [("", _("all")), *people]

    def clean(self) -> dict:
        data = super().clean()
        if data.get("since") and data.get("until") and data["until"] < data["since"]:
            self.add_error("until", _("The last day can't be before the first."))
        return data
