"""Lists: pages of rows, and their export as CSV."""

import csv
from collections.abc import Iterable
from decimal import Decimal

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, StreamingHttpResponse


class _Echo:
    def write(self, value: str) -> str:
        return value


def paginate(request: HttpRequest, rows, per_page: int = 25) -> Page:
    """Return the page the address asks for; a page that does not exist gives the nearest one that does."""
    return Paginator(rows, per_page).get_page(request.GET.get("page"))


def safe_cell(value: object) -> str:
    """Return a cell that no spreadsheet takes for a formula. Numbers stay numbers, negative ones too."""
    text = "" if value is None else str(value)
    if isinstance(value, int | float | Decimal):
        return text
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def csv_response(filename: str, headings: Iterable[object], rows: Iterable[Iterable[object]]) -> StreamingHttpResponse:
    """Stream rows as CSV with a byte-order mark, so that spreadsheets read Chinese."""
    writer = csv.writer(_Echo())

    def lines():
        yield "\ufeff" + writer.writerow([safe_cell(cell) for cell in headings])
        for row in rows:
            yield writer.writerow([safe_cell(cell) for cell in row])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response
