"""Two states of a course side by side: two editions, a review and the edition before it, the draft and the last edition."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lms.lib.language import local

from ..contents import entries_of
from ..edition_compare import Side, compare_sides, pages_by_id
from ..models import Edition
from ..permissions import get_course_for, get_edition_for, get_review_for


@login_required
@require_safe
def editions(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """An edition beside another one of its course: the one before it when none is asked for. The older stands left."""
    edition = get_edition_for(request.user, uuid)
    others = Edition.objects.filter(course=edition.course_id).exclude(pk=edition.pk)
    other = _asked_for(request, others) or others.filter(number__lt=edition.number).order_by("-number").first()
    other = other or others.order_by("number").first()
    context = {"back": edition.get_absolute_url(), "back_title": _named(edition), "others": others, "other": other}
    if other is None:
        return render(request, "curriculum/course_compare.html", context | {"name": _named(edition)})
    old, new = sorted([edition, other], key=lambda one: one.number)
    return _compared(request, Side.of_edition(old), Side.of_edition(new), _named(new), context)


@login_required
@require_safe
def review(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What was submitted beside the last edition approved before: what a reviewer has to read."""
    found = get_review_for(request.user, uuid)
    others = Edition.objects.filter(course=found.course_id, created_at__lt=found.submitted_at)
    other = _asked_for(request, others) or others.order_by("-number").first()
    name = _("%(course)s, as submitted") % {"course": local(found.course, "title")}
    context = {
        "back": found.get_absolute_url(), "back_title": _("Review"), "others": others, "other": other, "review": found,
    }  # fmt: skip
    if other is None:
        return render(request, "curriculum/course_compare.html", context | {"name": name})
    return _compared(request, Side.of_edition(other), Side.of_entries(found.entries()), name, context)


@login_required
@require_safe
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """The course as it stands in the editor beside its last edition."""
    course = get_course_for(request.user, pk)
    others = Edition.objects.filter(course=course)
    other = _asked_for(request, others) or others.order_by("-number").first()
    back = reverse("course_status", args=[course.pk])
    name = _("%(course)s, the draft") % {"course": local(course, "title")}
    context = {"back": back, "back_title": local(course, "title"), "others": others, "other": other}
    if other is None:
        return render(request, "curriculum/course_compare.html", context | {"name": name})
    return _compared(request, Side.of_edition(other), Side.of_entries(entries_of(course)), name, context)


def _compared(request: HttpRequest, before: Side, after: Side, name: str, context: dict[str, Any]) -> HttpResponse:
    comparison = compare_sides(before, after)
    pages = pages_by_id(before, after)
    context |= {
        "comparison": comparison,
        "name": name,
        "before_name": _named(before.edition),
        "parts": [
            (part, [pages[case] for case in (part.before or {"cases": []})["cases"] if case in pages],
             [pages[case] for case in (part.after or {"cases": []})["cases"] if case in pages])
            for part in comparison.parts
        ],
    }  # fmt: skip
    return render(request, "curriculum/course_compare.html", context)


def _asked_for(request: HttpRequest, editions) -> Edition | None:
    """The edition of `with` in the address. 404 for one that is not of this course."""
    wanted = request.GET.get("with", "")
    if not wanted:
        return None
    try:
        found = editions.select_related("level__syllabus").filter(uuid=UUID(wanted)).first()
    except ValueError as error:
        raise Http404 from error
    if found is None:
        raise Http404
    return found


def _named(edition: Edition) -> str:
    return _("Edition %(number)s") % {"number": edition.number} + f" · {edition.created_at:%Y-%m-%d}"
