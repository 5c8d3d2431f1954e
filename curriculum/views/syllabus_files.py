"""A version as a file: downloads for anyone who may read it, uploads into a draft with a preview before anything changes."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ..models import SyllabusImport
from ..permissions import get_syllabus_for
from ..syllabus_changes import Names, aspect_label, by_level, column_label, row_lines
from ..syllabus_content import complete, file_form
from ..syllabus_diff import compare
from ..syllabus_forms import UploadForm
from ..syllabus_problems import Problem, find_problems, sheet_problems
from ..syllabus_sheet import content_of
from ..syllabus_workbook import CSV_COLUMNS, read_upload, write_csv, write_xlsx, write_yaml
from .syllabus_drafts import editable, form_view

MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "yaml": "application/yaml; charset=utf-8",
}
SHOWN = 200  # problems on the page; with more than that the file is better made anew


@require_safe
def export(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """The version as a workbook, a CSV or a YAML file that can be read in again."""
    syllabus = get_syllabus_for(request.user, slug)
    if kind not in MEDIA:
        raise Http404
    content = syllabus.content()
    if kind == "xlsx":
        labels = {name: column_label(name) for name in CSV_COLUMNS}
        data = write_xlsx(content, labels, readme(syllabus))
    elif kind == "csv":
        data = write_csv(content)
    else:
        data = write_yaml(_yaml_values(syllabus, content))
    response = HttpResponse(data, content_type=MEDIA[kind])
    response["Content-Disposition"] = f'attachment; filename="{syllabus.slug}.{kind}"'
    return response


def _yaml_values(syllabus, content) -> dict:
    first = {"slug": syllabus.slug, "standard": syllabus.standard.slug}
    if syllabus.base:
        first["base"] = syllabus.base.slug
    if syllabus.in_force_from:
        first["in_force_from"] = syllabus.in_force_from.isoformat()
    return first | file_form(content) | {"slug": syllabus.slug}


def readme(syllabus) -> list[str]:
    """The lines of the first sheet of a workbook."""
    return [
        str(syllabus),
        _("One sheet for each kind of row; the first line of a sheet names its columns: keep the last word of each heading."),
        _("required, verified: yes or no. outcomes: one a line in the cell (Alt+Enter). competences: codes with commas."),
        _("hours: a number with at most two decimals. No formulas: paste values."),
        _("lineage tells which topic of an earlier version a row is. Leave it as it is when you move or rename a topic; "
          "leave it empty for a new topic."),
        _("A sheet that you take out stays in the draft as it is."),
        _("The file goes in as a whole or not at all; before that you see what it would change."),
    ]  # fmt: skip


@login_required
@form_view
def upload(request: HttpRequest, slug: str) -> HttpResponse:
    """Read a file into memory and say what is wrong with it, row by row; without mistakes, go on to the preview."""
    draft = editable(request, slug)
    form = UploadForm(request.POST or None, request.FILES or None)
    problems: list[Problem] = []
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            content, problems, sha256 = _read(file, draft)
        except ValidationError as error:
            form.add_error("file", error)
        else:
            if not problems:
                kept = SyllabusImport.keep(
                    draft, content, file_name=file.name or "", sha256=sha256, by=request.user, at=timezone.now()
                )
                return redirect("syllabus_preview", slug, kept.uuid)
    context = {"draft": draft, "form": form, "problems": [_shown(p) for p in problems[:SHOWN]], "count": len(problems)}
    return render(request, "curriculum/syllabus_import.html", context, status=422 if problems else 200)


def _read(file, draft) -> tuple[dict, list[Problem], str]:
    tables, problems, sha256 = read_upload(file)
    if (file.name or "").lower().endswith((".yaml", ".yml")):
        said, problems = tables, find_problems(tables, draft=True)
    else:
        said, more = content_of(tables, draft.content())
        problems = sheet_problems(said, [*problems, *more])
    return (complete(said) if not problems else {}), problems, sha256


def _heading(column: str) -> str:
    """The column as the template's first line has it, said once where word and name are the same."""
    label = column_label(column)
    return label if label == column else f"{label} {column}"


def _shown(problem: Problem) -> dict:
    column = _heading(problem.column) if problem.column in CSV_COLUMNS else problem.column
    where = problem.sheet or problem.where
    return {"where": where, "row": problem.row, "column": column, "text": problem.text}


@login_required
@form_view
def preview(request: HttpRequest, slug: str, uuid: UUID) -> HttpResponse:
    """What the file would change in the draft; on POST it does."""
    draft = editable(request, slug)
    found = get_object_or_404(SyllabusImport.objects.filter(syllabus=draft), uuid=uuid)
    if request.method == "POST":
        found.apply(by=request.user, at=timezone.now())
        messages.success(request, _("The file is in the draft."))
        return redirect("syllabus_draft", slug)
    before, after = draft.content(), found.content
    diff, names = compare(before, after), Names(before, after)
    context = {
        "draft": draft, "kept": found, "diff": diff, "levels": by_level(diff, names), "totals": diff.totals,
        "counts": [(name, aspect_label(name), number) for name, number in diff.counts().items()],
        "rows": [(row, aspect_label(row.state), row_lines(row)) for row in diff.rows],
        "stale": found.applied_at is not None or found.edit_number != draft.edit_number,
    }  # fmt: skip
    return render(request, "curriculum/syllabus_import_preview.html", context)
