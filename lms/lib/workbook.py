"""Lines as an XLSX file."""

import io
from collections.abc import Iterable

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from .listing import safe_cell
from .xmltext import plain_text

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(sheets: Iterable[tuple[str, Iterable[list]]]) -> bytes:
    """Return an XLSX file. sheets: (title, lines, the first of which are the headings). No text becomes a formula."""
    book = Workbook(write_only=True)
    for title, lines in sheets:
        page = book.create_sheet(title[:30])
        page.freeze_panes = "B2"
        for number, line in enumerate(lines):
            if not number:
                for column in range(1, len(line) + 1):
                    page.column_dimensions[get_column_letter(column)].width = 18
                line = [_heading(page, text) for text in line]
            page.append([plain_text(safe_cell(value)) if isinstance(value, str) else value for value in line])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _heading(page, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(page, value=plain_text(safe_cell(text)))
    cell.font = Font(bold=True)
    return cell


def workbook_response(filename: str, sheets: Iterable[tuple[str, Iterable[list]]]) -> HttpResponse:
    response = HttpResponse(workbook(sheets), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response
