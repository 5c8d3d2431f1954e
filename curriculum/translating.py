"""Begins the translation of a course, and keeps the working copies up to the latest revisions."""

from datetime import datetime

from wagtail.models import Page, Revision

from accounts.models import Organisation, User
from lms.lib.audit import log

from .contents import Entry, entries_of
from .models import CoreCollectionPage, CoursePage, TrainingBasePage, Translation

KINDS = {"coursepage": "course", "lessonpage": "lesson", "casescenariopage": "case"}


def organisation_of(page: Page) -> Organisation:
    """Whose page it is: the base's, or the authority's for national core. Two queries at most."""
    above = [page.path[:end] for end in range(page.steplen, len(page.path), page.steplen)]
    for model in (TrainingBasePage, CoreCollectionPage):
        if found := model.objects.filter(path__in=above).select_related("organisation").first():
            return found.organisation
    raise ValueError(page.pk)


def begin(course: CoursePage, *, by: User, at: datetime) -> list[Translation]:
    """Make a working copy of every page of the course that has none: course page, lessons, cases, and the core that it
    includes, which the authority translates. Twice is harmless. A few queries for each page."""
    entries = entries_of(course)
    known = set(Translation.objects.filter(page__in=[e.page.pk for e in entries]).values_list("page_id", flat=True))
    organisation = organisation_of(course)
    made = [_sync(entry, organisation) for entry in entries if entry.page.pk not in known]
    if made:
        log(course, "curriculum.translation.begin", by=by, organisation=organisation, pages=len(made))
    return made


def _sync(entry: Entry, organisation: Organisation) -> Translation:
    owner = organisation_of(entry.page) if entry.release else organisation
    return Translation.objects.sync(entry.page, entry.content, entry.kind, owner)


def follow(revision: Revision) -> None:
    """Take over what a new revision says, when its page or the course above it is being translated. One query for pages
    that nobody translates."""
    kind, path = KINDS[revision.content_type.model], revision.content.get("path") or ""
    if not path:
        return
    places = [path, path[: -Page.steplen]] if kind == "lesson" else [path]
    found = list(Translation.objects.filter(page__path__in=places).select_related("organisation", "page"))
    if not found:
        return
    own = next((row for row in found if row.page_id == int(revision.object_id)), None)
    page = own.page if own else Page.objects.get(pk=revision.object_id)
    Translation.objects.sync(page, revision.content, kind, (own or found[0]).organisation)
    if kind == "course":  # a case or core page that was placed since
        begin(CoursePage.objects.get(pk=page.pk), by=revision.user, at=revision.created_at)
