"""The national core for those who read it: its pages, their releases, what a release changed; who uses which version."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from wagtail.models import Page

from accounts.models import Organisation
from lms.lib.language import local
from lms.lib.listing import csv_response, paginate

from ..comparing import compare
from ..contents import page_gaps
from ..core_forms import CoreSubmitForm
from ..core_permissions import (
    bases_that_may_ask,
    core_pages_visible_to,
    get_core_page_for,
    get_release_for,
    requests_visible_to,
    reviews_of_core_waiting_for,
    user_can_read_core,
    user_can_write_core,
    user_oversees_core,
)
from ..models import (
    CaseScenarioPage,
    CoreAnswer,
    CoreChangeRequest,
    CoreCollectionPage,
    CoreRelease,
    CoreReview,
    Edition,
    EditionItem,
    Level,
    Syllabus,
)
from ..models.core_review import kind_of
from ..walls import ensure_core_site
from ..wording import gap_text
from .preview import draw_page


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The pages of the core: for the authority with drafts and reviews, for bases what is released. CSV of the filter."""
    user = request.user
    if not user_can_read_core(user):
        raise PermissionDenied
    overseeing = user_oversees_core(user)
    collections = list(CoreCollectionPage.objects.select_related("level__syllabus").order_by("path"))
    chosen = next((c for c in collections if str(c.pk) == request.GET.get("level", "")), None)
    kind = request.GET.get("kind", "")
    rows = _core_rows(user, chosen)
    if kind in CoreRelease.Kind.values:
        case = Q(content_type__model=CaseScenarioPage._meta.model_name)
        rows = rows.filter(case) if kind == "case" else rows.exclude(case)
    if request.GET.get("format") == "csv":
        headings = [_("Title"), _("English title"), _("Kind"), _("Version"), _("Released on"), _("Hash")]
        return csv_response("national-core.csv", headings, (_csv_line(row) for row in _lines(rows)))
    page = paginate(request, rows, 25)
    page.object_list = _lines(page.object_list)
    context = {
        "page": page,
        "collections": collections,
        "chosen": chosen,
        "kind": kind,
        "kinds": CoreRelease.Kind.choices,
        "overseeing": overseeing,
        "may_write": user_can_write_core(user),
        "unopened": _levels_without_core() if user_can_write_core(user) else [],
        "waiting": reviews_of_core_waiting_for(user).select_related("page").order_by("submitted_at"),
        "open_requests": requests_visible_to(user).filter(status=CoreChangeRequest.Status.OPEN).count(),
    }
    return render(request, "curriculum/core_home.html", context)


def _core_rows(user, collection: CoreCollectionPage | None) -> QuerySet:
    pages = core_pages_visible_to(user)
    if collection is not None:
        pages = pages.filter(path__startswith=collection.path)
    releases = CoreRelease.objects.filter(page=OuterRef("pk")).order_by("-number")
    return pages.order_by("path").annotate(
        latest_release=Subquery(releases.values("pk")[:1]),
        review_status=Subquery(CoreReview.objects.open().filter(page=OuterRef("pk")).values("status")[:1]),
        asked=Count(
            "core_releases__change_requests", filter=Q(core_releases__change_requests__status="open"), distinct=True
        ),
    )


def _lines(rows) -> list[dict]:
    """Pages with their latest release and, for those without one, what the draft says: three queries."""
    rows = list(rows)
    releases = CoreRelease.objects.select_related("level").in_bulk([row.latest_release for row in rows])
    fresh = Page.objects.filter(pk__in=[row.pk for row in rows if row.latest_release is None]).specific()
    drafts = {page.pk: page for page in fresh}
    lines = []
    for row in rows:
        release = releases.get(row.latest_release)
        state = CoreReview.Status(row.review_status).label if row.review_status else ""
        lines.append({
            "pk": row.pk, "release": release, "titled": release or drafts[row.pk], "review": state, "asked": row.asked,
            "kind": release.kind if release else kind_of(row), "changed": row.has_unpublished_changes,
        })  # fmt: skip
    return lines


def _csv_line(line: dict) -> list:
    release, titled = line["release"], line["titled"]
    kind = CoreRelease.Kind(line["kind"]).label
    if release is None:
        return [titled.title, titled.title_en, kind, "", "", ""]
    return [titled.title, titled.title_en, kind, release.number, localdate(release.released_at), release.content_hash]


def _levels_without_core() -> QuerySet:
    levels = Level.objects.filter(syllabus__in=Syllabus.objects.in_force(), core=None)
    return levels.select_related("syllabus").order_by("syllabus", "position")


@login_required
@require_POST
def open_level(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a level of a syllabus in force its place for the national core; a second click finds it there."""
    if not user_can_write_core(request.user):
        raise PermissionDenied
    level = get_object_or_404(Level.objects.exclude(syllabus__status=Syllabus.Status.DRAFT), pk=pk)
    ensure_core_site(Organisation.objects.get(kind=Organisation.Kind.AUTHORITY), level)
    messages.success(request, _("The level has its place in the national core; write lessons and cases below it."))
    return redirect("core_home")


@login_required
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One page of the core: its releases; for the authority also its draft, its review and who uses which version."""
    return page_view(request, get_core_page_for(request.user, pk), CoreSubmitForm())


def page_view(
    request: HttpRequest, core_page: Page, form: CoreSubmitForm, *, refused=None, status: int = 200
) -> HttpResponse:
    user = request.user
    releases = list(CoreRelease.objects.filter(page=core_page).select_related("level__syllabus"))
    overseeing = user_oversees_core(user)
    kind = kind_of(core_page)
    titled = releases[0] if releases else core_page.specific
    asked = requests_visible_to(user).filter(release__page=core_page).select_related("organisation", "release")
    context = {
        "core_page": core_page,
        "titled": titled,
        "kind": kind,
        "releases": releases,
        "requests": asked[:10],
        "overseeing": overseeing,
        "may_write": user_can_write_core(user),
        "may_ask": bool(releases and bases_that_may_ask(user)),
        "form": form,
    }
    if overseeing:
        revision = core_page.latest_revision
        context |= {
            "review": core_page.core_reviews.open().first(),
            "reviews": core_page.core_reviews.select_related("submitted_by", "release")[:10],
            "gaps": [gap_text(gap) for gap in refused or (page_gaps(kind, revision.content) if revision else [])],
            "comparison": compare(kind, releases[0].content(), revision.content) if releases and revision else None,
            "uses": _uses().filter(page=core_page).count(),
        }
    return render(request, "curriculum/core_page.html", context, status=status)


@login_required
@require_safe
def release(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A released page, whole, as trainees of a course that includes it see it; for a case also rubric and debrief."""
    found = get_release_for(request.user, uuid)
    return draw_page(
        request, found.kind, found.load(), found.content(), back=reverse("core_page", args=[found.page_id]),
        back_title=_("National core"),
        item=found, core_release=found,
    )  # fmt: skip


@login_required
@require_safe
def release_changes(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What a release changed since an earlier one of the page. ?from=number; the one before when it isn't given."""
    found = get_release_for(request.user, uuid)
    earlier = list(CoreRelease.objects.filter(page=found.page_id, number__lt=found.number).select_related("revision"))
    wanted = request.GET.get("from", "")
    old = next((release for release in earlier if str(release.number) == wanted), earlier[0] if earlier else None)
    context = {
        "release": found,
        "old": old,
        "earlier": earlier,
        "comparison": compare(found.kind, old.content(), found.content()) if old else None,
    }
    return render(request, "curriculum/core_release_changes.html", context)


# --- Who uses which version -----------------------------------------------------------------------------------------


def _uses() -> QuerySet:
    """One row for each core page in the latest edition of each course, with the newest version and the last answer."""
    latest_edition = Edition.objects.filter(course=OuterRef("edition__course")).order_by("-number").values("pk")[:1]
    newest = CoreRelease.objects.filter(page=OuterRef("page")).order_by("-number")
    answers = CoreAnswer.objects.filter(course=OuterRef("edition__course"), release=OuterRef("newest_release"))
    answers = answers.order_by("-answered_at", "-pk")
    newer = CoreRelease.objects.filter(page=OuterRef("page"), number__gt=OuterRef("core_release__number"))
    return (
        EditionItem.objects.filter(core_release__isnull=False, edition=Subquery(latest_edition))
        .annotate(
            newest_release=Subquery(newest.values("pk")[:1]),
            newest_number=Subquery(newest.values("number")[:1]),
            behind=Exists(newer),
        )
        .annotate(said=Subquery(answers.values("decision")[:1]), why=Subquery(answers.values("reason")[:1]))
        .select_related("core_release", "edition__organisation", "edition__course", "edition__level")
        .order_by("core_release__level", "title", "page", "edition__organisation__name", "pk")
    )


@login_required
@require_safe
def usage(request: HttpRequest) -> HttpResponse:
    """Which base's course teaches which version of which core page, with filters and CSV. For the authority."""
    if not user_oversees_core(request.user):
        raise PermissionDenied
    rows = _uses()
    wanted, base, state = (request.GET.get(name, "") for name in ("page_id", "base", "state"))
    chosen = Page.objects.filter(pk=wanted).first() if wanted.isdigit() else None
    if chosen is not None:
        rows = rows.filter(page=chosen)
    if base:
        rows = rows.filter(edition__organisation__slug=base)
    if state == "current":
        rows = rows.filter(behind=False)
    elif state == "behind":
        rows = rows.filter(behind=True)
    elif state == "declined":
        rows = rows.filter(behind=True, said=CoreAnswer.Decision.DECLINED)
    if request.GET.get("format") == "csv":
        headings = [_("Core page"), _("Training base"), _("Course"), _("Edition"), _("Version"), _("Newest version"),
                    _("Answer"), _("Reason")]  # fmt: skip
        return csv_response("national-core-usage.csv", headings, (_usage_line(row) for row in rows.iterator()))
    core_pages = CoreRelease.objects.latest().order_by("level", "title")
    context = {
        "page": paginate(request, rows, 25),
        "core_pages": core_pages.only("page_id", "title", "title_en", "level_id"),
        "bases": Organisation.objects.filter(editions__items__core_release__isnull=False).distinct().order_by("name"),
        "chosen": chosen,
        "base": base,
        "state": state,
    }
    return render(request, "curriculum/core_usage.html", context)


def _usage_line(row: EditionItem) -> list:
    said = CoreAnswer.Decision(row.said).label if row.said else ""
    return [
        local(row, "title"), row.edition.organisation.name, local(row.edition, "title"), row.edition.number,
        row.core_release.number, row.newest_number, said, row.why or "",
    ]  # fmt: skip
