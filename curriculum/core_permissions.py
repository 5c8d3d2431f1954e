"""Who may write, review, read and answer for the national core: each rule one sentence, and the lookups that answer 404.

Bases read what is released, all of it, as long as they are accredited; never a draft, a review, or another base's words.
"""

from uuid import UUID

from django.db.models import Q
from django.http import Http404
from wagtail.models import Page

from accounts.models import Organisation, Role, User
from accounts.models.organisations import BASE_ROLES
from accounts.permissions import organisation_ids, user_has_role

from .models import CoreChangeRequest, CoreCollectionPage, CoreRelease, CoreReview
from .permissions import WRITERS

AUTHORITY_CORE_ROLES = (Role.AUTHOR, Role.REVIEWER, Role.OFFICER)


def user_can_write_core(user: User) -> bool:
    """Authors of the authority write the national core and send it to review."""
    return _has_at_authority(user, Role.AUTHOR)


def user_can_review_core(user: User) -> bool:
    """Reviewers of the authority decide what is released."""
    return _has_at_authority(user, Role.REVIEWER)


def user_can_approve_core(user: User, review: CoreReview) -> bool:
    """A reviewer of the authority, who neither submitted the page nor approved it before."""
    if review.status not in CoreReview.OPEN or not user_can_review_core(user) or user.pk == review.submitted_by_id:
        return False
    return not review.steps.filter(decided_by=user).exists()


def user_can_return_core(user: User, review: CoreReview) -> bool:
    """Any reviewer of the authority gives an open review back."""
    return review.status in CoreReview.OPEN and user_can_review_core(user)


def user_can_withdraw_core(user: User, review: CoreReview) -> bool:
    """An author of the authority takes a page back while it is under review."""
    return review.status in CoreReview.OPEN and user_can_write_core(user)


def user_oversees_core(user: User) -> bool:
    """Authors, reviewers and officers of the authority see drafts, reviews, requests and who uses which version."""
    return _has_at_authority(user, *AUTHORITY_CORE_ROLES)


def user_can_read_core(user: User) -> bool:
    """The authority, and everyone who works at a base that is accredited today, read what has been released."""
    return user_oversees_core(user) or works_at_accredited_base(user)


def works_at_accredited_base(user: User) -> bool:
    """Say whether the person has a role at a training base whose accreditation is in force today."""
    ids = organisation_ids(user, *BASE_ROLES)
    return bool(ids) and Organisation.objects.accredited().filter(pk__in=ids).exists()


def bases_that_may_ask(user: User) -> list[Organisation]:
    """Accredited bases for which the person writes: in their name changes of the core can be asked for."""
    return list(Organisation.objects.accredited().filter(pk__in=organisation_ids(user, Role.AUTHOR)).order_by("name"))


def user_can_answer_request(user: User) -> bool:
    """Authors and reviewers of the authority answer change requests."""
    return _has_at_authority(user, Role.AUTHOR, Role.REVIEWER)


def requests_visible_to(user: User):
    """All change requests for the authority; a base's own for its authors and reviewers."""
    if user_oversees_core(user):
        return CoreChangeRequest.objects.all()
    return CoreChangeRequest.objects.filter(organisation__in=organisation_ids(user, *WRITERS))


def reviews_of_core_waiting_for(user: User):
    """Core pages under review that this person may still approve."""
    if not user_can_review_core(user):
        return CoreReview.objects.none()
    return CoreReview.objects.open().exclude(Q(submitted_by=user) | Q(steps__decided_by=user))


def core_pages_visible_to(user: User):
    """Lessons and cases of the core: for the authority all of them, for accredited bases those that were released."""
    if not user_can_read_core(user):
        return Page.objects.none()
    below = Q(pk__in=[])
    for path in CoreCollectionPage.objects.values_list("path", flat=True):
        below |= Q(path__startswith=path, depth__gt=len(path) // Page.steplen)
    pages = Page.objects.filter(below)
    if user_oversees_core(user):
        return pages
    return pages.filter(pk__in=CoreRelease.objects.values("page"))


def get_core_page_for(user: User, pk: int) -> Page:
    """Return a page of the core this person may know of, or 404."""
    page = core_pages_visible_to(user).select_related("latest_revision").filter(pk=pk).first()
    if page is None:
        raise Http404
    return page


def get_release_for(user: User, uuid: UUID) -> CoreRelease:
    """Return a release, for whoever reads the core; 404 for everybody else."""
    release = None
    if user_can_read_core(user):
        releases = CoreRelease.objects.select_related("level__syllabus", "page", "revision", "released_by")
        release = releases.filter(uuid=uuid).first()
    if release is None:
        raise Http404
    return release


def get_core_review_for(user: User, uuid: UUID) -> CoreReview:
    """Return a review of a core page, for the authority; 404 for everybody else."""
    review = None
    if user_oversees_core(user):
        reviews = CoreReview.objects.select_related("page", "revision", "collection__level", "release", "submitted_by")
        review = reviews.filter(uuid=uuid).first()
    if review is None:
        raise Http404
    return review


def get_change_request_for(user: User, uuid: UUID) -> CoreChangeRequest:
    """Return a change request this person may read, or 404."""
    requests = requests_visible_to(user).select_related(
        "release__page", "release__level", "organisation", "sent_by", "answered_by"
    )
    request = requests.filter(uuid=uuid).first()
    if request is None:
        raise Http404
    return request


def _has_at_authority(user: User, *roles: Role) -> bool:
    """An author at a base is an author too: the role alone doesn't tell."""
    return user_has_role(user, *roles) and any(
        m.role in roles and m.organisation.kind == Organisation.Kind.AUTHORITY for m in user.active_memberships
    )
