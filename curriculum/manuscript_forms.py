"""What an author types when a manuscript becomes lessons: the upload, and then lesson by lesson and picture by picture."""

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from lms.lib.language import local

from .contents import entries_of
from .coverage import coverage
from .manuscript_build import LessonChoice, PictureChoice, topics_of
from .manuscripts.notes import Refused
from .manuscripts.reading import MAX_BYTES, kind_of
from .models import LessonPage, Manuscript

LONGEST_PASTE = 300_000


def _split_field() -> forms.ChoiceField:
    return forms.TypedChoiceField(
        label=gettext_lazy("Becomes"), coerce=lambda value: value == "several", widget=forms.RadioSelect, initial="several",
        choices=[("several", gettext_lazy("A lesson for each heading of level 1")), ("one", gettext_lazy("One lesson"))],
    )  # fmt: skip


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Manuscript"), widget=forms.ClearableFileInput(attrs={"accept": ".docx,.md,.markdown,.zip"}),
        help_text=gettext_lazy("Word (.docx), Markdown (.md), or a ZIP of one Markdown file and its pictures; 40 MB at most."),
    )  # fmt: skip
    split = _split_field()

    def clean_file(self):
        upload = self.cleaned_data["file"]
        self.stem = PurePath((upload.name or "").replace("\\", "/")).stem.replace("\x00", "")[:255] or _("Lesson")
        if upload.size > MAX_BYTES:
            raise ValidationError(_("The file is too large: %(limit)s MB is the most.") % {"limit": MAX_BYTES // 2**20})
        try:
            self.kind = kind_of(upload.name or "")
        except Refused as refusal:
            raise ValidationError(refusal.text) from refusal
        return upload


class PasteForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Text in Markdown"), max_length=LONGEST_PASTE, widget=forms.Textarea(attrs={"rows": 8}), strip=False,
    )  # fmt: skip
    split = _split_field()


class LessonForm(forms.Form):
    """One lesson of the reading: whether it is made, where, and what Wagtail's editor asks beside the text."""

    take = forms.BooleanField(label=gettext_lazy("Make this lesson"), required=False)
    target = forms.ChoiceField(
        label=gettext_lazy("Where to"), required=False,
        help_text=gettext_lazy("A lesson that is there gets the new text as a draft; its earlier texts stay in its history."),
    )
    title = forms.CharField(label=gettext_lazy("title"), max_length=255)
    title_en = forms.CharField(label=gettext_lazy("English title"), max_length=255, required=False,
                               widget=forms.TextInput(attrs={"lang": "en"}))  # fmt: skip
    minutes = forms.IntegerField(label=gettext_lazy("nominal minutes"), min_value=1, max_value=600)
    topics = forms.MultipleChoiceField(
        label=gettext_lazy("topics"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("What the lesson teaches. A course can't go to review while a lesson has no topic."),
    )  # fmt: skip

    def __init__(self, *args, topics, targets, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topics"].choices = topics
        self.fields["target"].choices = targets

    def _clean_fields(self) -> None:
        super()._clean_fields()
        if not self.cleaned_data.get("take"):  # what is not made may stay as it is
            self._errors.clear()


class PictureForm(forms.Form):
    alt = forms.CharField(
        label=gettext_lazy("text instead of the image"), max_length=255, required=False,
        help_text=gettext_lazy("What the picture shows, for those who can't see it."),
    )  # fmt: skip
    caption = forms.CharField(label=gettext_lazy("caption"), max_length=255, required=False)
    left_out = forms.BooleanField(label=gettext_lazy("Leave this picture out"), required=False)


class Desk:
    """All forms of one manuscript together. data: what was posted; without it, what was typed before or what was read."""

    def __init__(self, manuscript: Manuscript, data: QueryDict | None = None) -> None:
        self.manuscript = manuscript
        reading = manuscript.reading
        self.entries = entries_of(manuscript.course)
        topics = topics_of(manuscript.course)
        self.codes = {topic.code: topic.pk for topic in topics}
        missing = {row.topic.pk for module in coverage(self.entries) for row in module.topics if row.missing}
        choices = [(str(t.pk), _topic_label(t, t.pk in missing)) for t in topics]
        own = [entry.page for entry in self.entries if entry.kind == "lesson" and entry.release is None]
        self.pages = {page.pk: page for page in own}
        targets = [("", _("A new lesson of the course"))]
        targets += [(str(p.pk), _("In place of the text of “%(title)s”") % {"title": p.draft_title or p.title}) for p in own]
        saved = manuscript.choices
        self.lessons: list[LessonForm] = []
        for number, lesson in enumerate(reading["lessons"]):
            prefix = f"l-{number}"
            initial = _saved(saved, prefix) or {
                "take": True, "target": "", "title": lesson["title"], "title_en": lesson["facts"].get("title_en", ""),
                "minutes": lesson["minutes"], "topics": [str(self.codes[c]) for c in lesson["codes"] if c in self.codes],
            }  # fmt: skip
            form = LessonForm(data, prefix=prefix, initial=initial, topics=choices, targets=targets)
            form.number, form.lesson = number, lesson
            self.lessons.append(form)
        self.pictures: dict[str, PictureForm] = {}
        for key in reading["pictures"]:
            figure = self._figure(key)
            initial = _saved(saved, f"p-{key}") or {"alt": figure["alt"], "caption": figure["caption"], "left_out": False}
            self.pictures[key] = PictureForm(data, prefix=f"p-{key}", initial=initial)
            self.pictures[key].key = key

    @property
    def forms(self) -> list[forms.Form]:
        return [*self.lessons, *self.pictures.values()]

    def _figures(self, number: int) -> Iterable[dict[str, Any]]:
        body = self.manuscript.reading["lessons"][number]["body"]
        return (block["value"] for block in body if block["type"] == "figure")

    def _figure(self, key: str) -> dict[str, Any]:
        """The first place of a picture that says something instead of it."""
        places = [f for number in range(len(self.lessons)) for f in self._figures(number) if f["image"] == key]
        return next((figure for figure in places if figure["alt"]), places[0])

    def typed(self, data: QueryDict) -> dict[str, list[str]]:
        """What was typed into fields that are known, to be kept with the manuscript."""
        names = {form.add_prefix(name) for form in self.forms for name in form.fields}
        return {name: [value[:2000] for value in data.getlist(name)] for name in data if name in names}

    def is_valid(self) -> bool:
        wrong = [form for form in self.forms if not form.is_valid()]
        good = not wrong
        taken = [form for form in self.lessons if form.cleaned_data.get("take")]
        if not taken:
            self.lessons[0].add_error(None, _("Choose at least one lesson to make."))
            return False
        for key in {figure["image"] for form in taken for figure in self._figures(form.number)}:
            picture = self.pictures[key]
            if not picture.errors and not picture.cleaned_data["left_out"] and not picture.cleaned_data["alt"].strip():
                picture.add_error("alt", _("Say what the picture shows, or leave it out."))
                good = False
        seen: set[str] = set()
        for form in taken:
            target = form.cleaned_data.get("target", "")
            if target and target in seen:
                form.add_error("target", _("Two lessons can't go to the same place."))
                good = False
            seen.add(target)
            if target and self.pages[int(target)].locked:
                form.add_error("target", _("This lesson is locked in the editor."))
                good = False
        return good

    @property
    def error_list(self) -> list[tuple[str, str, str]]:
        """(id of the field, its label, what is wrong) of every error, in the order of the page."""
        found = []
        for form in self.forms:
            found += [("", "", error) for error in form.non_field_errors()]
            for field in form:
                anchor = f"{field.auto_id}_group" if field.use_fieldset else field.id_for_label
                found += [(anchor, str(field.label), error) for error in field.errors]
        return found

    def lesson_choices(self) -> list[LessonChoice]:
        out = []
        for form in self.lessons:
            data = form.cleaned_data
            if data.get("take"):
                page: LessonPage | None = self.pages[int(data["target"])].specific if data["target"] else None
                out.append(LessonChoice(form.number, data["title"].strip(), data["title_en"].strip(), data["minutes"],
                                        [int(pk) for pk in data["topics"]], page))  # fmt: skip
        return out

    def picture_choices(self) -> dict[str, PictureChoice]:
        said = {key: form.cleaned_data for key, form in self.pictures.items()}
        return {key: PictureChoice(data["alt"].strip(), data["caption"].strip(), data["left_out"]) for key, data in said.items()}


def _topic_label(topic, missing: bool) -> str:
    words = [f"{topic.code} {local(topic, 'title')}"]
    if missing:
        words.append(_("required, the course still lacks it"))
    elif topic.required:
        words.append(pgettext("topic", "required"))
    return " · ".join(words)


def _saved(choices: dict[str, list[str]], prefix: str) -> dict[str, Any]:
    """What was typed before into the form of this prefix, as initial values; empty when nothing was."""
    own = {name.removeprefix(f"{prefix}-"): values for name, values in choices.items() if name.startswith(f"{prefix}-")}
    if not own:
        return {}
    out: dict[str, Any] = {name: values[0] for name, values in own.items() if values and name != "topics"}
    out["topics"] = own.get("topics", [])
    out["take"], out["left_out"] = "take" in own, "left_out" in own
    return out
