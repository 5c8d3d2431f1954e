"""Editing what a draft says: a level with its modules and topics on one page, all hours on one page, single rows."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from lms.lib.language import local

from ..models import Competence, Level, Topic
from ..syllabus_forms import CompetenceForm, LevelForm, TopicForm
from ..syllabus_grid import HoursGrid, LevelGrid
from .syllabus_drafts import editable, form_view, saved


@login_required
@form_view
def level(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """Modules and topics of one level as a table: type, order, move, delete, save once."""
    draft = editable(request, slug)
    found = get_object_or_404(draft.levels, code=code)
    grid = LevelGrid(found, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and grid.is_valid:
        if saved(request, draft, grid.save):
            return redirect("syllabus_draft_level", slug, code)
        status = 409
    context = {"draft": draft, "level": found, "grid": grid, "levels": draft.levels.all()}
    return render(request, "curriculum/syllabus_level_grid.html", context, status=status)


@login_required
@form_view
def hours(request: HttpRequest, slug: str) -> HttpResponse:
    """The hours of the whole version as a table."""
    draft = editable(request, slug)
    grid = HoursGrid(draft, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and grid.is_valid:
        if saved(request, draft, grid.save):
            return redirect("syllabus_draft_hours", slug)
        status = 409
    return render(request, "curriculum/syllabus_hours_grid.html", {"draft": draft, "grid": grid}, status=status)


FORMS = {"level": LevelForm, "competence": CompetenceForm, "topic": TopicForm}


def _row(draft, kind: str, pk: int):
    rows = {
        "level": Level.objects.filter(syllabus=draft),
        "competence": Competence.objects.filter(syllabus=draft),
        "topic": Topic.objects.filter(module__level__syllabus=draft).select_related("module__level"),
    }
    if kind not in rows:
        raise Http404
    return get_object_or_404(rows[kind], pk=pk)


def _after(slug: str, row) -> HttpResponse:
    if isinstance(row, Topic):
        return redirect("syllabus_draft_level", slug, row.module.level.code)
    return redirect("syllabus_draft", slug)


@login_required
@form_view
def add(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """A new level or competence. Modules and topics are added on the page of their level."""
    draft = editable(request, slug)
    if kind not in ("level", "competence"):
        raise Http404
    rows = draft.levels if kind == "level" else draft.competences
    row = (Level if kind == "level" else Competence)(syllabus=draft, position=rows.count())
    return _edit(request, draft, kind, row)


@login_required
@form_view
def edit(request: HttpRequest, slug: str, kind: str, pk: int) -> HttpResponse:
    draft = editable(request, slug)
    return _edit(request, draft, kind, _row(draft, kind, pk))


def _edit(request: HttpRequest, draft, kind: str, row) -> HttpResponse:
    form = FORMS[kind](request.POST or None, instance=row, draft=draft)
    status = 200
    if request.method == "POST" and form.is_valid():
        if saved(request, draft, form.save, form):
            return _after(draft.slug, row)
        status = 409
    titles = {
        "level": _("Level: %(row)s") if row.pk else _("New level"),
        "competence": _("Competence: %(row)s") if row.pk else _("New competence"),
        "topic": _("Topic: %(row)s"),
    }
    title = titles[kind] % {"row": local(row, "title")} if row.pk else titles[kind]
    context = {"form": form, "title": title, "draft": draft, "row": row, "kind": kind}
    return render(request, "curriculum/syllabus_form.html", context, status=status)


@login_required
@form_view
def remove(request: HttpRequest, slug: str, kind: str, pk: int) -> HttpResponse:
    """Asks, then deletes a level with all below it, a competence or a topic of a draft."""
    draft = editable(request, slug)
    row = _row(draft, kind, pk)
    if request.method == "POST" and saved(request, draft, row.delete):
        return _after(slug, row)
    context = {
        "title": _("Delete “%(row)s” from this draft?") % {"row": local(row, "title")}, "submit": _("Delete"), "danger": True,
        "text": _("With a level go its modules and topics.") if kind == "level" else "",
        "back": draft.get_absolute_url(), "draft": draft,
    }  # fmt: skip
    return render(request, "curriculum/syllabus_confirm.html", context)
