"""The authority's desk for the syllabus: standards, drafts, details, coming into force, calling off, discarding."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.language import local

from ..models import CoursePage, NotReady, Syllabus, SyllabusStandard
from ..permissions import get_draft_for, user_can_adopt_syllabus, user_can_edit_syllabus
from ..syllabus_changes import aspect_label
from ..syllabus_diff import compare
from ..syllabus_drafts import new_draft, start_draft
from ..syllabus_forms import CopyForm, DayForm, DetailsForm, StandardForm, StartForm
from ..syllabus_grid import totals_of
from ..syllabus_wording import named

form_view = require_http_methods(["GET", "HEAD", "POST"])


def editor_required(request: HttpRequest) -> None:
    if not user_can_edit_syllabus(request.user):
        raise PermissionDenied


def editable(request: HttpRequest, slug: str) -> Syllabus:
    """Return a draft this person may edit: 404 for those who should not know it, WrongState once it is adopted."""
    draft = get_draft_for(request.user, slug)
    draft.require_draft()
    return draft


def saved(request: HttpRequest, draft: Syllabus, write: Callable[[], object], form=None) -> bool:
    """Do one edit as the number in the form says it was seen. False when somebody was faster: the page comes back with
    everything typed and the number of the present state, so that saving again is a decision."""
    number = request.POST.get("edit_number", "")
    try:
        with draft.editing(
            edit_number=int(number) if number.isdecimal() and len(number) < 9 else -1, by=request.user, at=timezone.now()
        ):
            write()
    except WrongState:
        draft.refresh_from_db()
        draft.require_draft()
        who = draft.edited_by.full_name if draft.edited_by else _("somebody")
        at = timezone.localtime(draft.edited_at).strftime("%Y-%m-%d %H:%M") if draft.edited_at else ""
        text = _(
            "%(who)s saved this draft at %(at)s, after you had opened this page. Nothing of yours is lost: it stands below. "
            "Look at the present state in another window; saving again puts yours in its place."
        ) % {"who": who, "at": at}
        if form is not None:
            form.add_error(None, text)
        else:
            messages.error(request, text)
        return False
    messages.success(request, _("Saved."))
    return True


@login_required
@form_view
def standard_create(request: HttpRequest) -> HttpResponse:
    editor_required(request)
    return _standard(request, SyllabusStandard())


@login_required
@form_view
def standard_edit(request: HttpRequest, slug: str) -> HttpResponse:
    editor_required(request)
    return _standard(request, get_object_or_404(SyllabusStandard, slug=slug))


def _standard(request: HttpRequest, standard: SyllabusStandard) -> HttpResponse:
    form = StandardForm(request.POST or None, instance=standard)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            log(standard, "curriculum.standard.save", by=request.user, changed=form.changed_data)
        messages.success(request, _("Saved."))
        return redirect("syllabus_standards")
    title = _("Standard: %(title)s") % {"title": local(standard, "title")} if standard.pk else _("New standard")
    return _form_page(request, form, title)


def _form_page(request: HttpRequest, form, title: str, draft: Syllabus | None = None, **context) -> HttpResponse:
    conflict = draft is not None and form.is_bound and bool(form.non_field_errors())
    context |= {"form": form, "title": title, "draft": draft}
    return render(request, "curriculum/syllabus_form.html", context, status=409 if conflict else 200)


@login_required
@form_view
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """An empty draft of a standard."""
    editor_required(request)
    standard = get_object_or_404(SyllabusStandard, slug=slug)
    form = StartForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        draft = start_draft(standard, by=request.user, at=timezone.now(), **form.cleaned_data)
        return redirect("syllabus_draft", draft.slug)
    return _form_page(request, form, _("New empty draft: %(standard)s") % {"standard": local(standard, "title")})


@login_required
@form_view
def copy(request: HttpRequest, slug: str) -> HttpResponse:
    """A new draft from any version, in the same or in another standard."""
    editor_required(request)
    source = get_draft_for(request.user, slug)
    form = CopyForm(request.POST or None, initial={"standard": source.standard_id})
    if request.method == "POST" and form.is_valid():
        draft = new_draft(source, by=request.user, at=timezone.now(), **form.cleaned_data)
        messages.success(request, _("The draft says what its source says. Change it now; the source stays as it is."))
        return redirect("syllabus_draft", draft.slug)
    return _form_page(request, form, _("New draft from %(version)s") % {"version": named(source)})


@login_required
@require_safe
def draft(request: HttpRequest, slug: str) -> HttpResponse:
    """A draft at a glance: what is in it, what is missing, where to go on."""
    found = get_draft_for(request.user, slug)
    if not found.is_draft:
        return redirect(found)
    levels = list(found.levels.prefetch_related("modules__topics", "preconditions"))
    for level in levels:
        level.blocks = [(module, totals_of(module)) for module in level.modules.all()]
    context = {
        "draft": found, "levels": levels, "obstacles": found.obstacles(), "competences": found.competences.all(),
        "may_adopt": user_can_adopt_syllabus(request.user), "against": found.drafted_from or found.base,
        "tracks": found.tracks.all(), "conditions": sum(len(level.preconditions.all()) for level in levels),
    }  # fmt: skip
    return render(request, "curriculum/syllabus_draft.html", context)


@login_required
@form_view
def details(request: HttpRequest, slug: str) -> HttpResponse:
    found = editable(request, slug)
    form = DetailsForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        fresh = Syllabus.objects.get(pk=found.pk)  # the form has written into `found` already

        def write() -> None:
            for name in form.cleaned_data:
                setattr(fresh, name, form.cleaned_data[name])
            fresh.save()

        if saved(request, fresh, write, form):
            return redirect("syllabus_draft", slug)
        found = fresh
    return _form_page(request, form, _("What the version says of itself"), found)


@login_required
@form_view
def in_force(request: HttpRequest, slug: str) -> HttpResponse:
    """What is missing, or from when the version is in force and which one it supersedes; asks, then does it."""
    found = editable(request, slug)
    if not user_can_adopt_syllabus(request.user):
        raise PermissionDenied
    today = timezone.localdate()
    form = DayForm(request.POST or None, syllabus=found, today=today, initial={"day": today})
    obstacles = found.obstacles()
    if request.method == "POST" and form.is_valid():
        if request.POST.get("edit_number") != str(found.edit_number):
            form.add_error(None, _("This draft has changed in the meantime; look at it again."))
        else:
            try:
                found.bring_into_force(at=form.cleaned_data["day"], by=request.user)
            except NotReady as error:
                obstacles = error.problems
            except WrongState as error:
                form.add_error("day", error.message)
            else:
                messages.success(request, _("The version is adopted. It can't be edited any more."))
                return redirect(found)
    adopted = list(Syllabus.objects.public().filter(standard=found.standard_id).order_by("-in_force_from"))
    before = next((version for version in adopted if version.in_force_from <= today), None)
    context = {
        "draft": found, "form": form, "obstacles": obstacles, "adopted": adopted, "before": before,
        "courses": CoursePage.objects.filter(level__syllabus=before).count() if before else 0,
        "counts": [(name, aspect_label(name), n) for name, n in compare(before.content(), found.content()).counts().items()]
        if before else [],
    }  # fmt: skip
    status = 409 if form.is_bound and (obstacles or form.non_field_errors()) else 200
    return render(request, "curriculum/syllabus_in_force.html", context, status=status)


@login_required
@form_view
def call_off(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_draft_for(request.user, slug)
    if not user_can_adopt_syllabus(request.user):
        raise PermissionDenied
    if request.method == "POST":
        found.call_off(by=request.user, today=timezone.localdate())
        messages.success(request, _("Called off. It is a draft again."))
        return redirect("syllabus_draft", slug)
    context = {
        "title": _("Call off %(version)s?") % {"version": named(found)}, "submit": _("Call off"),
        "back": found.get_absolute_url(),
        "text": _("It becomes a draft again, and the version before it goes on. This works until its first day, as long as "
                  "no course is built on it."),
    }  # fmt: skip
    return render(request, "curriculum/syllabus_confirm.html", context)


@login_required
@form_view
def discard(request: HttpRequest, slug: str) -> HttpResponse:
    found = editable(request, slug)
    if request.method == "POST":
        found.discard(by=request.user)
        messages.success(request, _("The draft is gone."))
        return redirect("syllabus_desk")
    context = {
        "title": _("Discard the draft %(version)s?") % {"version": named(found)}, "submit": _("Discard"), "danger": True,
        "text": _("The draft and everything typed into it are deleted for good. Adopted versions are not touched."),
        "back": found.get_absolute_url(),
    }  # fmt: skip
    return render(request, "curriculum/syllabus_confirm.html", context)
