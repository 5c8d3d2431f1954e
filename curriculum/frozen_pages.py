"""Pages that have to stay: in an edition, in the national core, under review, or a case that a draft still names."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _
from wagtail.models import Page, Revision

from .models import CasePlacement, CoreRelease, CoreReview, CoursePage, CourseReview, EditionItem


def reason_to_keep(page: Page) -> str:
    """Return why a page (with all below it) can't be deleted, as one sentence that names it; "" when it can."""
    below = Q(path__startswith=page.path)
    if EditionItem.objects.filter(page__path__startswith=page.path).exists():
        return _("“%(title)s” stands in an edition that is taught; it can't be deleted.") % _named(page)
    if CoreRelease.objects.filter(page__path__startswith=page.path).exists():
        return _("“%(title)s” has been released as national core; it can't be deleted.") % _named(page)
    if CoreReview.objects.filter(page__path__startswith=page.path).exists():
        return _("“%(title)s” has been under review for the national core; it can't be deleted.") % _named(page)
    keys = set(Page.objects.filter(below).values_list("pk", flat=True))
    for review in CourseReview.objects.open().only("contents"):
        if keys & {line["page"] for line in review.contents}:
            return _("“%(title)s” is under review; withdraw the course from review first.") % _named(page)
    courses = CoursePage.objects.exclude(below).filter(path__startswith=page.path[: Page.steplen * 3])
    for course in courses.select_related("latest_revision"):
        if keys & _cases_named(course):
            return _("“%(title)s” is a case of the course “%(course)s”; take it out there first.") % {
                **_named(page), "course": course.draft_title,
            }  # fmt: skip
    return ""


def reasons_to_keep(pages: Iterable[Page]) -> list[str]:
    """The same for many pages at once."""
    return [reason for page in pages if (reason := reason_to_keep(page))]


def _named(page: Page) -> dict[str, str]:
    return {"title": page.get_admin_display_title()}


def _cases_named(course: CoursePage) -> set[int]:
    """Cases of a course as it is stored and as its latest draft has them."""
    stored = set(CasePlacement.objects.filter(course=course).values_list("case_id", flat=True))
    revision: Revision | None = course.latest_revision
    return stored | {line["case"] for line in (revision.content.get("case_placements", []) if revision else [])}
