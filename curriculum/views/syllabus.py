"""The syllabus, for anyone: standards with their versions, one version, one level of it, two versions compared.

Drafts are shown to the authority alone; for everyone else they do not exist.
"""

from itertools import zip_longest

from django.db.models import Case, Prefetch, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lms.lib.listing import csv_response, paginate
from lms.lib.pagecache import tag

from .. import ladder
from ..models import CoursePage, Level, Syllabus, SyllabusStandard, TrackRequirement
from ..models.standards import ways_into
from ..permissions import get_syllabus_for, syllabuses_visible_to, user_can_edit_syllabus
from ..syllabus_changes import Names, aspect_label, by_level, row_lines, table_headings, table_rows
from ..syllabus_diff import ADDED, ASPECTS, REMOVED, compare


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The standards, the national one first, each with its versions, the newest first: five queries."""
    tag(request, "syllabuses")
    versions = Syllabus.objects.public().order_by("-in_force_from").prefetch_related("levels__modules")
    national = Case(When(kind=SyllabusStandard.Kind.NATIONAL, then=Value(0)), default=Value(1))
    standards = SyllabusStandard.objects.filter(versions__status=Syllabus.Status.IN_FORCE).distinct()
    if (kind := request.GET.get("kind", "")) in SyllabusStandard.Kind.values:
        standards = standards.filter(kind=kind)
    standards = standards.order_by(national, "region", "slug")
    page = paginate(request, standards.prefetch_related(Prefetch("versions", versions, to_attr="adopted")), 20)
    today = timezone.localdate()
    for standard in page:
        standard.current = next((v for v in standard.adopted if v.state_at(today) == Syllabus.State.IN_FORCE), None)
        mark_predecessors(standard.adopted)
    context = {"page": page, "kind": kind, "kinds": SyllabusStandard.Kind.choices}
    context["may_edit"] = user_can_edit_syllabus(request.user)
    return render(request, "curriculum/syllabus_list.html", context)


def mark_predecessors(versions: list[Syllabus]) -> None:
    """Give each of these versions of one standard, the newest first, the one before it as `predecessor`."""
    for version, before in zip_longest(versions, versions[1:]):
        version.predecessor = before


@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One version: source, history, levels with their modules and hours, competences: six queries for a visitor."""
    syllabus = get_syllabus_for(request.user, slug)
    tag(request, "syllabuses")
    levels = syllabus.levels.prefetch_related("modules")
    history = list(Syllabus.objects.public().filter(standard=syllabus.standard_id).order_by("-in_force_from"))
    mark_predecessors(history)
    context = {"syllabus": syllabus, "levels": levels, "history": history, "variants": variants_of(syllabus)}
    context["may_edit"] = user_can_edit_syllabus(request.user)
    return render(request, "curriculum/syllabus_detail.html", context)


def variants_of(syllabus: Syllabus):
    """Return the adopted versions that keep the core of this one."""
    return syllabus.variants.public().select_related("standard").order_by("standard__region", "slug")


@require_safe
def level(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """One level with modules, topics, outcomes and competences, who may enter it, its tracks with their electives, and
    the published courses that teach it: ten queries at most."""
    syllabus = get_syllabus_for(request.user, slug)
    levels = Level.objects.prefetch_related("modules__topics__competences", "preconditions")
    found = get_object_or_404(levels, syllabus=syllabus, code=code)
    courses = CoursePage.objects.live().filter(level=found).order_by("title")
    tag(request, "syllabuses", f"courses:{found.pk}", *(f"page:{course.pk}" for course in courses))
    others = list(Level.objects.filter(syllabus=syllabus))
    tracks = TrackRequirement.objects.filter(level=found).select_related("track").prefetch_related("topics")
    ways = ladder.evaluate(ways_into(found, others), ladder.Facts())
    context = {
        "level": found, "syllabus": syllabus, "courses": courses, "others": others, "ways": ways,
        "tracks": tracks.order_by("track__position"),
    }  # fmt: skip
    return render(request, "curriculum/syllabus_level.html", context)


def _pair(request: HttpRequest, slug: str, other: str) -> tuple[Syllabus, Syllabus]:
    if slug == other:
        raise Http404
    return get_syllabus_for(request.user, slug), get_syllabus_for(request.user, other)


@require_safe
def changes(request: HttpRequest, slug: str, other: str) -> HttpResponse:
    """What a reader finds different when going from version `slug` to version `other`."""
    old, new = _pair(request, slug, other)
    before, after = old.content(), new.content()
    found, names = compare(before, after), Names(before, after)
    only = request.GET.get("only", "")
    only = only if only in (ADDED, REMOVED, *ASPECTS) else ""
    versions = syllabuses_visible_to(request.user).filter(standard__in={old.standard_id, new.standard_id})
    context = {
        "old": old, "new": new, "diff": found, "only": only,
        "counts": [(name, aspect_label(name), number) for name, number in found.counts().items()],
        "levels": by_level(found, names, only), "totals": found.totals, "only_label": only and aspect_label(only),
        "rows": [] if only else [(row, aspect_label(row.state), row_lines(row)) for row in found.rows],
        "versions": versions.select_related("standard").order_by("standard__slug", "-in_force_from", "slug"),
    }  # fmt: skip
    return render(request, "curriculum/syllabus_changes.html", context)


@require_safe
def changes_csv(request: HttpRequest, slug: str, other: str) -> HttpResponse:
    """The same as a table."""
    old, new = _pair(request, slug, other)
    before, after = old.content(), new.content()
    rows = table_rows(compare(before, after), Names(before, after))
    return csv_response(f"{old.slug}-{new.slug}.csv", table_headings(), rows)
