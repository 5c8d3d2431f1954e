"""Reading an employer's list of numbers and names: all of it or nothing, with every fault by its row. No database here."""

import csv
import io
import zipfile
from dataclasses import dataclass

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from lms.lib.decoding import decoded

from .numbers import normalise_name, normalise_number

# What a heading may be called, compared without spaces, marks and case.
NUMBER_HEADINGS = {"证书编号", "编号", "证书号", "证书号码", "certificatenumber", "certificateno", "number", "no", "certificate"}
NAME_HEADINGS = {"姓名", "持证人", "持证人姓名", "名字", "name", "fullname", "holder", "holdername", "fullnameoftheholder"}
HEADING_ROWS = 10  # a title may stand above the headings
MAX_UNPACKED = 20 * 1024 * 1024
MAX_NAME, MAX_NUMBER, MAX_TROUBLES = 80, 40, 200


@dataclass(frozen=True)
class Row:
    """row: as the spreadsheet counts; number: as we write numbers, or as typed when it can't be one of ours."""

    row: int
    number: str
    name: str


@dataclass(frozen=True)
class Trouble:
    """row: as the spreadsheet counts, 0 for the whole file."""

    row: int
    text: str


def read(data: bytes, extension: str, *, most: int) -> tuple[list[Row], list[Trouble]]:
    """Return the rows, or the faults: never both. extension: "xlsx" or "csv"; most: how many rows are allowed."""
    try:
        lines = _xlsx(data, most) if extension == "xlsx" else _csv(data)
    except (ValueError, KeyError, OSError, zipfile.BadZipFile, csv.Error, EOFError):
        return [], [Trouble(0, _("This file can't be read; save it again as .xlsx or .csv."))]
    place = next((n for n, line in enumerate(lines[:HEADING_ROWS]) if _columns(line)), None)
    if place is None:
        text = _("The columns were not found. The first row needs the headings “Certificate number” and “Name” (证书编号, 姓名).")
        return [], [Trouble(0, text)]
    number_column, name_column = _columns(lines[place])
    rows, troubles, seen = [], [], {}
    for offset, line in enumerate(lines[place + 1 :], start=place + 2):
        if not any(line):
            continue
        number, name = (line[column] if column < len(line) else "" for column in (number_column, name_column))
        if text := _fault(number, name):
            troubles.append(Trouble(offset, text))
            continue
        written = normalise_number(number) or number
        if written in seen:
            troubles.append(Trouble(offset, _("This number stands in row %(row)s already.") % {"row": seen[written]}))
            continue
        seen[written] = offset
        rows.append(Row(offset, written, name))
        if len(rows) > most:
            return [], [Trouble(0, _("There are more than %(most)s lines; bring the list in parts.") % {"most": most})]
    if not rows and not troubles:
        troubles.append(Trouble(0, _("There is nothing below the headings.")))
    return ([], troubles[:MAX_TROUBLES]) if troubles else (rows, [])


def _fault(number: str, name: str) -> str:
    """Only what anyone can see from the row itself; whether a number exists is no fault of a row."""
    if not number:
        return _("The number is missing.")
    if not normalise_name(name):
        return _("The name is missing.")
    if len(number) > MAX_NUMBER:
        return _("The number is too long.")
    if len(name) > MAX_NAME:
        return _("The name is too long.")
    if number.startswith(("=", "+", "@")) or name.startswith(("=", "+", "@", "-")):
        return _("A cell holds a formula; type the value.")
    return ""


def _columns(line: list[str]) -> tuple[int, int] | None:
    """Return the places of number and name, when this line is the one with the headings."""
    plain = ["".join(char for char in cell.casefold() if char.isalnum()) for cell in line]
    number = next((n for n, text in enumerate(plain) if text in NUMBER_HEADINGS), None)
    name = next((n for n, text in enumerate(plain) if text in NAME_HEADINGS), None)
    return None if number is None or name is None else (number, name)


def _text(value: object) -> str:
    return "" if value is None else " ".join(str(value).split())


def _xlsx(data: bytes, most: int) -> list[list[str]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
            raise ValueError("too large")
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=False)
    sheet = book.worksheets[0]
    last = HEADING_ROWS + 2 * most + 100
    return [[_text(value) for value in line[:50]] for line in sheet.iter_rows(max_row=last, max_col=50, values_only=True)]


def _csv(data: bytes) -> list[list[str]]:
    """Separated by comma, semicolon or tab."""
    text = decoded(data)
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t", key=first.count)
    return [[_text(cell) for cell in line] for line in csv.reader(io.StringIO(text), delimiter=separator)]
