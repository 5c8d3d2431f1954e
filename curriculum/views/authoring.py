"""Authors' pages beside Wagtail's editor: the base's courses, one course against its level, sending it to review."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ..alignment import Gap
from ..contents import entries_of
from ..course_core import offers_for
from ..coverage import changes, count_blocking_gaps, coverage
from ..coverage_permissions import get_content_page_for
from ..demand_checks import review_gaps
from ..forms import SubmitForm
from ..models import CaseScenarioPage, CoursePage, CourseReview, Edition, ReviewGap, ReviewTask, Translation
from ..page_coverage import coverage_of
from ..permissions import (
    base_pages_of,
    get_course_for,
    user_can_submit_course,
    user_has_authoring,
)
from ..wording import gap_text

TASKS_SHOWN = 8


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The bases one writes for, with their courses, what keeps each from review, and their case scenarios."""
    if not user_has_authoring(request.user):
        raise PermissionDenied
    open_reviews = Prefetch("reviews", CourseReview.objects.open(), to_attr="open_reviews")
    editions = Prefetch("editions", Edition.objects.order_by("-number"), to_attr="all_editions")
    tasks = ReviewTask.objects.open().select_related("page", "statute")
    bases = []
    for page in base_pages_of(request.user).select_related("organisation").order_by("title"):
        courses = CoursePage.objects.child_of(page).select_related("level__syllabus", "latest_revision")
        courses = list(courses.order_by("path").prefetch_related(open_reviews, editions))
        offers = offers_for(courses)
        for course in courses:
            course.offer_count = sum(offer.waiting for offer in offers if offer.course.pk == course.pk)
            course.gap_count = count_blocking_gaps(entries_of(course))
        cases = CaseScenarioPage.objects.child_of(page).order_by("path")
        bases.append(
            {
                "page": page,
                "courses": courses,
                "cases": cases,
                "may_write": user_can_submit_course(request.user, page.organisation_id),
                "tasks": tasks.filter(organisation=page.organisation)[:TASKS_SHOWN],
            }
        )
    may_import = any(base["may_write"] for base in bases)
    return render(request, "curriculum/authoring_home.html", {"bases": bases, "may_import": may_import})


@login_required
@require_safe
def status(request: HttpRequest, pk: int) -> HttpResponse:
    """The course against its level: which lesson and case covers which topic, and every gap by name."""
    return _status_page(request, get_course_for(request.user, pk), SubmitForm())


@login_required
@require_safe
def page_coverage(request: HttpRequest, pk: int) -> HttpResponse:
    """What the editor's side panel says about a course, lesson or case, as a page."""
    found = coverage_of(get_content_page_for(request.user, pk))
    return render(request, "curriculum/page_coverage.html", {"coverage": found})


@login_required
@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the course to review. Gaps come back by name, with 409; a second click finds the review."""
    course = get_course_for(request.user, pk)
    if not user_can_submit_course(request.user, course.base.organisation_id):
        raise PermissionDenied
    if under_way := course.reviews.open().filter(submitted_by=request.user).first():
        return redirect(under_way)
    form = SubmitForm(request.POST)
    if not form.is_valid():
        return _status_page(request, course, form, status=422)
    try:
        review = CourseReview.submit(course, by=request.user, at=now(), **form.cleaned_data)
    except ReviewGap as refusal:
        return _status_page(request, course, form, refused=refusal.gaps, status=409)
    messages.success(request, _("The course is with your base's reviewer."))
    return redirect(review)


def _status_page(
    request: HttpRequest, course: CoursePage, form: SubmitForm, *, refused: list[Gap] | None = None, status: int = 200
) -> HttpResponse:
    entries = entries_of(course)
    gaps = review_gaps(entries)
    edition = course.editions.first()
    context = {
        "course": course,
        "base": course.base,
        "modules": coverage(entries),
        "entries": entries,
        "blocking": [gap_text(gap) for gap in gaps if gap.blocking],
        "warnings": [gap_text(gap) for gap in gaps if not gap.blocking],
        "changes": changes(entries, edition),
        "edition": edition,
        "editions": course.editions.all(),
        "tasks": ReviewTask.objects.open().filter(page__in=[e.page.pk for e in entries]).select_related("page", "statute"),
        "reviews": course.reviews.select_related("submitted_by")[:10],
        "open_review": course.reviews.open().first(),
        "may_submit": user_can_submit_course(request.user, course.base.organisation_id),
        "accredited": course.base.organisation.is_accredited_for(course.level.code),
        "offers": offers_for([course]),
        "english": Translation.objects.share_of(entry.page.pk for entry in entries),
        "form": form,
        "refused": refused,
    }
    return render(request, "curriculum/course_status.html", context, status=status)
