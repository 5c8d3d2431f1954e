"""Translating: the list with progress, the page where source and translation stand side by side, and approval."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.dateformat import time_format
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib.errors import WrongState
from lms.lib.listing import csv_response, paginate

from ..content_diff import diff_words, plain_text
from ..contents import entries_of
from ..models import CoursePage, Translation, TranslationSegment
from ..permissions import get_course_for
from ..segments import MARKED_UP
from ..translating import begin
from ..translation_checks import shown
from ..translation_permissions import (
    get_translation_for,
    translations_visible_to,
    user_can_approve_translation,
    user_can_translate,
    user_has_translations,
)
from ..translation_words import place_text, problem_text

Status = TranslationSegment.Status
PER_PAGE = 60
EVERY = ["GET", "HEAD", "POST"]
STATES = {
    "waiting": Q(done__gt=0),
    "old": Q(old__gt=0),
    "open": Q(approved__lt=F("total")),
    "complete": Q(approved=F("total")),
}
FILTERS = {
    "open": ~Q(status__in=[Status.DONE, Status.APPROVED]),
    "old": ~Q(target="") & ~Q(target_source=F("source")),
    "done": Q(status=Status.DONE),
    "approved": Q(status=Status.APPROVED),
}


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The pages of one's organisation with their progress; by state, kind and course; CSV of what is filtered."""
    if not user_has_translations(request.user):
        raise PermissionDenied
    rows = translations_visible_to(request.user).select_related("page", "organisation").defer("entries")
    state, kind, course = (request.GET.get(name, "") for name in ("state", "kind", "course"))
    courses = CoursePage.objects.filter(pk__in=rows.filter(kind="course").values("page")).order_by("path")
    if state in STATES:
        rows = rows.filter(STATES[state])
    if kind in ("course", "lesson", "case"):
        rows = rows.filter(kind=kind)
    if found := next((c for c in courses if str(c.pk) == course), None):
        rows = rows.filter(page__in=[entry.page.pk for entry in entries_of(found)])
    rows = rows.order_by("organisation__name", "page__path")
    if request.GET.get("format") == "csv":
        headings = [_("Page"), _("Kind"), _("Parts"), _("Approved"), _("Waiting"), _("Changed since"), "%"]
        lines = ([r.page.title, r.get_kind_display(), r.total, r.approved, r.done, r.old, r.share] for r in rows)
        return csv_response("translations.csv", headings, lines)
    context = {
        "page": paginate(request, rows, 25), "state": state, "kind": kind, "course": course, "courses": courses,
        "states": [("waiting", _("wait for approval")), ("old", _("the Chinese has changed")),
                   ("open", _("not complete")), ("complete", _("complete"))],
        "kinds": [("course", _("course")), ("lesson", _("lesson")), ("case", _("case scenario"))],
    }  # fmt: skip
    return render(request, "curriculum/translation_list.html", context)


@login_required
@require_safe
def course(request: HttpRequest, pk: int) -> HttpResponse:
    """One course in English: every page with its progress; begin, export, import. A constant number of queries."""
    found = get_course_for(request.user, pk)
    return course_page(request, found)


def course_page(request: HttpRequest, found: CoursePage, *, status: int = 200, **more) -> HttpResponse:
    entries = entries_of(found)
    rows = {row.page_id: row for row in Translation.objects.filter(page__in=[e.page.pk for e in entries]).defer("entries")}
    total, approved = (sum(getattr(row, name) for row in rows.values()) for name in ("total", "approved"))
    context = {
        "course": found, "base": found.base, "rows": [(entry, rows.get(entry.page.pk)) for entry in entries],
        "begun": bool(rows), "missing": any(entry.page.pk not in rows for entry in entries),
        "total": total, "approved": approved, "share": 100 * approved // total if total else 0,
        "done": sum(row.done for row in rows.values()), "old": sum(row.old for row in rows.values()),
        "may_translate": user_can_translate(request.user, found.base.organisation_id),
    }  # fmt: skip
    return render(request, "curriculum/translation_course.html", context | more, status=status)


@login_required
@require_POST
def course_begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the working copies of the course's pages. A second click is harmless."""
    found = get_course_for(request.user, pk)
    if not user_can_translate(request.user, found.base.organisation_id):
        raise PermissionDenied
    begin(found, by=request.user, at=now())
    return redirect("translation_course", pk=pk)


# --- One page ---------------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(EVERY)
def edit(request: HttpRequest, page: int) -> HttpResponse:
    """Source and translation side by side. Saving keeps everything that was typed, whatever is wrong with it."""
    translation = get_translation_for(request.user, page)
    may_translate = user_can_translate(request.user, translation.organisation_id)
    shown_by = request.GET.get("show", "")
    segments = translation.segments.filter(present=True)
    if shown_by in FILTERS:
        segments = segments.filter(FILTERS[shown_by])
    typed: dict[int, dict] = {}
    if request.method == "POST":
        if not may_translate:
            raise PermissionDenied
        typed = _save_all(request, translation)
        if not any(line["conflict"] for line in typed.values()):
            wrong = sum(bool(line["problems"]) for line in typed.values())
            messages.success(request, _("Saved."))
            if wrong:
                messages.warning(request, _("Some parts are saved as drafts; what is wrong stands beside them."))
                typed = {pk: line for pk, line in typed.items() if line["problems"]}
            else:
                return redirect(request.get_full_path())
    lines = paginate(request, segments, PER_PAGE)
    context = {
        "translation": translation, "lines": lines, "rows": [_row(s, typed.get(s.pk)) for s in lines.object_list],
        "show": shown_by, "may_translate": may_translate,
        "may_approve": user_can_approve_translation(request.user, translation),
        "shows": [("", _("all parts")), ("open", _("to be translated")), ("old", _("the Chinese has changed")),
                  ("done", _("wait for approval")), ("approved", _("approved"))],
        "conflict": any(line["conflict"] for line in typed.values()),
    }  # fmt: skip
    status = 409 if context["conflict"] else 422 if typed else 200
    return render(request, "curriculum/translation_edit.html", context, status=status)


def _row(segment: TranslationSegment, typed: dict | None = None) -> dict:
    """One segment as it is drawn. typed: what did not get through, to be shown instead of what is saved."""
    problems = typed["problems"] if typed else segment.problems() if segment.target and segment.status == Status.DRAFT else []
    return {
        "segment": segment, "number": segment.position + 1, "place": place_text(segment.key),
        "marked_up": segment.kind in MARKED_UP,
        "source_html": shown(segment.kind, segment.source), "target_html": shown(segment.kind, segment.target),
        "target": typed["text"] if typed and typed["conflict"] else segment.target,
        "theirs": segment.target if typed and typed["conflict"] else "",
        "problems": [problem_text(p) for p in problems],
        "changes": diff_words(plain_text(segment.target_source), plain_text(segment.source)) if segment.is_old else (),
    }  # fmt: skip


def _save_all(request: HttpRequest, translation: Translation) -> dict[int, dict]:
    """Save every part of the form; return those with something to say, by primary key."""
    found: dict[int, dict] = {}
    for segment in translation.segments.filter(present=True):
        text = request.POST.get(f"target-{segment.pk}")
        if text is None:
            continue
        done = request.POST.get(f"done-{segment.pk}") == "1"
        try:
            problems = segment.write(text, done=done, seen=_number(request, f"number-{segment.pk}"), by=request.user, at=now())
            if problems:
                found[segment.pk] = {"text": text, "problems": problems, "conflict": False}
        except WrongState:
            found[segment.pk] = {"text": text, "problems": [], "conflict": True}
    translation.count()
    return found


def _number(request: HttpRequest, name: str) -> int:
    try:
        return int(request.POST.get(name, ""))
    except ValueError:
        return -1


@login_required
@require_POST
def segment(request: HttpRequest, page: int, pk: int) -> JsonResponse:
    """Save one part while its translator types. 409 with the other text when somebody has changed it meanwhile."""
    translation = get_translation_for(request.user, page)
    if not user_can_translate(request.user, translation.organisation_id):
        raise PermissionDenied
    found = translation.segments.filter(pk=pk, present=True).first()
    if found is None:
        raise Http404
    at = now()
    done = request.POST.get("done") == "1"
    try:
        problems = found.write(request.POST.get("target", ""), done=done, seen=_number(request, "number"), by=request.user, at=at)
    except WrongState as late:
        found.refresh_from_db()
        return JsonResponse({"message": str(late.message), "theirs": found.target, "number": found.number}, status=409)
    translation.count()
    translation.refresh_from_db(fields=["total", "approved", "done", "drafts", "old"])
    return JsonResponse({
        "number": found.number, "status": found.status, "label": found.get_status_display(),
        "problems": [problem_text(p) for p in problems],
        "html": shown(found.kind, found.target) if found.kind in MARKED_UP else "",
        "saved": _("Saved at %(time)s") % {"time": time_format(localtime(at), "H:i:s")},
        "finished": translation.approved + translation.done, "total": translation.total,
    })  # fmt: skip


@login_required
@require_http_methods(EVERY)
def review(request: HttpRequest, page: int) -> HttpResponse:
    """What is marked as done, side by side: approve what is ticked, or give it back with the reason."""
    translation = get_translation_for(request.user, page)
    if not user_can_approve_translation(request.user, translation):
        raise PermissionDenied
    error = ""
    if request.method == "POST":
        if request.POST.get("decision") == "return":
            if request.POST.get("note", "").strip():
                translation.send_back(by=request.user, at=now(), note=request.POST["note"])
                messages.success(request, _("Given back to its translators."))
                return redirect(translation)
            error = _("Say why.")
        else:
            numbers = {pk: _number(request, f"number-{pk}") for pk in request.POST.getlist("approve")}
            count = translation.approve(by=request.user, at=now(), numbers=numbers)
            messages.success(request, _("%(count)s parts approved; English readers see them now.") % {"count": count})
            return redirect("translation_review", page=page)
    waiting = translation.segments.filter(present=True, status=Status.DONE)
    rows = [_row(s) | {"own": s.edited_by_id == request.user.pk} for s in waiting.select_related("edited_by")[:300]]
    context = {"translation": translation, "rows": rows, "own": any(row["own"] for row in rows), "error": error,
               "releases": translation.releases.select_related("approved_by").order_by("-number")[:10]}  # fmt: skip
    return render(request, "curriculum/translation_review.html", context, status=422 if error else 200)
