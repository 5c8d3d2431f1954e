"""What the desk offers about the national core: reviews and requests to the authority, updates to the bases' authors."""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from lms.lib.desk import DeskItem

from .core_permissions import (
    requests_visible_to,
    reviews_of_core_waiting_for,
    user_can_answer_request,
    user_can_read_core,
    user_can_write_core,
    user_oversees_core,
)
from .course_core import offers_for
from .models import CoreChangeRequest, CoreReview, CoursePage
from .permissions import base_pages_of, user_has_authoring


def core_desk_items(user: User) -> list[DeskItem]:
    """A constant number of queries per base one writes for."""
    section = _("National core")
    if user_oversees_core(user):
        return _for_authority(user, section)
    if not user_has_authoring(user) or not user_can_read_core(user):
        return []
    waiting = []
    for page in base_pages_of(user):
        waiting += [o for o in offers_for(CoursePage.objects.child_of(page).select_related("latest_revision")) if o.waiting]
    items = []
    if waiting:
        first = waiting[0]
        url = reverse("course_core_offer", args=[first.course.pk, first.new.uuid])
        if len(waiting) > 1:
            url = reverse("course_contents", args=[first.course.pk])
        items.append(DeskItem(section, _("Updates of the national core"), url, count=len(waiting), primary=True,
                              note=_("See what changed; accept or decline"), order=28))  # fmt: skip
    items.append(DeskItem(section, _("Lessons and cases of the national core"), reverse("core_home"), order=33,
                          note=_("Include them in your courses; ask for corrections")))  # fmt: skip
    return items


def _for_authority(user: User, section: str) -> list[DeskItem]:
    items = []
    if count := reviews_of_core_waiting_for(user).count():
        items.append(DeskItem(section, _("Core pages that wait for your approval"), reverse("core_home"), count=count,
                              primary=True, order=28))  # fmt: skip
    if user_can_write_core(user):
        returned = CoreReview.objects.filter(submitted_by=user, status=CoreReview.Status.RETURNED)
        latest = returned.order_by("-finished_at").select_related("page").first()
        if latest and not latest.page.core_reviews.filter(submitted_at__gt=latest.finished_at).exists():
            items.append(DeskItem(section, _("Returned with a comment"), latest.get_absolute_url(), primary=True,
                                  note=latest.page.draft_title, order=27))  # fmt: skip
    if user_can_answer_request(user):
        url = f"{reverse('core_request_list')}?status=open"
        if asked := requests_visible_to(user).filter(status=CoreChangeRequest.Status.OPEN).count():
            items.append(DeskItem(section, _("Change requests of the bases"), url, count=asked, primary=True, order=29))
    items.append(DeskItem(section, _("Lessons and cases of the national core"), reverse("core_home"), order=33,
                          note=_("Write, release, see who uses which version")))  # fmt: skip
    return items
