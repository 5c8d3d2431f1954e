"""Who sees how content covers the syllabus: authors their own pages, the authority all bases, a base its own line."""

from django.db.models import Q
from django.http import Http404
from wagtail.models import Page

from accounts.models import Role, User
from accounts.permissions import organisation_ids, user_has_role

from .models import CaseScenarioPage, CoreCollectionPage, CoursePage, LessonPage, TrainingBasePage
from .permissions import AUTHORITY_READERS, base_pages_of, user_has_authoring


def get_content_page_for(user: User, pk: int) -> Page:
    """Return a course, lesson or case of the person's own base, or of the national core for its authors, or 404."""
    bases = base_pages_of(user).values_list("path", flat=True)
    core = CoreCollectionPage.objects.filter(organisation__in=organisation_ids(user, Role.AUTHOR))
    own = Q(pk__in=[])
    for path in (*bases, *core.values_list("path", flat=True)):
        own |= Q(path__startswith=path)
    page = Page.objects.filter(own, pk=pk).select_related("latest_revision").first()
    if page is None or page.specific_class not in (CoursePage, LessonPage, CaseScenarioPage):
        raise Http404
    return page.specific


def user_can_read_matrix(user: User) -> bool:
    """The authority reads how all bases cover a version, authors and reviewers of a base how their own does."""
    return user_has_role(user, *AUTHORITY_READERS) or user_has_authoring(user)


def base_pages_in_matrix(user: User):
    """All bases for the authority; else those one writes for."""
    if user_has_role(user, *AUTHORITY_READERS):
        return TrainingBasePage.objects.all()
    return base_pages_of(user)


def courses_with_news_for(user: User):
    """Courses of the bases one writes for, as `version_news.news_for` wants them: two queries."""
    own = Q(pk__in=[])
    for path in base_pages_of(user).values_list("path", flat=True):
        own |= Q(path__startswith=path)
    return CoursePage.objects.filter(own).select_related("level__syllabus__standard", "latest_revision").order_by("path")
