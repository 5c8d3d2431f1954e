"""A course walked as a trainee would see it. Everything here is a GET: nothing is recorded, whatever is clicked."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lms.lib.language import local

from .. import case_players
from ..contents import entries_of
from ..permissions import get_course_for, get_edition_for, get_review_for
from ..playthrough import follow
from ..walk import Walk

MOST_STEPS = 200  # of a way in an address


@login_required
@require_safe
def edition(request: HttpRequest, uuid: UUID, place: int | None = None) -> HttpResponse:
    """A frozen edition, for everyone who may read it."""
    found = get_edition_for(request.user, uuid)
    name = f"{local(found, 'title')} #{found.number}"
    return _walk(request, Walk.of_edition(found), place, name, found.get_absolute_url())


@login_required
@require_safe
def review(request: HttpRequest, uuid: UUID, place: int | None = None) -> HttpResponse:
    """A course as it was submitted, for those who may read the review."""
    found = get_review_for(request.user, uuid)
    walk = Walk.of_entries(found.entries(), "review_walk", found.uuid)
    name = _("%(course)s, as submitted") % {"course": local(walk.course, "title")}
    return _walk(request, walk, place, name, found.get_absolute_url())


@login_required
@require_safe
def draft(request: HttpRequest, pk: int, place: int | None = None) -> HttpResponse:
    """The course as it stands in the editor, for its authors and the base's reviewers."""
    found = get_course_for(request.user, pk)
    walk = Walk.of_entries(entries_of(found), "course_walk", found.pk)
    name = _("%(course)s, the draft") % {"course": local(walk.course, "title")}
    return _walk(request, walk, place, name, reverse("course_status", args=[found.pk]))


def _walk(request: HttpRequest, walk: Walk, place: int | None, name: str, back: str) -> HttpResponse:
    context = {"walk": walk, "name": name, "back": back}
    if place is None:
        context["page"] = walk.course.page()
        return render(request, "curriculum/walk_outline.html", context)
    step = walk.step(place)
    if step is None:
        raise Http404
    previous, following = walk.around(step)
    context |= {"step": step, "page": step.page(), "topics": step.topics(), "previous": previous, "next": following}
    if step.kind == "case":
        context |= _case(request, step.script())
    return render(request, "curriculum/walk_page.html", context)


def _case(request: HttpRequest, script) -> dict:
    """The case played along the way in the address; `show=all` gives the text with what only assessors see."""
    player = case_players.player()
    if player is None or not script.stages or request.GET.get("show") == "all":
        return {"script": script, "playable": player is not None and bool(script.stages)}
    way = request.GET.getlist("way")[:MOST_STEPS]
    if terms := [f"{name[2:]}={value}" for name, value in request.GET.items() if name.startswith("t.")]:
        way.append("offer:" + ";".join(terms))
    play = follow(script.as_variant(_variant(request, script)), way)
    return {"script": script, "played": player.render(request, play), "stylesheet": player.stylesheet,
            "playable": True, "begun": bool(play.passed)}  # fmt: skip


def _variant(request: HttpRequest, script) -> str:
    """The variant the address asks for, else the first one."""
    keys = [variant.key for variant in script.variants]
    asked = request.GET.get("variant", "")
    return asked if asked in keys else (keys or [""])[0]
