"""Reading a file of old certificates, row by row: a row, or what is wrong with it. Never the whole in memory. No database.

An .xlsx keeps its texts in a table of their own, which has to be read first; that is the only part that grows with the file.
"""

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO

from django.utils.functional import lazy
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook

from .numbers import normalise_name
from .old_numbers import looks_like_ours, number_key

# What a heading may be called, compared without spaces, marks and case.
HEADINGS = {
    "number": {"旧证书编号", "证书编号", "编号", "证书号", "oldnumber", "certificatenumber", "number"},
    "name": {"姓名", "持证人", "持证人姓名", "name", "fullname", "holder"},
    "level": {"级别", "等级", "能力等级", "level"},
    "issued_on": {"颁发日期", "发证日期", "授予日期", "dateofaward", "issuedon", "date"},
    "issuer": {"颁发机构", "发证机构", "issuer"},
    "valid_until": {"有效期至", "有效期", "validuntil"},
    "note": {"备注", "note", "remarks"},
}
NEEDED = ("number", "name", "level", "issued_on")
# An identity number is not needed to verify anything, so it is not taken (docs/credentials.md).
UNWANTED = {"身份证号", "身份证号码", "证件号码", "身份证件号码", "idnumber", "identitynumber", "手机", "手机号", "phone"}
SHOWN = {
    "number": _("Old number"), "name": pgettext_lazy("of a person", "Name"), "level": _("Level"),
    "issuer": pgettext_lazy("of a certificate", "Issuer"), "note": _("Note"),
}  # fmt: skip
LENGTHS = {"number": 60, "name": 80, "level": 60, "issuer": 120, "note": 300}
HEADING_ROWS = 10
MAX_ROWS, MAX_UNPACKED = 300_000, 300 * 1024 * 1024
EARLIEST = date(1990, 1, 1)


@dataclass(frozen=True)
class OldRow:
    """row: as the spreadsheet counts. level, issuer and note as they were written; issuer "" for the one of the whole import."""

    row: int
    number: str
    name: str
    level: str
    issued_on: date
    issuer: str = ""
    valid_until: date | None = None
    note: str = ""

    @property
    def key(self) -> str:
        return number_key(self.number)


@dataclass(frozen=True)
class OldTrouble:
    """row: as the spreadsheet counts, 0 for the whole file. text: put into words by who asks, in the language of that moment."""

    row: int
    text: str


def read_rows(file: BinaryIO, extension: str, *, today: date) -> Iterator[OldRow | OldTrouble]:
    """Yield every row below the headings, good or not, empty ones left out. extension: "xlsx" or "csv".

    A file that can't be read, has no headings or unwanted columns gives one trouble for the whole file and ends.
    """
    try:
        lines = _xlsx(file) if extension == "xlsx" else _csv(file)
        columns, place = None, 0
        for place, line in enumerate(lines, start=1):
            columns = _columns(line)
            if columns or place >= HEADING_ROWS:
                break
        if not columns:
            yield OldTrouble(0, _("The columns were not found. Needed: old number, name, level, date of award."))
            return
        if "unwanted" in columns:
            yield OldTrouble(0, _("Take the column with identity or telephone numbers out of the file: they are not kept here."))
            return
        for row, line in enumerate(lines, start=place + 1):
            if any(cell not in (None, "") for cell in line):
                yield _row(row, line, columns, today)
    except (ValueError, KeyError, OSError, zipfile.BadZipFile, csv.Error, EOFError):
        yield OldTrouble(0, _("This file can't be read; save it again as .xlsx or .csv."))


def _columns(line: list[Any]) -> dict[str, int] | None:
    plain = ["".join(char for char in str(cell or "").casefold() if char.isalnum()) for cell in line]
    found = {}
    for name, words in HEADINGS.items():
        place = next((n for n, text in enumerate(plain) if text in words), None)
        if place is not None:
            found[name] = place
    if any(name not in found for name in NEEDED):
        return None
    if any(text in UNWANTED for text in plain):
        found["unwanted"] = 0
    return found


def _row(row: int, line: list[Any], columns: dict[str, int], today: date) -> OldRow | OldTrouble:
    cells = {name: line[place] if place < len(line) else None for name, place in columns.items()}
    texts = {name: _text(cells.get(name)) for name in LENGTHS}
    for name, text in texts.items():
        if len(text) > LENGTHS[name]:
            return OldTrouble(row, _too_long(name))
        if text.startswith(("=", "+", "@")) or (name != "note" and text.startswith("-")):
            return OldTrouble(row, _("A cell holds a formula; type the value."))
    if not number_key(texts["number"]):
        return OldTrouble(row, _("The number is missing."))
    if looks_like_ours(texts["number"]):
        return OldTrouble(row, _("This number has the form of the certificates issued here; an old record can't have it."))
    if not normalise_name(texts["name"]):
        return OldTrouble(row, _("The name is missing."))
    if not texts["level"]:
        return OldTrouble(row, _("The level is missing."))
    issued_on, valid_until = _day(cells["issued_on"]), _day(cells.get("valid_until"))
    if issued_on is None or not EARLIEST <= issued_on <= today:
        return OldTrouble(row, _("The date of award is missing, can't be read, or lies outside of 1990 to today."))
    if _text(cells.get("valid_until")) and (valid_until is None or valid_until < issued_on):
        return OldTrouble(row, _("The end of validity can't be read, or lies before the award."))
    return OldRow(row, issued_on=issued_on, valid_until=valid_until, **texts)


def _long_words(name: str) -> str:
    return gettext("“%(column)s” is too long.") % {"column": SHOWN[name]}


_too_long = lazy(_long_words, str)


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a spreadsheet's number of digits only
    return "" if value is None else " ".join(str(value).split())


def _day(value: object) -> date | None:
    """A spreadsheet's date, or 2019-06-01, 2019/6/1, 2019.6.1, 20190601, 2019年6月1日."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = _text(value)
    if len(text) == 8 and text.isdigit():
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    text = text.split(" ")[0].translate(str.maketrans({"年": "-", "月": "-", "日": "", "/": "-", ".": "-"}))
    parts = text.split("-")
    try:
        year, month, day = (int(part) for part in parts)
        return date(year, month, day)
    except ValueError:
        return None


def _xlsx(file: BinaryIO) -> Iterator[list[Any]]:
    with zipfile.ZipFile(file) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
            raise ValueError("too large")
    file.seek(0)
    book = load_workbook(file, read_only=True, data_only=False)
    for line in book.worksheets[0].iter_rows(max_row=MAX_ROWS + HEADING_ROWS, max_col=30, values_only=True):
        yield list(line)


def _csv(file: BinaryIO) -> Iterator[list[Any]]:
    """Separated by comma, semicolon or tab; UTF-8, or GB 18030 when the file is not."""
    encoding = "utf-8-sig" if _is_utf8(file) else "gb18030"
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        first = next((line for line in text if line.strip()), "")
        text.seek(0)
        yield from csv.reader(text, delimiter=max(",;\t", key=first.count))
    finally:
        text.detach()


def _is_utf8(file: BinaryIO) -> bool:
    file.seek(0)
    decoder = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        while decoder.read(65_536):
            pass
        return True
    except UnicodeDecodeError:
        return False
    finally:
        decoder.detach()
