"""What this app registers with Wagtail: log actions, tenant walls, guards over frozen pages, the way to our pages."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets import Button
from wagtail.models import Page
from wagtail.snippets.models import register_snippet

from accounts.models import User

from .admin_walls import limit_files, limit_pages
from .bank_actions import BANK_ACTIONS
from .core_permissions import user_can_read_core, user_can_write_core
from .files import user_can_open_document
from .frozen_pages import reason_to_keep, reasons_to_keep
from .library_admin import ScormViewSet, StatuteViewSet, TermViewSet
from .models import CaseOrigin, CaseScenarioPage, CoursePage, LessonPage, Statute, Term, TrainingBasePage
from .page_editing import viewsets
from .permissions import user_can_edit_syllabus, user_can_submit_course, user_has_authoring, user_has_reviews

ACTIONS = {
    "curriculum.syllabus.in_force": (
        gettext_lazy("Bring a syllabus version into force"), gettext_lazy("Syllabus version brought into force"),
    ),
    "curriculum.syllabus.draft": (gettext_lazy("Begin a syllabus draft"), gettext_lazy("Syllabus draft begun")),
    "curriculum.syllabus.edit": (gettext_lazy("Edit a syllabus draft"), gettext_lazy("Syllabus draft edited")),
    "curriculum.syllabus.discard": (gettext_lazy("Discard a syllabus draft"), gettext_lazy("Syllabus draft discarded")),
    "curriculum.syllabus.call_off": (
        gettext_lazy("Call off a syllabus version"), gettext_lazy("Syllabus version called off before its day"),
    ),
    "curriculum.standard.save": (gettext_lazy("Save a syllabus standard"), gettext_lazy("Syllabus standard saved")),
    "curriculum.syllabus.case_import": (
        gettext_lazy("Import a framework"), gettext_lazy("Framework imported as a draft"),
    ),
    "curriculum.equivalence.draft": (
        gettext_lazy("Draft an equivalence statement"), gettext_lazy("Equivalence statement drafted"),
    ),
    "curriculum.equivalence.edit": (
        gettext_lazy("Change an equivalence statement"), gettext_lazy("Draft of an equivalence statement changed"),
    ),
    "curriculum.equivalence.approve": (
        gettext_lazy("Approve an equivalence statement"), gettext_lazy("Equivalence statement approved"),
    ),
    "curriculum.equivalence.withdraw": (
        gettext_lazy("Withdraw an equivalence statement"), gettext_lazy("Equivalence statement withdrawn"),
    ),
    "curriculum.review.submit": (
        gettext_lazy("Submit a course for review"), gettext_lazy("Course submitted for review"),
    ),
    "curriculum.review.approve": (
        gettext_lazy("Approve a course"), gettext_lazy("Course approved at one stage of the review"),
    ),
    "curriculum.review.return": (gettext_lazy("Return a course"), gettext_lazy("Course returned to the author")),
    "curriculum.review.withdraw": (
        gettext_lazy("Withdraw a course from review"), gettext_lazy("Course withdrawn from review"),
    ),
    "curriculum.review.plan": (
        gettext_lazy("Set the day of publication"), gettext_lazy("Day of publication set or cleared"),
    ),
    "curriculum.review.publish": (
        gettext_lazy("Publish on the day that was set"), gettext_lazy("Course published on the day that was set"),
    ),
    "curriculum.calendar.address": (
        gettext_lazy("Make or take back a private calendar address"),
        gettext_lazy("Private calendar address made or taken back"),
    ),
    "curriculum.review_task.close": (gettext_lazy("Close a review task"), gettext_lazy("Review task closed")),
    "curriculum.content_rules.change": (
        gettext_lazy("Change the rules for content"), gettext_lazy("Rules for content changed"),
    ),
    "curriculum.statute.check": (gettext_lazy("Check a statute"), gettext_lazy("Statute checked: still in force")),
    "curriculum.core.submit": (
        gettext_lazy("Submit a core page for review"), gettext_lazy("Core page submitted for review"),
    ),
    "curriculum.core.approve": (
        gettext_lazy("Approve a core page"), gettext_lazy("Core page approved at one stage of the review"),
    ),
    "curriculum.core.return": (gettext_lazy("Return a core page"), gettext_lazy("Core page returned to its author")),
    "curriculum.core.withdraw": (
        gettext_lazy("Withdraw a core page from review"), gettext_lazy("Core page withdrawn from review"),
    ),
    "curriculum.core.release": (gettext_lazy("Release a core page"), gettext_lazy("Core page released")),
    "curriculum.core.include": (gettext_lazy("Include a core page"), gettext_lazy("Core page included in a course")),
    "curriculum.core.take_out": (
        gettext_lazy("Take a core page out of a course"), gettext_lazy("Core page taken out of a course"),
    ),
    "curriculum.core.accept": (
        gettext_lazy("Accept an update of the core"), gettext_lazy("Update of the core accepted"),
    ),
    "curriculum.core.decline": (
        gettext_lazy("Decline an update of the core"), gettext_lazy("Update of the core declined"),
    ),
    "curriculum.core.request": (
        gettext_lazy("Ask for a change of the core"), gettext_lazy("Change of the core asked for"),
    ),
    "curriculum.core.answer": (gettext_lazy("Answer a change request"), gettext_lazy("Change request answered")),
    "curriculum.course.arrange": (
        gettext_lazy("Put a course in order"), gettext_lazy("Order of a course's pages changed"),
    ),
    "curriculum.course.realign": (
        gettext_lazy("Re-align a course"), gettext_lazy("Draft of a course pointed to a new syllabus version"),
    ),
    "curriculum.scorm.upload": (gettext_lazy("Upload a SCORM package"), gettext_lazy("SCORM package uploaded")),
    "curriculum.scorm.delete": (gettext_lazy("Delete a SCORM package"), gettext_lazy("SCORM package deleted")),
    "curriculum.translation.begin": (
        gettext_lazy("Begin a translation"), gettext_lazy("Translation of a course begun"),
    ),
    "curriculum.translation.approve": (
        gettext_lazy("Approve a translation"), gettext_lazy("Translation approved: readers see it"),
    ),
    "curriculum.translation.return": (
        gettext_lazy("Give a translation back"), gettext_lazy("Translation given back to its translators"),
    ),
    "curriculum.translation.import": (
        gettext_lazy("Import a translation"), gettext_lazy("Translation of a course imported"),
    ),
    "curriculum.edition.create": (gettext_lazy("Freeze an edition"), gettext_lazy("Edition frozen")),
    "curriculum.erratum.propose": (gettext_lazy("Propose a correction"), gettext_lazy("Correction of an edition proposed")),
    "curriculum.erratum.sign": (gettext_lazy("Sign a correction"), gettext_lazy("Impact list of a correction signed")),
    "curriculum.erratum.stale": (
        gettext_lazy("Send a correction back to be signed again"),
        gettext_lazy("Impact list changed: to be signed again by the base"),
    ),
    "curriculum.erratum.apply": (gettext_lazy("Put a correction into effect"), gettext_lazy("Correction in effect")),
    "curriculum.erratum.refuse": (gettext_lazy("Refuse a correction"), gettext_lazy("Correction refused")),
    "curriculum.erratum.withdraw": (gettext_lazy("Withdraw a correction"), gettext_lazy("Correction withdrawn")),
    "curriculum.edition.import": (gettext_lazy("Import an edition as drafts"), gettext_lazy("Edition imported as drafts")),
    "curriculum.manuscript.import": (
        gettext_lazy("Make lessons of a manuscript"), gettext_lazy("Lessons made of a manuscript"),
    ),
    "curriculum.course.copy_cases": (
        gettext_lazy("Copy shipped cases into a course"), gettext_lazy("Shipped cases copied into a course"),
    ),
    "curriculum.manuscript.drop": (gettext_lazy("Discard a manuscript"), gettext_lazy("Uploaded manuscript discarded")),
    "curriculum.edition.drop_import": (
        gettext_lazy("Discard an uploaded edition"), gettext_lazy("Uploaded edition discarded"),
    ),
}  # fmt: skip


@hooks.register("register_log_actions")
def register_log_actions(actions) -> None:
    for name, (label, message) in (ACTIONS | BANK_ACTIONS).items():
        actions.register_action(name, label, message)


@hooks.register("after_copy_page")
def remember_origin(request: HttpRequest, page: Page, new_page: Page) -> None:
    """A case that is copied in the editor stays bound to what the firm behind it allows, and to its family."""
    source = CaseOrigin.objects.filter(page=page.pk).first()
    if source is not None and not CaseOrigin.objects.filter(page=new_page.pk).exists():
        CaseOrigin.objects.create(
            page_id=new_page.pk, organisation=source.organisation, kind=CaseOrigin.Kind.BANK, family=source.family,
            source_id=page.pk, demand=source.demand, made_by=request.user, made_at=now(),
        )  # fmt: skip


# --- Walls ----------------------------------------------------------------------------------------------------------


@hooks.register("construct_page_chooser_queryset")
def limit_page_chooser(pages, request: HttpRequest):
    return limit_pages(pages, request)


@hooks.register("construct_explorer_page_queryset")
def limit_explorer(parent_page, pages, request: HttpRequest):
    return limit_pages(pages, request)


@hooks.register("construct_image_chooser_queryset")
def limit_image_chooser(images, request: HttpRequest):
    return limit_files(images, request)


@hooks.register("construct_document_chooser_queryset")
def limit_document_chooser(documents, request: HttpRequest):
    return limit_files(documents, request)


@hooks.register("before_serve_document")
def guard_document(document, request: HttpRequest) -> HttpResponse | None:
    """A base's files are for those who work or study there. Nobody else learns that they exist."""
    if user_can_open_document(request.user, document):
        return None
    return HttpResponse(status=404)


# --- Frozen pages ---------------------------------------------------------------------------------------------------


@hooks.register("before_delete_page")
def keep_needed_page(request: HttpRequest, page: Page) -> HttpResponse | None:
    """A page of an edition stays, or the edition could not be shown or checked; so does one that is under review."""
    if not (reason := reason_to_keep(page)):
        return None
    messages.error(request, reason)
    return redirect("wagtailadmin_pages:edit", page.pk)


@hooks.register("before_bulk_action")
def keep_needed_pages(request: HttpRequest, action_type: str, objects, action) -> HttpResponse | None:
    """The same for many at once; nothing of the lot is deleted when one of it has to stay."""
    pages = [obj for obj in objects if isinstance(obj, Page)]
    if action_type == "publish" and any(isinstance(page.specific, REVIEWED) for page in pages):
        return _by_review_only(request)
    if action_type != "delete" or not (reasons := reasons_to_keep(pages)):
        return None
    for reason in reasons:
        messages.error(request, reason)
    return redirect(action.next_url)


REVIEWED = (CoursePage, LessonPage, CaseScenarioPage)


@hooks.register("before_publish_page")
def publish_by_review(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Courses, lessons and cases are published by the second approval of a review, by nobody's button."""
    return _by_review_only(request) if isinstance(page.specific, REVIEWED) else None


def _by_review_only(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("Courses, lessons and cases are published by review: send the course to review."))
    return redirect("core_home" if user_can_write_core(request.user) else "authoring_home")


@hooks.register("register_admin_viewset")
def editors() -> list:
    return viewsets()


# --- Library --------------------------------------------------------------------------------------------------------

register_snippet(ScormViewSet)
register_snippet(StatuteViewSet)
register_snippet(TermViewSet)


@hooks.register("before_delete_snippet")
def keep_cited_entries(request: HttpRequest, entries) -> HttpResponse | None:
    """What a kept page quotes stays in the library; a statute that no longer holds is marked so instead."""
    cited = [entry for entry in entries if isinstance(entry, Statute | Term) and entry.citations.exists()]
    if not cited:
        return None
    for entry in cited:
        messages.error(request, _("“%(title)s” is quoted by a page; it can't be deleted.") % {"title": entry})
    return redirect(cited[0].snippet_viewset.get_url_name("edit"), cited[0].pk)


# --- Menu -----------------------------------------------------------------------------------------------------------


class AuthoringItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return user_has_authoring(request.user)


class ReviewsItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return user_has_reviews(request.user)


@hooks.register("register_page_header_buttons")
def manuscript_button(page: Page, user: User, view_name: str, next_url: str | None = None):
    """From the editor of a course or one of its lessons to the import of a manuscript."""
    course = page if isinstance(page, CoursePage) else page.get_parent() if isinstance(page, LessonPage) else None
    if course is None or not course.pk or course.specific_class is not CoursePage:
        return
    base = TrainingBasePage.objects.parent_of(course).first()
    if base is not None and user_can_submit_course(user, base.organisation_id):
        url = reverse("manuscript_list", args=[course.pk])
        yield Button(gettext_lazy("Import a manuscript"), url, icon_name="doc-full", priority=45)


@hooks.register("register_admin_menu_item")
def authoring_item() -> MenuItem:
    label, url = gettext_lazy("Course review"), reverse("authoring_home")
    return AuthoringItem(label, url, name="course-authoring", icon_name="clipboard-list", order=110)


@hooks.register("register_admin_menu_item")
def reviews_item() -> MenuItem:
    label, url = gettext_lazy("Reviews"), reverse("review_list")
    return ReviewsItem(label, url, name="course-reviews", icon_name="check", order=120)


class CoreItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return user_can_read_core(request.user)


@hooks.register("register_admin_menu_item")
def core_item() -> MenuItem:
    label, url = gettext_lazy("National core"), reverse("core_home")
    return CoreItem(label, url, name="national-core", icon_name="globe", order=115)


class SyllabusItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return user_can_edit_syllabus(request.user)


@hooks.register("register_admin_menu_item")
def syllabus_item() -> MenuItem:
    return SyllabusItem(
        gettext_lazy("Syllabus desk"), reverse("syllabus_desk"), name="syllabus-desk", icon_name="list-ol", order=105
    )


WRITERS_MENU = {
    "national-core", "explorer", "images", "documents", "course-authoring", "course-reviews", "syllabus-desk", "statutes",
    "glossary", "help",
}  # fmt: skip


@hooks.register("construct_main_menu")
def writers_menu(request: HttpRequest, menu_items: list) -> None:
    """Bases and reviewers write and review; reports, settings and the like are the operator's."""
    if not request.user.is_superuser:
        menu_items[:] = [item for item in menu_items if item.name in WRITERS_MENU]
