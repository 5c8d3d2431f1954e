"""The national core in a base's course: which pages, in which order, and what to do with a newer version."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib.errors import WrongState
from lms.lib.language import local
from lms.lib.listing import paginate

from .. import course_core
from ..comparing import compare
from ..contents import entries_of, parts_of
from ..core_forms import DeclineForm
from ..core_permissions import get_release_for, user_can_read_core
from ..models import CoreRelease, CoursePage
from ..permissions import get_course_for, user_can_submit_course


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def contents(request: HttpRequest, pk: int) -> HttpResponse:
    """Lessons and cases of the course's draft in one order, the base's own and the core; and what of the core is there."""
    course = get_course_for(request.user, pk)
    if request.method == "POST":
        _require_author(request, course)
        return _save(request, course)
    return _contents_page(request, course)


def _save(request: HttpRequest, course: CoursePage) -> HttpResponse:
    """Save order and marks as they stand on the page; `move` and `take_out` do one thing more."""
    entries = {entry.page.pk: entry for entry in entries_of(course)[1:]}
    order = [int(key) for key in request.POST.getlist("item") if key.isdigit() and int(key) in entries]
    direction, _colon, key = request.POST.get("move", "").partition(":")
    if key.isdigit() and int(key) in order:
        _move(order, int(key), direction, entries)
    cases = {
        pk: (f"required-{pk}" in request.POST, request.POST.get(f"part-{pk}", ""))
        for pk, entry in entries.items()
        if entry.release and entry.kind == "case" and f"shown-{pk}" in request.POST
    }
    seen = request.POST.get("seen", "")
    changed = course_core.arrange(
        course, order, cases=cases, seen=int(seen) if seen.isdigit() else None, by=request.user, at=now()
    )
    gone = request.POST.get("take_out", "")
    if gone.isdigit() and int(gone) in entries:
        course_core.take_out(course, int(gone), by=request.user, at=now())
        title = local(entries[int(gone)].release or entries[int(gone)].content, "title")
        messages.success(request, _("“%(title)s” is not in the course any more.") % {"title": title})
    elif changed:
        messages.success(request, _("Saved in the draft of the course."))
    return redirect("course_contents", course.pk)


def _move(order: list[int], key: int, direction: str, entries: dict) -> None:
    """One step up or down among pages of the same kind."""
    same = [pk for pk in order if entries[pk].kind == entries[key].kind]
    at = same.index(key) + {"up": -1, "down": 1}.get(direction, 0)
    if 0 <= at < len(same):
        one, other = order.index(key), order.index(same[at])
        order[one], order[other] = order[other], order[one]


def _contents_page(request: HttpRequest, course: CoursePage) -> HttpResponse:
    entries = entries_of(course)
    parts = parts_of(entries)
    part_of = {page: part["key"] for part in parts for page in part["cases"]}
    rows = [{"entry": entry, "part": part_of.get(entry.page.pk, "")} for entry in entries[1:]]
    here = [entry.page.pk for entry in entries if entry.release]
    level = entries[0].content["level"]
    available = CoreRelease.objects.none()
    if user_can_read_core(request.user):
        available = CoreRelease.objects.latest().filter(level=level).exclude(page__in=here).order_by("-kind", "page__path")
    kind = request.GET.get("kind", "")
    if kind in CoreRelease.Kind.values:
        available = available.filter(kind=kind)
    context = {
        "course": course,
        "lessons": [row for row in rows if row["entry"].kind == "lesson"],
        "cases": [row for row in rows if row["entry"].kind == "case"],
        "parts": parts,
        "seen": entries[0].revision.pk,
        "page": paginate(request, available, 12),
        "kind": kind,
        "kinds": CoreRelease.Kind.choices,
        "offers": course_core.offers_for([CoursePage.objects.select_related("latest_revision").get(pk=course.pk)]),
        "may_write": user_can_submit_course(request.user, course.base.organisation_id),
        "accredited": course.base.organisation.is_accredited_for(course.level.code),
    }
    return render(request, "curriculum/course_contents.html", context)


@login_required
@require_POST
def add(request: HttpRequest, pk: int, uuid: UUID) -> HttpResponse:
    """Include a released core page; a second click finds it included."""
    course = get_course_for(request.user, pk)
    release = get_release_for(request.user, uuid)
    _require_author(request, course)
    if all(line["release"] != release.pk for line in course_core.included_in(course)):
        course_core.include(course, release, by=request.user, at=now())
        messages.success(request, _("“%(title)s” is in the course now, at the end; put it where it belongs.")
                         % {"title": local(release, "title")})  # fmt: skip
    return redirect("course_contents", course.pk)


@login_required
@require_safe
def offer(request: HttpRequest, pk: int, uuid: UUID) -> HttpResponse:
    """A newer version of an included page beside the one the course has: what differs, word by word."""
    course = get_course_for(request.user, pk)
    return _offer_page(request, course, get_release_for(request.user, uuid), DeclineForm())


@login_required
@require_POST
def accept(request: HttpRequest, pk: int, uuid: UUID) -> HttpResponse:
    course = get_course_for(request.user, pk)
    release = get_release_for(request.user, uuid)
    _require_author(request, course)
    if any(line["release"] == release.pk for line in course_core.included_in(course)):  # a second click
        return redirect("course_contents", course.pk)
    course_core.accept(course, release, by=request.user, at=now())
    messages.success(request, _("The draft of the course has version %(number)s now; it is taught after the next review.")
                     % {"number": release.number})  # fmt: skip
    return redirect("course_contents", course.pk)


@login_required
@require_POST
def decline(request: HttpRequest, pk: int, uuid: UUID) -> HttpResponse:
    course = get_course_for(request.user, pk)
    release = get_release_for(request.user, uuid)
    _require_author(request, course)
    found = course_core.offer_of(course, release)
    if found and not found.waiting and found.answer and found.answer.answered_by_id == request.user.pk:
        return redirect("course_contents", course.pk)  # a second click
    form = DeclineForm(request.POST)
    if not form.is_valid():
        return _offer_page(request, course, release, form, status=422)
    course_core.decline(course, release, reason=form.cleaned_data["reason"], by=request.user, at=now())
    messages.success(request, _("The course keeps its version; the authority reads why."))
    return redirect("course_contents", course.pk)


def _require_author(request: HttpRequest, course: CoursePage) -> None:
    if not user_can_submit_course(request.user, course.base.organisation_id):
        raise PermissionDenied


def _offer_page(
    request: HttpRequest, course: CoursePage, release: CoreRelease, form: DeclineForm, *, status: int = 200
) -> HttpResponse:  # fmt: skip
    found = course_core.offer_of(course, release)
    if found is None:
        if any(line["page"] == release.page_id for line in course_core.included_in(course)):
            raise WrongState(_("This version is not on offer to the course any more."), obj=course)
        raise Http404
    context = {
        "course": course,
        "offer": found,
        "comparison": compare(release.kind, found.old.content(), release.content()),
        "between": CoreRelease.objects.filter(
            page=release.page_id, number__gt=found.old.number, number__lte=release.number
        ),
        "form": form,
        "may_write": user_can_submit_course(request.user, course.base.organisation_id),
    }
    return render(request, "curriculum/core_offer.html", context, status=status)
