"""How what is published covers a syllabus version, for the authority and a base; what a new version changes for a base."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.lib.listing import paginate

from .. import matrix_tables
from ..coverage_permissions import base_pages_in_matrix, courses_with_news_for, user_can_read_matrix
from ..matrix import Matrix, matrix
from ..models import CoursePage, Syllabus, SyllabusStandard
from ..permissions import get_course_for, user_can_submit_course, user_has_authoring
from ..realignment import impact_of, last_realignment, realign, running_of
from ..version_news import news_for

BASES = 6  # columns on a page


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Base × topic of a version, narrowed by level, module, base or to gaps; as a page, CSV or XLSX: twelve queries."""
    if not user_can_read_matrix(request.user):
        raise PermissionDenied
    versions = list(Syllabus.objects.public().select_related("standard").order_by("standard__slug", "-in_force_from"))
    syllabus = _chosen(versions, request.GET.get("version", ""))
    pages = list(base_pages_in_matrix(request.user).select_related("organisation"))
    base = request.GET.get("base", "")
    shown = [page for page in pages if base in ("", page.organisation.slug)]
    context = {"versions": versions, "syllabus": syllabus, "base": base,
               "bases": sorted((page.organisation for page in pages), key=lambda o: o.name)}  # fmt: skip
    if syllabus is None:
        return render(request, "curriculum/coverage_matrix.html", context)
    level, module, only = (request.GET.get(name, "") for name in ("level", "module", "only"))
    whole = matrix(syllabus, shown)
    found = whole.narrowed(level=level, module=module)
    found = found.only_gaps() if only == "gaps" else found
    if (kind := request.GET.get("format", "")) in ("csv", "xlsx"):
        return matrix_tables.as_csv(found) if kind == "csv" else matrix_tables.as_workbook(found)
    page = paginate(request, found.columns, BASES)
    modules = {m.code: m for m, _topics in whole.modules if level in ("", m.level.code)}
    context |= {
        "level": level, "module": module, "only": only, "levels": whole.levels, "modules": modules.values(),
        "page": page, **_drawn(found, list(page.object_list)),
    }  # fmt: skip
    return render(request, "curriculum/coverage_matrix.html", context)


def _chosen(versions: list[Syllabus], slug: str) -> Syllabus | None:
    """The version that was asked for; else the national one in force, else any in force, else the newest."""
    today = timezone.localdate()

    def rank(version: Syllabus) -> tuple:
        national = version.standard.kind == SyllabusStandard.Kind.NATIONAL
        return version.slug == slug, version.state_at(today) == Syllabus.State.IN_FORCE, national, version.in_force_from

    return max(versions, key=rank, default=None)


def _drawn(found: Matrix, columns: list) -> dict:
    """The cells of the page's columns, in rows."""
    per_hour = found.syllabus.minutes_per_hour
    overview = [(column, len(column.courses), found.required_of(column) - found.gaps_of(column), found.required_of(column))
                for column in columns]  # fmt: skip
    groups = [
        {
            "module": module,
            "hours": [(column, column.hours(module, per_hour)) for column in columns],
            "rows": [
                (topic, [(column, column.at(topic), column.lacks(topic), column.teaches(module.level_id))
                         for column in columns])
                for topic in topics
            ],
        }
        for module, topics in found.modules
    ]  # fmt: skip
    competences = [
        (level, [({"title": title, "title_en": title_en}, [(column, column.assesses(level.pk, code)) for column in columns])
                 for code, (title, title_en) in found.competences.get(level.pk, {}).items()])
        for level in found.levels
    ]  # fmt: skip
    return {"overview": overview, "groups": groups, "competences": competences, "columns": columns}


@login_required
@require_safe
def version_news(request: HttpRequest) -> HttpResponse:
    """The courses of one's bases that follow an older version, with the newer one and where each stands."""
    if not user_has_authoring(request.user):
        raise PermissionDenied
    today = timezone.localdate()
    news = news_for(courses_with_news_for(request.user), today)
    lines = [{"news": line, "scheduled": line.scheduled(today)} for line in news]
    return render(request, "curriculum/version_news.html", {"page": paginate(request, lines, 25)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def course_realign(request: HttpRequest, pk: int) -> HttpResponse:
    """What a new version changes for one course; one click makes the draft that points to it, a second finds it made."""
    course = get_course_for(request.user, pk)
    today = timezone.localdate()
    news = next(iter(news_for(CoursePage.objects.filter(pk=pk).select_related("level__syllabus__standard",
                                                                              "latest_revision"), today)), None)  # fmt: skip
    if news is None:
        raise Http404
    may = user_can_submit_course(request.user, course.base.organisation_id)
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        made = realign(course, news.target, by=request.user, at=now())
        if made is not None:
            messages.success(request, _("The draft follows the new version now. Nothing public has changed."))
        return redirect("course_realign", pk)
    impact = impact_of(news.course, news.new, at=now()) if news.waiting and news.new else None
    context = {
        "news": news, "course": course, "base": course.base, "impact": impact, "may": may,
        "scheduled": news.scheduled(today), "running": running_of(course), "entry": last_realignment(course),
        "open_review": course.reviews.open().first(),
    }  # fmt: skip
    return render(request, "curriculum/course_realign.html", context)
