"""The gradebook of a cohort: the page, the history of a grade, what another policy would do, and all of it as files."""

from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localdate
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lms.lib.audit import log
from lms.lib.language import local
from lms.lib.listing import csv_response, paginate
from lms.lib.workbook import workbook_response
from training.models import Cohort

from ..corrections import corrected_totals, criteria_of
from ..expert_permissions import comments_in
from ..grade_history import history_of
from ..gradebook import Facts, assignments_of, facts_by_person, facts_of, gradebook_of, people_in, plan_of, rows_of
from ..gradebook_files import grade_lines, history_lines, what_if_lines
from ..permissions import (
    get_grade_cell,
    get_gradebook_cohort,
    gradebook_cohorts,
    user_can_export_gradebook,
    user_can_simulate_policy,
    user_sees_gradebooks,
    user_sees_names,
)
from ..whatif import simulate
from ..whatif_form import WhatIfForm

ROWS = 200


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The cohorts whose gradebook this person sees, latest first."""
    if not user_sees_gradebooks(request.user):
        raise PermissionDenied
    cohorts = gradebook_cohorts(request.user).select_related("organisation", "edition").order_by("-starts_on", "pk")
    return render(request, "assessments/gradebook_list.html", {"page": paginate(request, cohorts)})


@login_required
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Trainees × assignments, 200 on a page. Totals appear once a result is released; before that, the state alone."""
    cohort = get_gradebook_cohort(request.user, uuid)
    named = user_sees_names(request.user, cohort)
    page = paginate(request, people_in(cohort, named=named), ROWS)
    parts = plan_of(cohort)
    language = get_language()
    tasks = tuple(local(assignment.item, "title") for assignment in assignments_of(parts))
    columns = tuple((local(part, "title"), part.weight, part.pass_mark) for part in parts)
    context = {
        "cohort": cohort, "page": page, "named": named,
        "head": drawn_head(tasks, columns, named=named, language=language),
        "rows": drawn_rows(cohort.uuid, facts_of(cohort, parts, tuple(page)), named=named, language=language),
        "exports": user_can_export_gradebook(request.user, cohort),
        "simulates": user_can_simulate_policy(request.user, cohort),
    }  # fmt: skip
    return render(request, "assessments/gradebook.html", context)


@lru_cache(maxsize=128)
def drawn_head(assignments: tuple[str, ...], parts: tuple[tuple, ...], *, named: bool, language: str) -> SafeString:
    """The head of the table as HTML, kept as the rows are."""
    return render_to_string("assessments/_gradebook_head.html", {"assignments": assignments, "parts": parts, "named": named})


@lru_cache(maxsize=32)
def drawn_rows(cohort: UUID, facts: Facts, *, named: bool, language: str) -> SafeString:
    """The rows as HTML. The same facts give the same rows, so those drawn last stay in memory: nothing can go stale.

    language: the one that is active, in which the words are.
    """
    head = str((cohort, facts.columns, named, language))  # compared once for each row: as one text
    return mark_safe("".join(_drawn_row(cohort, one, (head, *one[1:]), named=named) for one in facts_by_person(facts)))


KEPT = 4000  # rows of about 1 KB, in each process
drawn_row_by_row: dict[tuple, str] = {}


def _drawn_row(cohort: UUID, facts: Facts, key: tuple, *, named: bool) -> str:
    """One row, drawn again only where something of that person's has changed. key: all that the row is made of."""
    html = drawn_row_by_row.get(key)
    if html is None:
        if len(drawn_row_by_row) >= KEPT:
            drawn_row_by_row.clear()
        context = {"cohort": cohort, "rows": rows_of(facts), "named": named}
        drawn_row_by_row[key] = html = render_to_string("assessments/_gradebook_rows.html", context)
    return html


@login_required
@require_safe
def history(request: HttpRequest, uuid: UUID, enrolment: UUID, assignment: UUID) -> HttpResponse:
    """How one grade came about: every released result of a trainee's assignment. Open to whoever sees the gradebook."""
    cohort = get_gradebook_cohort(request.user, uuid)
    person, task = get_grade_cell(cohort, enrolment, assignment)
    context = {
        "cohort": cohort, "person": person, "assignment": task, "named": user_sees_names(request.user, cohort),
        "changes": history_of(cohort, enrolment=person, assignment=task),
        "sees_regrades": user_can_simulate_policy(request.user, cohort),
        "comments": comments_in(cohort, person.pk, task.pk),
    }  # fmt: skip
    return render(request, "assessments/gradebook_history.html", context)


@login_required
@require_safe
def what_if(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What other weights or pass marks, or corrected results, would make of the cohort. Asked by GET: nothing is stored."""
    cohort = get_gradebook_cohort(request.user, uuid)
    if not user_can_simulate_policy(request.user, cohort):
        raise PermissionDenied
    named, exports = user_sees_names(request.user, cohort), user_can_export_gradebook(request.user, cohort)
    book = gradebook_of(cohort, named=named)
    criteria = criteria_of(book.assignments)
    form = WhatIfForm(book.parts, book.assignments, criteria, request.GET if "what" in request.GET else None)
    good = form.is_valid()
    if good:
        totals = corrected_totals(cohort, book, criteria, form.corrections())
        found = simulate(book, form.rules(), form.cleaned_data["least"], totals)
    else:
        found = simulate(book, book.rules)
    if good and request.GET.get("format") == "csv":
        if not exports:
            raise PermissionDenied
        return _csv(request, cohort, "what-if", what_if_lines(found, named=named))
    only = good and form.cleaned_data["only"]
    context = {
        "cohort": cohort, "form": form, "found": found, "named": named, "asked": good, "exports": exports,
        "page": paginate(request, found.changing if only else found.rows, ROWS),
    }  # fmt: skip
    return render(request, "assessments/gradebook_what_if.html", context)


@login_required
@require_safe
def export(request: HttpRequest, uuid: UUID, kind: str) -> HttpResponse:
    """The whole as XLSX, with its history on a second sheet, or one of the two as CSV. Personal data, so it is logged."""
    if kind not in ("csv", "history.csv", "xlsx"):
        raise Http404
    cohort = get_gradebook_cohort(request.user, uuid)
    if not user_can_export_gradebook(request.user, cohort):
        raise PermissionDenied
    if kind == "csv":
        return _csv(request, cohort, kind, grade_lines(gradebook_of(cohort), named=True))
    changes = history_lines(history_of(cohort), named=True)
    if kind == "history.csv":
        return _csv(request, cohort, kind, changes)
    grades = list(grade_lines(gradebook_of(cohort), named=True))
    _log(request, cohort, kind, len(grades) - 1)
    return workbook_response(_name(cohort, kind), [(_("Gradebook"), grades), (_("History"), changes)])


def _csv(request: HttpRequest, cohort: Cohort, kind: str, lines: Iterable[list]) -> HttpResponse:
    lines = list(lines)
    _log(request, cohort, kind, len(lines) - 1)
    return csv_response(_name(cohort, kind if kind.endswith("csv") else f"{kind}.csv"), lines[0], lines[1:])


def _log(request: HttpRequest, cohort: Cohort, kind: str, count: int) -> None:
    action = "assessments.gradebook.export"
    log(cohort, action, by=request.user, organisation=cohort.organisation, kind=kind, count=count)


def _name(cohort: Cohort, kind: str) -> str:
    """gradebook-CODE-20261128.xlsx, gradebook-CODE-20261128-history.csv"""
    return f"gradebook-{cohort.code}-{localdate():%Y%m%d}" + ("-" if "." in kind else ".") + kind
