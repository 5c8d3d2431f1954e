"""What is typed around a defence: the day, the panel, declarations, votes, minutes."""

from datetime import timedelta

from django import forms
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from lms.lib.language import local
from training.models import Cohort

from .models import ConflictDeclaration, Criterion, DefenceDay, PanelSeat, Part
from .models.defence_days import MAX_SLOTS

MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
MAX_TEXT = 4000


class CohortPartField(forms.ChoiceField):
    """A cohort together with a defence of its plan: one choice."""

    def offer(self, cohorts: list[Cohort], parts: list[Part]) -> None:
        by_edition: dict[int, list[Part]] = {}
        for part in parts:
            by_edition.setdefault(part.plan.edition_id, []).append(part)
        self.pairs = {
            f"{cohort.uuid}/{part.key}": (cohort, part)
            for cohort in cohorts
            for part in by_edition.get(cohort.edition_id, [])
        }
        self.choices = [
            (key, f"{local(cohort, 'title')} – {local(part, 'title')}") for key, (cohort, part) in self.pairs.items()
        ]


class DayForm(forms.Form):
    what = CohortPartField(label=_("Cohort and part"))
    starts_at = forms.DateTimeField(label=_("First slot begins"), widget=MOMENT)
    slots = forms.IntegerField(label=_("Number of slots"), min_value=1, max_value=MAX_SLOTS, initial=6)
    slot_minutes = forms.IntegerField(label=_("Length of a slot, minutes"), min_value=5, max_value=240, initial=30)
    break_minutes = forms.IntegerField(label=_("Break between two, minutes"), min_value=0, max_value=120, initial=10)
    choose_until = forms.DateTimeField(
        label=_("Trainees choose until"), widget=MOMENT, required=False,
        help_text=_("Empty: until two days before the first slot."),
    )  # fmt: skip
    place = forms.CharField(label=pgettext_lazy("defence", "Place"), max_length=200, required=False)
    link = forms.URLField(
        label=_("Link of the online meeting"), max_length=400, required=False, help_text=_("A place, a link, or both."),
        assume_scheme="https",
    )  # fmt: skip
    note = forms.CharField(
        label=_("Note for trainees and panel"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For example how long the talk is and what to bring."),
    )  # fmt: skip

    def __init__(self, data=None, *, cohorts: list[Cohort], parts: list[Part], initial=None) -> None:
        super().__init__(data, initial=initial)
        self.fields["what"].offer(cohorts, parts)

    def clean(self):
        data = super().clean()
        if not data.get("place") and not data.get("link") and not self.errors.get("link"):
            self.add_error("place", _("Say where it takes place: a place, a link, or both."))
        if data.get("starts_at") and not data.get("choose_until"):
            data["choose_until"] = data["starts_at"] - timedelta(days=2)
        return data


class SeatForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"), help_text=_("A person without an account is invited by mail and sets a password."),
    )  # fmt: skip
    full_name = forms.CharField(label=_("Full name"), max_length=80)
    capacity = forms.ChoiceField(label=_("Sits as"), choices=PanelSeat.Capacity.choices)
    role = forms.ChoiceField(
        label=pgettext_lazy("panel", "Role"), choices=PanelSeat.Role.choices, initial=PanelSeat.Role.MEMBER
    )
    stands_in_for = forms.ModelChoiceField(
        PanelSeat.objects.none(), label=_("Stands in for"), required=False, empty_label=_("nobody: a member of the panel"),
        to_field_name="uuid", help_text=_("A substitute votes only where that member has a conflict or has left."),
    )  # fmt: skip

    def __init__(self, data=None, *, day: DefenceDay) -> None:
        super().__init__(data)
        self.day = day
        seats = day.seats.filter(stands_in_for=None).select_related("user")
        self.fields["stands_in_for"].queryset = seats

    def clean(self):
        data = super().clean()
        roles = {PanelSeat.Capacity.ASSESSOR: "assessor", PanelSeat.Capacity.MODERATOR: "moderator"}
        wanted = roles.get(data.get("capacity"))
        if wanted and data.get("email"):
            person = User.objects.filter(email__iexact=data["email"]).first()
            if person is None or not person.memberships.in_force().filter(role=wanted).exists():
                self.add_error("capacity", _("This person does not hold that role at any base today."))
        return data


class UndertakingForm(forms.Form):
    employer = forms.CharField(
        label=_("Where you work"),
        max_length=120,
        help_text=_("It stands in the minutes. “None” if you work for nobody."),
    )
    agree = forms.BooleanField(
        label=_(
            "I will judge impartially and by the rubric, declare every conflict of interest, keep what I read and hear to "
            "myself, and form my vote without agreeing it with others."
        )
    )


class DeclareForm(forms.Form):
    ground = forms.ChoiceField(
        label=_("Do you have a conflict of interest with this trainee or project?"),
        choices=[("none", _("No conflict")), *[c for c in ConflictDeclaration.Ground.choices if c[0] not in ("", "declared")]],
        widget=forms.RadioSelect,
    )  # fmt: skip
    note = forms.CharField(label=_("In a few words"), max_length=300, required=False)

    def clean(self):
        data = super().clean()
        data["ground"] = "" if data.get("ground") == "none" else data.get("ground")
        if data["ground"] == ConflictDeclaration.Ground.OTHER and not data.get("note", "").strip():
            self.add_error("note", _("Say what it is."))
        return data


class VoteForm(forms.Form):
    """A band for each criterion, the vote, and the reasons."""

    passed = forms.ChoiceField(
        label=_("Your vote"), widget=forms.RadioSelect,
        choices=[("yes", pgettext_lazy("vote", "for: passed")), ("no", pgettext_lazy("vote", "against: not passed"))],
    )  # fmt: skip
    reasons = forms.CharField(
        label=_("Reasons"), max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("The trainee reads them without your name; the minutes name you."),
    )  # fmt: skip

    def __init__(self, data=None, *, lines: list[Criterion]) -> None:
        super().__init__(data)
        self.lines = lines
        for line in lines:
            choices = [(str(band.points), f"{local(band, 'label')} · {band.points}") for band in line.bands.all()]
            self.fields[f"points_{line.key}"] = forms.ChoiceField(
                label=local(line, "title"), choices=choices, widget=forms.RadioSelect
            )

    def criteria(self) -> list[dict]:
        """Each criterion with its field, best band first: {line, field, bands: [(band, checked)]}."""
        found = []
        for line in self.lines:
            field = self[f"points_{line.key}"]
            bands = sorted(line.bands.all(), key=lambda band: -band.points)
            found.append(
                {"line": line, "field": field, "bands": [(band, str(band.points) == field.value()) for band in bands]}
            )
        return found

    def points(self) -> dict[str, int]:
        return {line.key: int(self.cleaned_data[f"points_{line.key}"]) for line in self.lines}


class CloseForm(forms.Form):
    notes = forms.CharField(
        label=_("Questions and answers"), max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("What was asked and answered, for the minutes."),
    )  # fmt: skip


class SignForm(forms.Form):
    password = forms.CharField(
        label=_("Your password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=_("With it you sign the minutes as they stand on this page."),
    )  # fmt: skip

    def __init__(self, data=None, *, user: User) -> None:
        super().__init__(data)
        self.user = user

    def clean_password(self):
        if not self.user.check_password(self.cleaned_data["password"]):
            raise forms.ValidationError(_("This is not your password."))
        return ""


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=pgettext_lazy("why", "Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class AbsenceForm(ReasonForm):
    excused = forms.ChoiceField(
        label=_("Is there a good excuse?"), widget=forms.RadioSelect,
        choices=[("yes", _("Excused: no attempt is lost, the slot is free again")), ("no", _("Not excused"))],
    )  # fmt: skip
    field_order = ["excused", "reason"]


def slot_word(slot) -> str:
    """A slot as it is offered: day and time."""
    return f"{localtime(slot.starts_at):%Y-%m-%d %H:%M}–{localtime(slot.ends_at):%H:%M}"


def work_word(work) -> str:
    return f"{local(work.assignment.item, 'title')} ({work.get_status_display()})"


class PlaceForm(forms.Form):
    """Puts a trainee into a slot, with the work product they defend."""

    slot = forms.ModelChoiceField(queryset=None, label=_("Slot"), to_field_name="uuid", empty_label=None)
    work = forms.ModelChoiceField(queryset=None, label=_("Work product"), to_field_name="uuid", empty_label=None)

    def __init__(self, data=None, *, slots, works, initial=None) -> None:
        super().__init__(data, initial=initial)
        self.fields["slot"].queryset, self.fields["work"].queryset = slots, works
        self.fields["slot"].label_from_instance = slot_word
        self.fields["work"].label_from_instance = lambda work: (
            f"{local(work.assignment.item, 'title')} ({work.get_status_display()})"
        )


class MoveForm(forms.Form):
    slot = forms.ModelChoiceField(queryset=None, label=_("New slot"), to_field_name="uuid", empty_label=None)

    def __init__(self, data=None, *, slots) -> None:
        super().__init__(data)
        self.fields["slot"].queryset = slots
        self.fields["slot"].label_from_instance = slot_word
