"""A comment of the bank as it is typed, and many of them as a CSV file: all of the file or nothing."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.lib.decoding import decoded
from lms.lib.language import local
from lms.lib.uploads import check_upload

from .blind_words import tells_who
from .models import Assignment
from .models.comments import MAX_TEXT, BankComment
from .workproduct import plain

MAX_BYTES = 1024 * 1024
MAX_ROWS = 1000
COLUMNS = ["assignment", "case", "criterion", "comment", "shared"]
YES, NO = {"yes", "1", "true", "是"}, {"", "no", "0", "false", "否"}


def check_text(text: str) -> str:
    """Return the comment. Raises ValidationError for what may say whose work it is: the bank is read beside any script."""
    if told := tells_who(text):
        text = _("Leave out %(words)s: a comment of the bank is used for anybody's work.")
        raise ValidationError(text % {"words": ", ".join(told)}, code="blind")
    return text


def places(assignments: Iterable[Assignment]) -> list[tuple[str, Any]]:
    """Return choices, grouped by case: "" anywhere, "<assignment>:" any criterion of it, "<assignment>:<criterion>"."""
    found: list[tuple[str, Any]] = [("", _("any assignment, any criterion"))]
    for assignment in assignments:
        own = [(f"{assignment.uuid}:", _("%(case)s: any criterion") % {"case": local(assignment.item, "title")})]
        own += [(f"{assignment.uuid}:{line.key}", local(line, "title")) for line in assignment.rubric.criteria.all()]
        found.append((local(assignment.item, "title"), own))
    return found


class BankForm(forms.Form):
    """assignments: what the person may write for, with their items and rubrics' criteria."""

    text = forms.CharField(label=pgettext_lazy("bank", "Comment"), max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 4}))
    place = forms.ChoiceField(label=_("For"), required=False)
    shared = forms.BooleanField(
        label=_("Share it with everybody who marks this assignment"),
        help_text=_("They read it without your name."),
        required=False,
    )

    def __init__(self, data=None, *, assignments: Iterable[Assignment], comment: BankComment | None = None) -> None:
        initial = {}
        if comment is not None:
            place = f"{comment.assignment.uuid}:{comment.criterion}" if comment.assignment_id else ""
            initial = {"text": comment.text, "place": place, "shared": comment.shared}
        super().__init__(data, initial=initial)
        self.assignments = {str(assignment.uuid): assignment for assignment in assignments}
        self.fields["place"].choices = places(self.assignments.values())

    def clean_text(self) -> str:
        return check_text(plain(self.cleaned_data["text"]).strip())

    def clean(self):
        data = super().clean()
        if data.get("shared") and not data.get("place"):
            self.add_error("place", _("Choose the assignment with whose assessors you share it."))
        return data

    def values(self) -> dict[str, Any]:
        """What `BankComment.keep` takes."""
        assignment, _colon, criterion = self.cleaned_data["place"].partition(":")
        return {
            "text": self.cleaned_data["text"], "assignment": self.assignments.get(assignment), "criterion": criterion,
            "shared": self.cleaned_data["shared"],
        }  # fmt: skip


class BankFileForm(forms.Form):
    """A CSV file with the columns of the export. `rows`: what it says; errors name the line."""

    file = forms.FileField(
        label=_("CSV file"), help_text=_("With the columns of the export. One wrong row, and nothing is taken.")
    )

    def __init__(self, data=None, files=None, *, assignments: Iterable[Assignment]) -> None:
        super().__init__(data, files)
        self.assignments = {str(assignment.uuid): assignment for assignment in assignments}
        self.rows: list[dict[str, Any]] = []

    def clean_file(self):
        upload = self.cleaned_data["file"]
        checked = check_upload(upload, max_bytes=MAX_BYTES)
        if checked.extension != "csv":
            raise ValidationError(_("Use a file of the type .csv."), code="type")
        upload.seek(0)
        table = _table(upload.read())
        if not table or [cell.strip().lower() for cell in table[0]][: len(COLUMNS)] != COLUMNS:
            raise ValidationError(_("The first line has to be: %(columns)s.") % {"columns": ", ".join(COLUMNS)}, code="columns")
        if len(table) > MAX_ROWS + 1:
            raise ValidationError(_("%(most)s rows are the most.") % {"most": MAX_ROWS}, code="rows")
        problems = []
        for number, cells in enumerate(table[1:], 2):
            if not any(cell.strip() for cell in cells):
                continue
            try:
                self.rows.append(self._row(cells))
            except ValidationError as error:
                problems += [_("Row %(row)s: %(text)s") % {"row": number, "text": text} for text in error.messages]
        if problems:
            raise ValidationError(problems[:50])
        if not self.rows:
            raise ValidationError(_("There is no comment in this file."), code="empty")
        return upload

    def _row(self, cells: list[str]) -> dict[str, Any]:
        uuid, _case, criterion, text, shared = [*(cell.strip() for cell in cells), "", "", "", "", ""][:5]
        text = plain(text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@") else text).strip()
        assignment = self.assignments.get(uuid.lower()) if uuid else None
        if uuid and assignment is None:
            raise ValidationError(_("there is no such assignment that you mark"))
        keys = {line.key for line in assignment.rubric.criteria.all()} if assignment else set()
        if criterion and criterion not in keys:
            raise ValidationError(_("“%(key)s” is no criterion of it") % {"key": criterion[:40]})
        if not text:
            raise ValidationError(_("the comment is missing"))
        if len(text) > MAX_TEXT:
            raise ValidationError(_("Too long: %(limit)s characters are the most.") % {"limit": MAX_TEXT})
        if shared.lower() not in YES | NO:
            raise ValidationError(_("“shared” is yes or no"))
        if shared.lower() in YES and assignment is None:
            raise ValidationError(_("what is shared needs its assignment"))
        return {
            "text": check_text(text), "assignment": assignment, "criterion": criterion, "shared": shared.lower() in YES,
        }  # fmt: skip


def _table(data: bytes) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(decoded(data).replace("\x00", ""))))
    except (ValueError, csv.Error):
        raise ValidationError(_("This file can't be read as CSV."), code="broken") from None
