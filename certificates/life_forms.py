"""What people type for a certificate's life after issue: terms, an entry of continuing education, a decision, leave."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from assessments.terms_forms import NextTerms
from curriculum.models import Level
from lms.lib.kept_uploads import KeptFileInput

from .cpd import read_demand
from .evidence_forms import EvidenceByContent
from .models import Certificate, CpdCategory, CpdDecision, CpdEntry, Leave, ValidityTerms
from .models.validity import leave_days

LIMITS = {"least": _("%s: at least (hours)"), "most": _("%s: at most (hours)"), "each": _("%s: at most per item (hours)")}


class ValidityTermsForm(NextTerms):
    """Hours by category are typed in three fields each; all three empty: the category does not count."""

    reminder_days = forms.CharField(
        label=_("reminders by mail, days before the end"), required=False, max_length=60, initial="180, 90, 30",
        help_text=_("Numbers with commas. Empty: no reminders."),
    )  # fmt: skip

    class Meta:
        model = ValidityTerms
        fields = ["level", "syllabus", "months", "hours", "window_days", "grace_days", "sample_percent", "source", "verified"]

    def __init__(self, data=None, *, current=None) -> None:
        super().__init__(data, current=current)
        self.current = current
        self.fields["level"].choices = [("", _("every level")), *Level.Code.choices]
        self.fields["syllabus"].empty_label = _("every version")
        if current is not None:
            self.initial["reminder_days"] = ", ".join(str(days) for days in current.reminders)
        for code, label in CpdCategory.choices:
            kept = current.categories.get(code, {}) if current is not None else {}
            for name, words in LIMITS.items():
                self.fields[f"{code}_{name}"] = forms.DecimalField(
                    label=capfirst(str(words) % label), required=False, min_value=0, max_value=1000, decimal_places=1,
                    initial=Decimal(kept[name]) if kept.get(name) else None,
                )  # fmt: skip
        self.order_fields(["level", "syllabus", "months", "hours", *(n for n in self.fields if n.endswith(tuple(LIMITS)))])

    def clean_reminder_days(self) -> list[int]:
        text = self.cleaned_data["reminder_days"].replace("，", ",")
        try:
            days = sorted({int(part) for part in text.split(",") if part.strip()}, reverse=True)
        except ValueError:
            raise ValidationError(gettext("Type whole numbers with commas between them."), code="number") from None
        if days and not (days[-1] >= 1 and days[0] <= 365):
            raise ValidationError(gettext("Between 1 and 365 days."), code="range")
        return days

    def clean(self):
        data = super().clean()
        if self.current is not None and not self.has_changed():
            raise ValidationError(gettext("These are the terms that were set last; nothing would change."), code="same")
        categories = {}
        for code in CpdCategory.values:
            typed = {name: data.get(f"{code}_{name}") for name in LIMITS}
            if any(value is not None for value in typed.values()):
                categories[code] = {n: "" if v is None else f"{v.normalize():f}" for n, v in typed.items()}
        if data.get("hours") is not None and not self.errors:
            try:
                read_demand(data["hours"], categories)
            except ValueError:
                raise ValidationError(
                    gettext("These hours can't be met: name at least one category, no floor above its own cap, and let enough "
                            "count to reach the total."), code="demand",
                ) from None  # fmt: skip
        self.instance.categories = categories
        self.instance.reminders = data.get("reminder_days") or []
        return data


class CpdEntryForm(EvidenceByContent, forms.ModelForm):
    """One item with its evidence. request_id: makes a form that is sent twice make one entry."""

    EVIDENCE_OF = CpdEntry

    evidence = forms.FileField(
        label=pgettext_lazy("brought by a person", "Evidence"),
        help_text=_("A certificate of attendance or the like as PDF or picture, at most 10 MB."),
        widget=KeptFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
    )  # fmt: skip
    request_id = forms.UUIDField(widget=forms.HiddenInput)

    DRAFTED = ("category", "title", "organiser", "hours", "held_on")

    class Meta:
        model = CpdEntry
        fields = ["category", "title", "organiser", "hours", "held_on"]
        widgets = {"held_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args, today: date, draft: dict | None = None, **kwargs) -> None:
        kept = {name: value for name, value in (draft or {}).items() if name in self.DRAFTED}
        super().__init__(*args, initial={**kept, "request_id": uuid4()}, **kwargs)
        self.today = today
        self.fields["category"].choices = [("", _("Choose")), *CpdCategory.choices]

    def clean_held_on(self) -> date:
        day = self.cleaned_data["held_on"]
        if day > self.today:
            raise ValidationError(gettext("This day is still to come."), code="future")
        return day

    def clean_hours(self) -> Decimal:
        hours = self.cleaned_data["hours"]
        if hours % Decimal("0.5"):
            raise ValidationError(gettext("Whole or half hours."), code="half")
        return hours

    def typed(self) -> dict[str, str]:
        """What is kept as a draft: everything but the file."""
        return {name: str(self.data.get(name, ""))[:160] for name in self.DRAFTED if self.data.get(name)}

    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.DRAFTED}


class CpdDecisionForm(forms.Form):
    """The steps that the entry's state lets someone else than its holder take."""

    WORDS = {"accepted": _("accept"), "refused": _("refuse"), "taken_back": _("take the decision back")}

    kind = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The holder reads it. Needed unless you accept."),
    )  # fmt: skip

    def __init__(self, *args, latest: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        steps = [kind for kind in self.WORDS if latest in CpdDecision.FROM[CpdDecision.Kind(kind)]]
        self.fields["kind"].choices = [(kind, self.WORDS[kind]) for kind in steps]

    def clean(self):
        data = super().clean()
        if data.get("kind") in CpdDecision.REASONED and not data.get("reason", "").strip():
            self.add_error("reason", _("Give a reason."))
        return data


class LeaveForm(forms.ModelForm):
    request_id = forms.UUIDField(widget=forms.HiddenInput)

    class Meta:
        model = Leave
        fields = ["kind", "days", "reason"]

    def __init__(self, *args, certificate: Certificate, **kwargs) -> None:
        super().__init__(*args, initial={"request_id": uuid4()}, **kwargs)
        self.certificate = certificate
        self.fields["kind"].choices = [("", _("Choose")), *Leave.Kind.choices]

    def clean(self):
        data = super().clean()
        again = Leave.objects.filter(request_id=data.get("request_id")).exists()  # sent twice: `grant` finds the first
        left = Leave.MOST_DAYS - leave_days(self.certificate)
        if not again and data.get("days", 0) > left:
            words = gettext("No more than %(most)s days of leave are counted in all; %(left)s are left.")
            self.add_error("days", words % {"most": Leave.MOST_DAYS, "left": left})
        return data


class RenewalNoteForm(forms.Form):
    """What was found in the evidence; needed when the lot fell on the renewal."""

    note = forms.CharField(
        label=_("What was found in the evidence"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed when the lot fell on this renewal."),
    )  # fmt: skip

    def __init__(self, *args, sampled: bool, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].required = sampled
