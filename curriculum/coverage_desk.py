"""What the desk offers about coverage: the matrix, and news of a version that changes a base's courses."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from lms.lib.desk import DeskItem

from .coverage_permissions import courses_with_news_for, user_can_read_matrix
from .permissions import user_can_edit_syllabus, user_has_authoring
from .version_news import news_for


def coverage_desk_items(user: User) -> list[DeskItem]:
    """For who writes at a base five queries at most."""
    if not user_can_read_matrix(user):
        return []
    section = _("Standards") if user_can_edit_syllabus(user) else _("Courses and their review")
    items = [DeskItem(section, _("Coverage of the syllabus"), reverse("coverage_matrix"), order=34,
                      note=_("Which base covers which topic, where the gaps are"))]  # fmt: skip
    if user_has_authoring(user) and (news := news_for(courses_with_news_for(user), timezone.localdate())):
        waiting = [line for line in news if line.waiting]
        first = (waiting or news)[0]
        title = _("A new version of the syllabus is scheduled")
        if first.target.state == first.target.State.IN_FORCE:
            title = _("A new version of the syllabus is in force")
        note = _("What changes for your courses: %(version)s, from %(day)s") % {
            "version": first.target.version, "day": first.target.in_force_from.isoformat(),
        }  # fmt: skip
        items.append(DeskItem(_("Courses and their review"), title, reverse("version_news"), note=note,
                              count=len(waiting), primary=bool(waiting), order=27))  # fmt: skip
    return items
