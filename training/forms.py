"""What registrars type: cohorts, class sessions, lists of trainees, reasons."""

import csv
import io
import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Membership, Role, User
from curriculum.models import CaseEvent, Edition, EditionItem, Topic
from lms.lib.decoding import decoded

from .models import ClassSession, Cohort

EMAIL = re.compile(r"[^\s,;<>\"'()]+@[^\s,;<>\"'()]+\.[^\s,;<>\"'()]+")
LIST_MAX_BYTES = 1024 * 1024
LIST_MAX_PEOPLE = 1000


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%d", **kwargs)


class MomentInput(forms.DateTimeInput):
    """Date and time to the second: the enrolment window closes at a second."""

    input_type = "datetime-local"

    def __init__(self, **kwargs):
        super().__init__(attrs={"step": "1"}, format="%Y-%m-%dT%H:%M:%S", **kwargs)


class EditionChoice(forms.ModelChoiceField):
    def label_from_instance(self, edition: Edition) -> str:
        return f"{edition.title} #{edition.number} – {edition.level.title} – {edition.organisation}"


class PeopleChoice(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, user: User) -> str:
        return user.full_name


class CohortForm(forms.ModelForm):
    """A cohort on an edition of one's own base. Of an open cohort only some fields may change (`Cohort.change`)."""

    class Meta:
        model = Cohort
        fields = [
            "edition", "title", "title_en", "code", "place", "starts_on", "ends_on", "enrol_from", "enrol_until",
            "seats", "instructors",
        ]  # fmt: skip
        field_classes = {"edition": EditionChoice, "instructors": PeopleChoice}
        widgets = {
            "starts_on": DateInput(), "ends_on": DateInput(), "enrol_from": MomentInput(), "enrol_until": MomentInput(),
            "instructors": forms.CheckboxSelectMultiple(),
        }  # fmt: skip
        help_texts = {
            "edition": _("Trainees study this frozen state of the course to the end, whatever changes later."),
            "code": _("Short and unique in the base: letters, digits, hyphens."),
            "enrol_until": _("The first second at which nobody can enrol any more."),
        }

    def __init__(self, *args, bases, **kwargs):
        super().__init__(*args, **kwargs)
        bases = [self.instance.organisation_id] if self.instance.pk else list(bases)
        editions = Edition.objects.filter(organisation__in=bases).select_related("level", "organisation")
        if not self.instance.pk:  # retired cases are not offered to new cohorts
            retired = EditionItem.objects.filter(page__in=CaseEvent.objects.retired_pages(), edition__organisation__in=bases)
            editions = editions.exclude(pk__in=retired.values("edition"))
        self.fields["edition"].queryset = editions
        members = Membership.objects.in_force().filter(organisation__in=bases, role=Role.INSTRUCTOR)
        people = User.objects.filter(pk__in=members.values("user"), is_active=True)
        self.fields["instructors"].queryset = people.order_by("full_name")
        self.members = members
        if self.instance.pk and not self.instance.is_planned:
            open_fields = {*Cohort.ALWAYS, *Cohort.UPWARDS, "instructors"}
            for name, field in self.fields.items():
                field.disabled = name not in open_fields
            for name in ("seats", "ends_on"):
                self.fields[name].help_text = _("Of an open cohort this can only grow.")

    def clean_seats(self) -> int:
        seats = self.cleaned_data["seats"]
        if not 0 < seats <= 100_000:
            raise ValidationError(_("Between 1 and 100000 seats."))
        return seats

    def clean(self) -> dict:
        data = super().clean()
        edition, first, last = data.get("edition"), data.get("starts_on"), data.get("ends_on")
        opens, closes = data.get("enrol_from"), data.get("enrol_until")
        if edition:
            same_code = Cohort.objects.filter(organisation=edition.organisation_id, code=data.get("code", ""))
            if same_code.exclude(pk=self.instance.pk).exists():
                self.add_error("code", _("Your base has a cohort with this code already."))
            teachers = set(
                self.members.filter(organisation=edition.organisation_id).values_list("user", flat=True)
            )
            if any(person.pk not in teachers for person in data.get("instructors", [])):
                self.add_error("instructors", _("Choose instructors of the edition's base."))
        if first and last and last < first:
            self.add_error("ends_on", _("The last day lies before the first."))
        if opens and closes and closes <= opens:
            self.add_error("enrol_until", _("Enrolment must close after it opens."))
        if closes and last and timezone.localdate(closes) > last:
            self.add_error("enrol_until", _("Enrolment must close no later than the last day of the cohort."))
        if self.instance.pk and not self.instance.is_planned:
            for name in Cohort.UPWARDS:
                if name in self.changed_data and name in data and data[name] < self.initial[name]:
                    self.add_error(name, _("Of an open cohort this can only grow."))
        return data

    def values(self) -> dict:
        """Return the fields that were changed by hand, for `Cohort.change`; instructors apart."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name != "instructors"}


class SessionForm(forms.ModelForm):
    """A class of one cohort, on a topic of its level."""

    class Meta:
        model = ClassSession
        fields = ["title", "topic", "starts_at", "minutes", "delivery", "instructor"]
        widgets = {"starts_at": MomentInput()}
        help_texts = {"minutes": _("Each trainee on the attendance list earns these minutes on the topic.")}

    def __init__(self, *args, cohort: Cohort, **kwargs):
        super().__init__(*args, **kwargs)
        topics = Topic.objects.filter(module__level=cohort.edition.level_id).select_related("module")
        self.fields["topic"].queryset = topics
        self.fields["minutes"].min_value = 1
        self.fields["minutes"].widget.attrs.update({"min": 1, "max": 600})
        members = Membership.objects.in_force().filter(organisation=cohort.organisation_id, role=Role.INSTRUCTOR)
        self.fields["instructor"].queryset = User.objects.filter(pk__in=members.values("user")).order_by("full_name")

    def clean_minutes(self) -> int:
        minutes = self.cleaned_data["minutes"]
        if not 0 < minutes <= 600:
            raise ValidationError(_("Between 1 and 600 minutes."))
        return minutes


class TraineeListForm(forms.Form):
    """E-mail addresses of people who have an account: pasted, or as a CSV file."""

    emails = forms.CharField(
        label=_("List of e-mail addresses"), required=False, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("One person a line; commas and names beside the address are fine."),
    )  # fmt: skip
    despite = forms.CharField(
        label=_("Admit despite unmet conditions, because"), required=False, max_length=1000,
        help_text=_("Only needed when conditions of the level are unmet or unknown. Kept with each enrolment, with your name."),
    )  # fmt: skip
    file = forms.FileField(label=_("or a CSV file"), required=False, help_text=_("UTF-8 or GB 18030, at most 1 MB."))

    def clean_file(self) -> str:
        upload = self.cleaned_data["file"]
        if not upload:
            return ""
        if upload.size > LIST_MAX_BYTES:
            raise ValidationError(_("The file is larger than 1 MB."))
        try:
            text = decoded(upload.read())
        except ValueError:
            text = "\x00"
        if "\x00" in text:
            raise ValidationError(_("This is no text file: save the list as CSV."))
        return text

    def clean(self) -> dict:
        data = super().clean()
        lines = [(number, line) for number, line in enumerate(data.get("emails", "").splitlines(), start=1)]
        found, strange = [], []
        for number, line in lines:
            hits = EMAIL.findall(line)
            found.extend(hits)
            if line.strip() and not hits:
                strange.append(str(number))
        try:
            table = list(csv.reader(io.StringIO(data.get("file") or "")))
        except csv.Error:
            self.add_error("file", _("This is no text file: save the list as CSV."))
            table = []
        for number, cells in enumerate(table, start=1):
            hits = [hit for cell in cells for hit in EMAIL.findall(cell)]
            found.extend(hits)
            if any(cell.strip() for cell in cells) and not hits and number > 1:  # the first row may be headings
                strange.append(str(number))
        if strange:
            text = ngettext(
                "No e-mail address in line %(lines)s.", "No e-mail addresses in lines %(lines)s.", len(strange)
            )
            self.add_error("emails", text % {"lines": ", ".join(strange[:20])})
        elif not found and not self.errors:
            self.add_error("emails", _("Enter at least one e-mail address, or choose a file."))
        if len(found) > LIST_MAX_PEOPLE:
            self.add_error("emails", _("At most 1000 people at once."))
        data["people"] = found
        return data


class ReverseForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=255, help_text=_("The trainee reads it in the ledger; name no third person.")
    )


class CancelForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=255)
