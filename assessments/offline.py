"""Marking away from the site: a workbook with a row for each script and criterion, and what comes back in it.

Nothing in it names anybody: scripts are anonymous codes, a turn is its random id. Beside each row stand the number of the
draft and the hash of the rubric that it was made from, so that what was done on the site meanwhile is never overwritten.
"""

import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.worksheet.datavalidation import DataValidation

from lms.lib.language import local
from lms.lib.listing import safe_cell
from lms.lib.uploads import check_upload
from lms.lib.xmltext import plain_text

from .models import Allocation, Criterion
from .rubric_words import speak
from .sheet import MAX_COMMENT
from .workproduct import plain

COLUMNS = ("turn", "number", "rubric", "key", "script", "criterion", "points", "comment")
OVERALL = "*"  # the row of the overall comment
SHEET, RUBRIC = "marks", "rubric"
MAX_BYTES = 4 * 1024 * 1024
MAX_UNPACKED = 40 * 1024 * 1024
MAX_ROWS = 2000
FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True)
class Trouble:
    """row: as the spreadsheet counts, 0 for the whole file."""

    row: int
    text: str


@dataclass
class Returned:
    """What came back for one turn. rows: {criterion key or OVERALL: its row}."""

    number: int
    rubric: str
    row: int
    scores: dict[str, dict[str, str]] = field(default_factory=dict)
    comment: str = ""
    rows: dict[str, int] = field(default_factory=dict)


# --- Out ------------------------------------------------------------------------------------------------------------


def workbook(turns: Iterable[Allocation]) -> bytes:
    """Return the XLSX file of these turns: the marks to be filled in, and the rubrics. No text becomes a formula."""
    book = Workbook()
    page = book.active
    page.title = SHEET
    page.append([_text(heading) for heading in headings()])
    page.append(list(COLUMNS))
    rubrics = book.create_sheet(RUBRIC)
    rubrics.append([_text(text) for text in (_("Case"), _("Criterion"), _("Points"), _("Band"), _("What it looks like"))])
    told: set[int] = set()
    for turn in turns:
        assignment = turn.submission.assignment
        criteria = speak(assignment.rubric.lines(), assignment.item)
        _rows(page, turn, criteria)
        if assignment.pk not in told:
            told.add(assignment.pk)
            title = local(assignment.item, "title")
            for criterion in criteria:
                for band in sorted(criterion.bands.all(), key=lambda band: -band.points):
                    line = [title, local(criterion, "title"), band.points, local(band, "label"), band.descriptor]
                    rubrics.append([_text(value) for value in line])
    _dress(page, (0, 0, 0, 0, 14, 26, 10, 70))
    _dress(rubrics, (24, 24, 8, 14, 90))
    page.row_dimensions[2].hidden = True
    page.freeze_panes = "A3"
    page.protection.sheet = rubrics.protection.sheet = True
    page.protection.formatColumns = page.protection.formatRows = False
    book.properties.creator = book.properties.lastModifiedBy = ""
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def headings() -> list[str]:
    return ["", "", "", "", _("Script"), _("Criterion"), _("Points"), _("Comment for the trainee")]


def _rows(page, turn: Allocation, criteria: list[Criterion]) -> None:
    submission = turn.submission
    same = [str(turn.uuid), turn.draft_number, submission.assignment.rubric.content_hash]
    code, scores = submission.enrolment.anonymous_code, turn.draft.get("scores", {})
    for criterion in criteria:
        score = scores.get(criterion.key, {})
        ladder = sorted((band.points for band in criterion.bands.all()), reverse=True)
        points = next((p for p in ladder if str(p) == str(score.get("points", ""))), None)
        line = [*same, criterion.key, code, local(criterion, "title"), points, score.get("comment", "")]
        page.append([_text(value) for value in line])
        choice = DataValidation(type="list", formula1=f'"{",".join(map(str, ladder))}"', allow_blank=True)
        choice.error = _("Choose one of the bands' points.")
        page.add_data_validation(choice)
        choice.add(page.cell(page.max_row, 7))
    page.append([_text(value) for value in [*same, OVERALL, code, _("Overall comment"), None, turn.draft.get("comment", "")]])
    for row in page.iter_rows(min_row=page.max_row - len(criteria), min_col=7, max_col=8):
        for cell in row:
            if cell.column == 8 or cell.row < page.max_row:
                cell.protection = Protection(locked=False)
                cell.fill = PatternFill("solid", start_color="FFF8E1")


def _dress(page, widths: tuple[int, ...]) -> None:
    for place, width in enumerate(widths):
        column = page.column_dimensions["ABCDEFGH"[place]]
        column.hidden = not width
        column.width = width or 8
    for cell in page[1]:
        cell.font = Font(bold=True)
    for row in page.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")


def _text(value: Any) -> Any:
    return plain_text(safe_cell(value)) if isinstance(value, str) else value


# --- Back -----------------------------------------------------------------------------------------------------------


def read(upload) -> tuple[dict[str, Returned], list[Trouble]]:
    """Return {turn id: what came back for it} and what can't be read, row by row.

    Raises ValidationError, in the reader's words, for a file that is no workbook of ours.
    """
    checked = check_upload(upload, max_bytes=MAX_BYTES)
    if checked.extension != "xlsx":
        raise ValidationError(_("Use the workbook that you downloaded here (.xlsx)."), code="type")
    upload.seek(0)
    data = upload.read()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
            raise ValidationError(_("This workbook is too large when unpacked."), code="bomb")
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        page = book[SHEET]
        page.reset_dimensions()
        lines = list(page.iter_rows(max_row=MAX_ROWS + 3, max_col=len(COLUMNS)))
    except Exception as error:  # a broken workbook makes openpyxl raise whatever was nearest
        raise ValidationError(_("Use the workbook that you downloaded here (.xlsx)."), code="broken") from error
    if len(lines) < 3 or tuple(str(cell.value or "") for cell in lines[1]) != COLUMNS:
        raise ValidationError(_("Use the workbook that you downloaded here (.xlsx)."), code="columns")
    if len(lines) > MAX_ROWS + 2:
        raise ValidationError(_("%(most)s rows are the most.") % {"most": MAX_ROWS}, code="rows")
    found: dict[str, Returned] = {}
    troubles: list[Trouble] = []
    for row, cells in enumerate(lines[2:], 3):
        if any(cell.value not in (None, "") for cell in cells):
            _take(row, cells, found, troubles)
    return found, troubles


def _take(row: int, cells, found: dict[str, Returned], troubles: list[Trouble]) -> None:
    values = dict(zip(COLUMNS, cells, strict=False))
    if any(cell.data_type in ("f", "e") for cell in cells if cell.value is not None):
        troubles.append(Trouble(row, _("a formula; paste it as a value")))
        return
    said = {name: _said(values[name].value if name in values else None) for name in COLUMNS}
    if not said["number"].isdecimal() or not said["turn"] or not said["key"]:
        troubles.append(Trouble(row, _("its hidden columns were changed")))
        return
    turn = found.setdefault(said["turn"], Returned(int(said["number"]), said["rubric"], row))
    if (turn.number, turn.rubric) != (int(said["number"]), said["rubric"]):
        troubles.append(Trouble(row, _("its hidden columns were changed")))
    elif said["key"] in turn.rows:
        troubles.append(Trouble(row, _("this row is there twice (also row %(row)s)") % {"row": turn.rows[said["key"]]}))
    else:
        turn.rows[said["key"]] = row
        comment = said["comment"]
        comment = comment[1:] if comment[:1] == "'" and comment[1:2] in FORMULA else comment
        if len(comment) > MAX_COMMENT:
            troubles.append(Trouble(row, _("Too long: %(limit)s characters are the most.") % {"limit": MAX_COMMENT}))
        if said["key"] == OVERALL:
            turn.comment = comment
        else:
            turn.scores[said["key"]] = {"points": said["points"], "comment": comment}


def _said(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return plain(str(value)).strip() if value is not None else ""


def compare(returned: Mapping[str, Returned], turns: Mapping[str, Allocation]) -> list[Trouble]:
    """Return what keeps the file from being taken, against these turns of the person as they are now."""
    troubles = []
    for uuid, came in returned.items():
        turn = turns.get(uuid)
        if turn is None:
            troubles.append(Trouble(came.row, _("this script is not on your table")))
            continue
        if turn.status != Allocation.Status.TAKEN:
            troubles.append(Trouble(came.row, _("this script was marked or handed back meanwhile; take its rows out")))
            continue
        rubric = turn.submission.assignment.rubric
        if came.rubric != rubric.content_hash:
            troubles.append(Trouble(came.row, _("its hidden columns were changed")))
        if came.number != turn.draft_number:
            text = _("this script was worked on here after the download; download it again, or take its rows out")
            troubles.append(Trouble(came.row, text))
        troubles += _against(came, {criterion.key: criterion for criterion in rubric.lines()})
    return sorted(troubles, key=lambda trouble: trouble.row)


def _against(came: Returned, criteria: Mapping[str, Criterion]) -> list[Trouble]:
    troubles = [Trouble(came.rows[key], _("there is no such criterion")) for key in came.scores if key not in criteria]
    for key, criterion in criteria.items():
        if key not in came.scores:
            text = _("the row of “%(criterion)s” is missing") % {"criterion": local(criterion, "title")}
            troubles.append(Trouble(came.row, text))
            continue
        points = came.scores[key]["points"]
        ladder = sorted((band.points for band in criterion.bands.all()), reverse=True)
        if points and points not in {str(band) for band in ladder}:
            words = {"points": points[:12], "ladder": ", ".join(map(str, ladder))}
            text = _("%(points)s is none of the bands' points: %(ladder)s") % words
            troubles.append(Trouble(came.rows[key], text))
    return troubles


def draft_of(came: Returned, turn: Allocation) -> dict[str, Any]:
    """Return the draft that the turn will have; what the workbook does not know stays."""
    return {"reason": "", **turn.draft, "scores": came.scores, "comment": came.comment}
