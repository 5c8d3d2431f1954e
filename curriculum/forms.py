"""What authors and reviewers type: notes and comments."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation

from .models import ContentRules


class GoLiveField(forms.DateTimeField):
    """A moment to come, or nothing: then approval publishes at once."""

    def __init__(self, **kwargs):
        kwargs.setdefault("label", _("Publish not before"))
        kwargs.setdefault("help_text", _("Empty: at once, when the authority approves."))
        shown = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(required=False, widget=shown, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], **kwargs)

    def clean(self, value):
        moment = super().clean(value)
        if moment is not None and moment <= now():
            raise forms.ValidationError(_("This moment has passed; leave the field empty to publish at once."))
        return moment


class PlanForm(forms.Form):
    go_live_at = GoLiveField(help_text=_("Empty: now."))


class SubmitForm(forms.Form):
    note = forms.CharField(
        label=_("Note to the reviewers"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What is new, and what you would like them to look at."),
    )  # fmt: skip
    go_live_at = GoLiveField()


class DecisionForm(forms.Form):
    """`stage` says what the reviewer was looking at, so that a second click decides nothing further on."""

    stage = forms.CharField(max_length=20, widget=forms.HiddenInput)
    comment = forms.CharField(
        label=_("Comment"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )


class PublishForm(DecisionForm):
    """The authority's approval: it also says when the course is published."""

    go_live_at = GoLiveField(help_text=_("The author's wish, or yours. Empty: at once."))


class ReturnForm(DecisionForm):
    comment = forms.CharField(
        label=_("What has to change"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The author reads this."), error_messages={"required": _("Say what has to change.")},
    )  # fmt: skip


class CloseTaskForm(forms.Form):
    comment = forms.CharField(
        label=_("What you found"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Why the page may stay as it is. If it may not, change the page: the task then closes by itself."),
        error_messages={"required": _("Say what you found.")},
    )  # fmt: skip


class ContentRulesForm(forms.ModelForm):
    class Meta:
        model = ContentRules
        fields = ["law_check_months", "task_days", "review_days", "source"]


class ScormForm(forms.Form):
    """A SCORM package for one of one's bases."""

    MAX_BYTES = 300 * 1024 * 1024

    organisation = forms.ModelChoiceField(label=_("training base"), queryset=Organisation.objects.none())
    title = forms.CharField(
        label=_("title"), max_length=255, required=False, help_text=_("Left empty, the package's own title is used.")
    )
    file = forms.FileField(
        label=_("SCORM package (ZIP)"), widget=forms.ClearableFileInput(attrs={"accept": ".zip,application/zip"}),
        help_text=_("SCORM 1.2 or 2004, as the authoring tool exports it."),
    )  # fmt: skip

    def __init__(self, *args, bases, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = bases
        if len(bases) == 1:
            self.fields["organisation"].widget = forms.HiddenInput()
            self.fields["organisation"].initial = bases[0]

    def clean_file(self):
        upload = self.cleaned_data["file"]
        if upload.size > self.MAX_BYTES:
            raise ValidationError(
                _("The file is too large: %(limit)s MB is the most."), params={"limit": self.MAX_BYTES // 2**20}
            )
        return upload


class ImportForm(forms.Form):
    """An exported edition, and for which of one's bases its drafts are made."""

    MAX_BYTES = 600 * 1024 * 1024

    organisation = forms.ModelChoiceField(label=_("training base"), queryset=Organisation.objects.none())
    file = forms.FileField(
        label=_("Exported edition (ZIP)"), widget=forms.ClearableFileInput(attrs={"accept": ".zip,application/zip"}),
        help_text=_("The file “edition.zip” of an edition of this or another installation. It is checked first; nothing "
                    "is made before you say so."),
    )  # fmt: skip

    def __init__(self, *args, bases, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = bases
        if len(bases) == 1:
            self.fields["organisation"].widget = forms.HiddenInput()
            self.fields["organisation"].initial = bases[0]

    def clean_file(self):
        upload = self.cleaned_data["file"]
        if upload.size > self.MAX_BYTES:
            raise ValidationError(
                _("The file is too large: %(limit)s MB is the most."), params={"limit": self.MAX_BYTES // 2**20}
            )
        return upload


class ErratumForm(forms.Form):
    """Which pages of an edition are corrected, for whom, and what trainees read about it."""

    items = forms.MultipleChoiceField(
        label=_("Pages to correct"), widget=forms.CheckboxSelectMultiple,
        help_text=_("Pages that were changed in the editor since the edition. Their latest text is taken as it is now."),
        error_messages={"required": _("Choose at least one page.")},
    )  # fmt: skip
    cohorts = forms.MultipleChoiceField(
        label=_("Cohorts"), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one cohort.")},
    )  # fmt: skip
    reason = forms.CharField(
        label=_("What was wrong"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Trainees of these cohorts read this."),
    )  # fmt: skip
    reason_en = forms.CharField(
        label=_("What was wrong, in English"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args, items, cohorts, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["items"].choices = items
        self.fields["cohorts"].choices = cohorts


class SignForm(forms.Form):
    """`seen`: hash of the impact list that was on the page."""

    seen = forms.CharField(max_length=80, widget=forms.HiddenInput)
    agreed = forms.BooleanField(
        label=_("I have read the changes and the impact list, and I stand for them with my name."),
        error_messages={"required": _("Tick this to sign.")},
    )  # fmt: skip


class RefuseForm(forms.Form):
    note = forms.CharField(
        label=_("Why not"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why.")},
    )  # fmt: skip
