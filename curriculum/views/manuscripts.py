"""Manuscripts of a course: bring one, see lesson by lesson what it becomes, make the drafts. Authors of the base only."""

from io import BytesIO
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib.listing import paginate
from lms.lib.uploads import serve_attachment

from ..manuscript_build import make, read_again, receive
from ..manuscript_forms import Desk, PasteForm, UploadForm
from ..manuscripts.lessons import CHARACTERS_A_MINUTE, WORDS_A_MINUTE
from ..manuscripts.notes import Refused
from ..models import LessonPage, Manuscript
from ..permissions import get_course_for, get_manuscript_for, user_can_submit_course, user_has_authoring
from ..sample.manuscripts import TYPES, sample

PICTURE_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp", ".gif": "image/gif"}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest, pk: int) -> HttpResponse:
    """The forms to bring one, the conventions, and what was brought so far. A refused file leaves nothing behind."""
    course = get_course_for(request.user, pk)
    if not user_can_submit_course(request.user, course.base.organisation_id):
        raise PermissionDenied
    pasted = request.method == "POST" and "text" in request.POST
    posted = request.method == "POST" and not pasted
    upload = UploadForm(request.POST if posted else None, request.FILES if posted else None, prefix="file")
    paste = PasteForm(request.POST if pasted else None)
    form = paste if pasted else upload
    if request.method == "POST" and form.is_valid():
        try:
            if pasted:
                what = {"data": paste.cleaned_data["text"].encode(), "kind": "md", "title": _("Pasted text")}
            else:
                what = {"data": upload.cleaned_data["file"].read(), "kind": upload.kind, "title": upload.stem}
            manuscript = receive(**what, split=form.cleaned_data["split"], course=course,
                                 organisation=course.base.organisation, by=request.user, at=now())  # fmt: skip
        except Refused as refusal:
            form.add_error("text" if pasted else "file", refusal.text)
        else:
            return redirect(manuscript)
    brought = Manuscript.objects.filter(course=course).select_related("uploaded_by").defer("reading", "choices")
    context = {"course": course, "base": course.base, "upload": upload, "paste": paste, "page": paginate(request, brought, 20)}
    return render(request, "curriculum/manuscript_list.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """How each lesson will look, what could not be kept, and the forms. What is typed is kept with every button."""
    manuscript = get_manuscript_for(request.user, uuid)
    if not manuscript.is_waiting:
        return _made(request, manuscript)
    desk = Desk(manuscript, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        manuscript.note_choices(desk.typed(request.POST))
        if "keep" in request.POST:
            messages.success(request, _("What you typed is kept. No lesson was made yet."))
            return redirect(manuscript)
        if desk.is_valid():
            pages = make(manuscript, desk.lesson_choices(), desk.picture_choices(), by=request.user, at=now())
            messages.success(request, _("%(count)s lessons are there as drafts.") % {"count": len(pages)})
            return redirect(manuscript)
        status = 422
    for form in desk.lessons:
        form.drawn = _drawn(manuscript, form.lesson, desk)
        form.asked = [desk.pictures[key] for key in _keys(form.lesson)]
    seen: set[str] = set()
    for form in desk.lessons:  # a picture that stands in several lessons is asked for once
        form.asked = [picture for picture in form.asked if not (picture.key in seen or seen.add(picture.key))]
        for picture in form.asked:
            picture.address = reverse("manuscript_picture", args=[manuscript.uuid, picture.key])
    context = {
        "manuscript": manuscript, "course": manuscript.course, "desk": desk, "errors": desk.error_list if status == 422 else [],
        "speed": {"characters": CHARACTERS_A_MINUTE, "words": WORDS_A_MINUTE},
        "without_alt": sum(not form.initial.get("alt") for form in desk.pictures.values()),
        "notes": sum(len(lesson["notes"]) for lesson in manuscript.reading["lessons"]) + len(manuscript.reading["general"]),
    }  # fmt: skip
    return render(request, "curriculum/manuscript_page.html", context, status=status)


def _made(request: HttpRequest, manuscript: Manuscript) -> HttpResponse:
    there = set(LessonPage.objects.filter(pk__in=[line["page"] for line in manuscript.made]).values_list("pk", flat=True))
    lines = [line | {"there": line["page"] in there} for line in manuscript.made]
    context = {"manuscript": manuscript, "course": manuscript.course, "lines": lines}
    return render(request, "curriculum/manuscript_made.html", context)


def _keys(lesson: dict) -> list[str]:
    return list(dict.fromkeys(block["value"]["image"] for block in lesson["body"] if block["type"] == "figure"))


def _drawn(manuscript: Manuscript, lesson: dict, desk: Desk) -> list[str]:
    """The blocks of a lesson as a reader will see them; pictures come from the manuscript, for they are nowhere else yet."""
    block = LessonPage.body.field.stream_block
    out = []
    for line in lesson["body"]:
        if line["type"] == "figure":
            key = line["value"]["image"]
            form = desk.pictures[key]
            value = {name: form[name].value() or "" for name in ("alt", "caption")}
            address = reverse("manuscript_picture", args=[manuscript.uuid, key])
            out.append(render_to_string("curriculum/_manuscript_figure.html", {"value": value, "address": address}))
        else:
            out.append(block.to_python([line])[0].render())
    return out


@login_required
@require_POST
def split(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Read the kept file again, as one lesson or as several."""
    manuscript = get_manuscript_for(request.user, uuid)
    try:
        read_again(manuscript, split=request.POST.get("split") == "several")
    except Refused as refusal:
        messages.error(request, refusal.text)
    else:
        messages.info(request, _("The manuscript was read again."))
    return redirect(manuscript)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def drop(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Discard an upload that is not wanted; asks first."""
    manuscript = get_manuscript_for(request.user, uuid)
    if request.method != "POST":
        return render(request, "curriculum/manuscript_drop.html", {"manuscript": manuscript})
    course = manuscript.course_id
    manuscript.drop(by=request.user)
    messages.success(request, _("The manuscript was discarded."))
    return redirect("manuscript_list", course)


@login_required
@require_safe
def picture(request: HttpRequest, uuid: UUID, key: str) -> HttpResponse:
    """A picture of a manuscript that waits; only PNG, JPEG, WebP and GIF were kept."""
    manuscript = get_manuscript_for(request.user, uuid)
    if not manuscript.is_waiting or key not in manuscript.reading["pictures"]:
        raise Http404
    kind = PICTURE_TYPES[manuscript.reading["pictures"][key]["suffix"]]
    response = HttpResponse(manuscript.picture(key), content_type=kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=600"
    return response


@login_required
@require_safe
def sample_file(request: HttpRequest, kind: str) -> HttpResponse:
    """The sample manuscript, to begin with."""
    if not user_has_authoring(request.user):
        raise PermissionDenied
    if kind not in TYPES:
        raise Http404
    return serve_attachment(BytesIO(sample(kind)), f"manuscript.{kind}", TYPES[kind])
