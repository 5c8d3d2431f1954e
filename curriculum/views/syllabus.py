"""The syllabus, for anyone: its versions, one version, one level of it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from .. import ladder
from ..models import CoursePage, Level, Syllabus, TrackRequirement
from ..models.standards import ways_into


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every version that is or was in force, the newest first: three queries."""
    syllabuses = Syllabus.objects.public().prefetch_related("levels__modules")
    return render(request, "curriculum/syllabus_list.html", {"syllabuses": syllabuses})


@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One version: source, levels with their modules and hours, competences: four queries."""
    syllabuses = Syllabus.objects.public().prefetch_related("levels__modules", "competences")
    syllabus = get_object_or_404(syllabuses, slug=slug)
    return render(request, "curriculum/syllabus_detail.html", {"syllabus": syllabus})


@require_safe
def level(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """One level with modules, topics, outcomes and competences, who may enter it, its tracks with their electives, and
    the published courses that teach it: nine queries at most."""
    levels = Level.objects.exclude(syllabus__status=Syllabus.Status.DRAFT).select_related("syllabus")
    levels = levels.prefetch_related("modules__topics__competences", "preconditions")
    found = get_object_or_404(levels, syllabus__slug=slug, code=code)
    courses = CoursePage.objects.live().filter(level=found).order_by("title")
    others = list(Level.objects.filter(syllabus=found.syllabus_id))
    tracks = TrackRequirement.objects.filter(level=found).select_related("track").prefetch_related("topics")
    ways = ladder.evaluate(ways_into(found, others), ladder.Facts())
    context = {
        "level": found, "syllabus": found.syllabus, "courses": courses, "others": others, "ways": ways,
        "tracks": tracks.order_by("track__position"),
    }  # fmt: skip
    return render(request, "curriculum/syllabus_level.html", context)
