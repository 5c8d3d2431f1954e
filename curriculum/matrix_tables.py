"""The matrix of coverage as tables for a spreadsheet: one row for each base and topic, hours, competences, and all at once."""

import io
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from openpyxl import Workbook

from lms.lib.language import local
from lms.lib.listing import csv_response, safe_cell

from .matrix import Matrix

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def state_word(required: bool, teaches: bool, covered: bool) -> str:
    """Return how a topic stands at a base, as one word of the page."""
    if covered:
        return pgettext("topic", "covered")
    if not teaches:
        return _("no course of this level")
    return _("not covered") if required else _("elective, not taken up")


def topic_rows(found: Matrix) -> Iterator[list[Any]]:
    """Return the headings, then a row for each base and topic."""
    yield [_("Training base"), pgettext("of ability", "Level"), _("Module"), _("Code"), _("Topic"), _("Required"),
           _("Courses"), _("Lessons"), _("Case scenarios"), _("State")]  # fmt: skip
    for column in found.columns:
        for topic in found.topics:
            taught = column.at(topic)
            yield [
                column.page.organisation.name, local(topic.module.level, "title"), local(topic.module, "title"), topic.code,
                local(topic, "title"), _("yes") if topic.required else _("no"), len(taught.courses), len(taught.lessons),
                len(taught.cases), state_word(topic.required, column.teaches(topic.module.level_id), taught.covered),
            ]  # fmt: skip


def wide_rows(found: Matrix) -> Iterator[list[Any]]:
    """Return the headings, then a row for each topic with the number of its lessons and cases at each base."""
    yield [_("Code"), _("Topic"), _("Required"), *(column.page.organisation.name for column in found.columns)]
    for topic in found.topics:
        counts = [
            len(taught.lessons) + len(taught.cases) if column.teaches(topic.module.level_id) else ""
            for column in found.columns
            for taught in [column.at(topic)]
        ]
        yield [topic.code, local(topic, "title"), _("yes") if topic.required else _("no"), *counts]


def hour_rows(found: Matrix) -> Iterator[list[Any]]:
    yield [_("Training base"), pgettext("of ability", "Level"), _("Module"), _("Hours offered"), _("Required hours")]
    for column in found.columns:
        for module, _topics in found.modules:
            offered = column.hours(module, found.syllabus.minutes_per_hour)
            yield [column.page.organisation.name, local(module.level, "title"), local(module, "title"),
                   "" if offered is None else offered, module.hours]  # fmt: skip


def competence_rows(found: Matrix) -> Iterator[list[Any]]:
    yield [_("Training base"), pgettext("of ability", "Level"), _("Competence"), _("Assessed")]
    for column in found.columns:
        for level in found.levels:
            for code, (title, title_en) in found.competences.get(level.pk, {}).items():
                answer = column.assesses(level.pk, code)
                word = "" if answer is None else _("yes") if answer else _("no")
                yield [column.page.organisation.name, local(level, "title"),
                       local({"title": title, "title_en": title_en}, "title"), word]  # fmt: skip


def as_csv(found: Matrix) -> HttpResponse:
    headings, *rows = topic_rows(found)
    return csv_response(f"coverage-{found.syllabus.slug}.csv", headings, rows)


def as_workbook(found: Matrix) -> HttpResponse:
    """Return one sheet for each of the four tables."""
    book = Workbook(write_only=True)
    sheets = {_("Matrix"): wide_rows, _("Topics"): topic_rows, _("Hours"): hour_rows, _("Competences"): competence_rows}
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows(found):
            sheet.append([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
    stream = io.BytesIO()
    book.save(stream)
    response = HttpResponse(stream.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="coverage-{found.syllabus.slug}.xlsx"'
    return response
