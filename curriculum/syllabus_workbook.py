"""Reads and writes the files of a syllabus version: Excel workbooks, CSV, YAML. What is hostile is refused kindly.

A file becomes tables (or, from YAML, content) in memory; nothing is written here.
"""

import csv
import io
import re
import zipfile
from typing import Any

import yaml
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from lms.lib.decoding import decoded
from lms.lib.hashing import file_hash
from lms.lib.uploads import check_upload

from .syllabus_problems import Problem
from .syllabus_sheet import MAX_ROWS, SHEETS, Tables, column_names, tables_of

MAX_BYTES = 2 * 1024 * 1024
MAX_UNPACKED = 30 * 1024 * 1024
MAX_COLUMNS = 60
CSV_COLUMNS = ("sheet", *dict.fromkeys(name for names in SHEETS.values() for name in names))
README = "README"
FORMULA = re.compile(r"'*[=+\-@\t\r]")


def read_upload(upload) -> tuple[Tables | dict[str, Any], list[Problem], str]:
    """Return (tables, problems, hash) of a workbook or a CSV; of a YAML file its values in place of tables.

    Raises ValidationError, in the reader's words, for a file that can't be read at all.
    """
    name = (upload.name or "").lower()
    if name.endswith((".yaml", ".yml")):
        return _read_yaml(upload), [], file_hash(upload.file)
    checked = check_upload(upload, max_bytes=MAX_BYTES)
    if checked.extension not in ("xlsx", "csv"):
        raise ValidationError(_("Use a file of the type .xlsx, .csv or .yaml."), code="type")
    upload.seek(0)
    tables, problems = (_read_xlsx if checked.extension == "xlsx" else _read_csv)(upload.read())
    if not tables and not problems:
        raise ValidationError(_("There is none of the sheets of a syllabus in this file."), code="empty")
    return tables, problems, checked.sha256


# --- Excel ----------------------------------------------------------------------------------------------------------


def _read_xlsx(data: bytes) -> tuple[Tables, list[Problem]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
            raise ValidationError(_("This workbook is too large when unpacked."), code="bomb")
    tables: Tables = {}
    problems: list[Problem] = []
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        for sheet in book.worksheets:
            name = sheet.title.strip().lower()
            if name in SHEETS:
                tables[name] = _read_sheet(sheet, name, problems)
            elif name != README.lower():
                text = _("this sheet is not known; take it out or name it like the template's")
                problems.append(Problem(sheet.title[:40], text, "", sheet.title[:40], None))
    except ValidationError:
        raise
    except Exception as error:  # a broken workbook makes openpyxl raise whatever was nearest
        raise ValidationError(_("This workbook can't be read; save it again as .xlsx."), code="broken") from error
    return tables, problems


def _read_sheet(sheet, name: str, problems: list[Problem]) -> list:
    """Read the rows by their real places: what the sheet says about its own size is not believed."""
    sheet.reset_dimensions()
    columns: dict[int, str] = {}
    rows = []
    for number, cells in enumerate(sheet.iter_rows(max_row=MAX_ROWS + 2, max_col=MAX_COLUMNS), 1):
        if number == 1:
            columns, wrong = column_names(name, [cell.value for cell in cells])
            problems += wrong
            continue
        row = {}
        for place, cell in enumerate(cells):
            if cell.value is None or cell.value == "":
                continue
            column = columns.get(place, get_column_letter(place + 1))
            if cell.data_type == "f":
                problems.append(_problem(name, number, column, _("a formula; paste it as a value")))
            elif cell.data_type == "e":
                problems.append(_problem(name, number, column, _("an error value of the spreadsheet")))
            elif place in columns:
                row[columns[place]] = cell.value
            elif str(cell.value).strip():
                problems.append(_problem(name, number, column, _("this column has no heading")))
        if any(str(value).strip() for value in row.values()):
            rows.append((number, {column: row.get(column) for column in columns.values()}))
    if len(rows) > MAX_ROWS or (rows and rows[-1][0] > MAX_ROWS + 1):
        problems.append(_problem(name, MAX_ROWS + 1, "", _("more than %(most)s rows") % {"most": MAX_ROWS}))
    return rows


def _problem(sheet: str, number: int, column: str, text: str) -> Problem:
    return Problem(f"{sheet} {number}", text, column, sheet, number)


def write_xlsx(content: dict[str, Any], labels: dict[str, str], readme: list[str]) -> bytes:
    """Return a workbook. labels: the word for each column, shown before its name; readme: lines of the first sheet."""
    book = Workbook()
    first = book.active
    first.title = README
    for line in readme:
        first.append([line])
    first.column_dimensions["A"].width = 110
    for name, rows in tables_of(content).items():
        sheet = book.create_sheet(name)
        sheet.append([f"{labels[column]} {column}" for column in SHEETS[name]])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.freeze_panes = "A2"
        for number, row in enumerate(rows, 2):
            for place, column in enumerate(SHEETS[name], 1):
                cell = sheet.cell(number, place, row[column] if row[column] != "" else None)
                if isinstance(row[column], str) and row[column]:
                    cell.data_type = "s"  # text, also where it begins with an equals sign
                    cell.alignment = Alignment(wrap_text=True, vertical="top")
        for place, column in enumerate(SHEETS[name], 1):
            wide = column.startswith(("title", "outcomes", "summary", "description", "source", "admission", "hours_source"))
            sheet.column_dimensions[get_column_letter(place)].width = 40 if wide else 16
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


# --- CSV ------------------------------------------------------------------------------------------------------------


def _read_csv(data: bytes) -> tuple[Tables, list[Problem]]:
    """One table for all: the column `sheet` says what kind of row it is."""
    try:
        text = decoded(data)
    except ValueError:
        raise ValidationError(_("This file is not text in UTF-8."), code="encoding") from None
    reader = csv.reader(io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"), newline=""))
    tables: Tables = {}
    problems: list[Problem] = []
    try:
        headings = [cell.strip().split()[-1].lower() if cell.strip() else "" for cell in next(reader, [])]
        if "sheet" not in headings:
            raise ValidationError(_("The first row has no column “sheet”; begin with the template."), code="headings")
        for number, cells in enumerate(reader, 2):
            if number > MAX_ROWS * 2:
                problems.append(_problem("csv", number, "", _("more than %(most)s rows") % {"most": MAX_ROWS * 2}))
                break
            _read_line(number, dict(zip(headings, cells, strict=False)), tables, problems)
    except csv.Error as error:
        raise ValidationError(_("This CSV file can't be read."), code="broken") from error
    return tables, problems


def _read_line(number: int, cells: dict[str, str], tables: Tables, problems: list[Problem]) -> None:
    if not any(cell.strip() for cell in cells.values()):
        return
    sheet = cells.pop("sheet", "").strip().lower()
    if sheet not in SHEETS:
        problems.append(_problem("csv", number, "sheet", _("is none of %(names)s") % {"names": ", ".join(SHEETS)}))
        return
    for name, cell in cells.items():
        if name not in SHEETS[sheet] and cell.strip():
            problems.append(_problem(sheet, number, name, _("this column is not used in such a row")))
    values = {name: unquoted(cells.get(name, "")) for name in SHEETS[sheet]}
    tables.setdefault(sheet, []).append((number, values))


def write_csv(content: dict[str, Any]) -> bytes:
    """Return the same as one CSV table, with a byte-order mark; no cell is one that a spreadsheet takes for a formula."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(CSV_COLUMNS)
    for sheet, rows in tables_of(content).items():
        for row in rows:
            writer.writerow([sheet, *(quoted(row.get(name, "")) for name in CSV_COLUMNS[1:])])
    return b"\xef\xbb\xbf" + stream.getvalue().encode()


def quoted(cell: Any) -> str:
    text = str(cell)
    return f"'{text}" if isinstance(cell, str) and FORMULA.match(text) else text


def unquoted(text: str) -> str:
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


# --- YAML -----------------------------------------------------------------------------------------------------------


class _PlainLoader(yaml.SafeLoader):
    """Without aliases: a small file can't stand for a huge one."""

    def compose_node(self, parent, index):
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("aliases are not taken")
        return super().compose_node(parent, index)


def _read_yaml(upload) -> dict[str, Any]:
    if not upload.size or upload.size > MAX_BYTES:
        raise ValidationError(_("The file is empty or larger than 2 MB."), code="size")
    upload.seek(0)
    try:
        data = yaml.load(upload.read().decode("utf-8-sig"), Loader=_PlainLoader)
    except (UnicodeDecodeError, yaml.YAMLError, ValueError, RecursionError) as error:
        raise ValidationError(_("This YAML file can't be read."), code="broken") from error
    if not isinstance(data, dict):
        raise ValidationError(_("This YAML file is not a syllabus."), code="broken")
    return data


class _PlainDumper(yaml.SafeDumper):
    """Writes what stands twice twice: our own reader takes no aliases."""

    def ignore_aliases(self, data) -> bool:
        return True


def write_yaml(values: dict[str, Any]) -> bytes:
    return yaml.dump(values, Dumper=_PlainDumper, allow_unicode=True, sort_keys=False, width=110).encode()
