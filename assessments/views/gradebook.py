"""The gradebook of a cohort, on the page and as a file."""

import io
from collections.abc import Iterator
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from openpyxl import Workbook

from lms.lib.audit import log
from lms.lib.listing import csv_response, paginate, safe_cell

from ..gradebook import Gradebook, gradebook_of, trainees_of
from ..permissions import get_gradebook_cohort, gradebook_cohorts, user_sees_gradebooks, user_sees_names

ROWS = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
    page = paginate(request, list(trainees_of(cohort, named=named)), ROWS)
    context = {"cohort": cohort, "book": gradebook_of(cohort, page, named=named), "named": named, "page": page}
    return render(request, "assessments/gradebook.html", context)


@login_required
@require_safe
def export(request: HttpRequest, uuid: UUID, kind: str) -> HttpResponse:
    """The whole as CSV or XLSX. Personal data, so it is logged; moderators get codes instead of names."""
    if kind not in ("csv", "xlsx"):
        raise Http404
    cohort = get_gradebook_cohort(request.user, uuid)
    named = user_sees_names(request.user, cohort)
    lines = list(_lines(gradebook_of(cohort, named=named), named=named))
    log(
        cohort, "assessments.gradebook.export", by=request.user, organisation=cohort.organisation, kind=kind,
        count=len(lines) - 1,
    )  # fmt: skip
    name = f"gradebook-{cohort.code}-{now():%Y%m%d}.{kind}"
    if kind == "csv":
        return csv_response(name, lines[0], lines[1:])
    book = Workbook(write_only=True)
    page = book.create_sheet(_("Gradebook")[:30])
    for line in lines:
        page.append([value if not isinstance(value, str) else safe_cell(value) for value in line])
    buffer = io.BytesIO()
    book.save(buffer)
    response = HttpResponse(buffer.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(book: Gradebook, *, named: bool) -> Iterator[list]:
    english = (get_language() or "").startswith("en")

    def title(thing) -> str:
        return (english and thing.title_en) or thing.title

    heading = [_("Trainee"), _("E-mail")] if named else [_("Anonymous code")]
    for assignment in book.assignments:
        heading += [title(assignment.item), _("%(case)s: points of 100") % {"case": title(assignment.item)}]
    yield heading + [_("%(part)s: points of 100") % {"part": title(part)} for part in book.parts]
    for row in book.rows:
        line = [row.name, row.email] if named else [row.name]
        for cell in row.cells:
            line += [cell.word, cell.total]
        yield line + [total for _part, total, _passed in row.parts]
