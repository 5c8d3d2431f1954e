"""What the desk offers authors and reviewers."""

from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from lms.lib.desk import DeskItem

from .core_desk import core_desk_items
from .coverage_desk import coverage_desk_items
from .demand_desk import demand_desk_items
from .models import CoursePage, CourseReview, EquivalenceStatement, Syllabus
from .permissions import (
    base_pages_of,
    errata_waiting_for,
    reviews_waiting_for,
    tasks_visible_to,
    user_can_edit_syllabus,
    user_can_write_equivalences,
    user_has_authoring,
    user_has_errata,
    user_has_review_tasks,
    user_has_reviews,
)
from .translation_permissions import translations_visible_to, translations_waiting_for, user_has_translations


def desk_items(user: User) -> list[DeskItem]:
    """A constant number of queries per base one writes for."""
    items = core_desk_items(user) + _syllabus_items(user) + _standards_items(user)
    items += _task_items(user) + _errata_items(user) + coverage_desk_items(user)
    items += _translation_items(user) + demand_desk_items(user)
    if not user_has_reviews(user):
        return items
    section = _("Courses and their review")
    waiting = reviews_waiting_for(user).count()
    if user_has_authoring(user):
        courses = sum(CoursePage.objects.child_of(page).count() for page in base_pages_of(user))
        items.append(DeskItem(section, _("Courses and cases of your base"), reverse("authoring_home"), count=courses,
                              note=_("Write, compare with the syllabus, send to review"), order=31))  # fmt: skip
        returned = CourseReview.objects.filter(submitted_by=user, status=CourseReview.Status.RETURNED)
        latest = returned.order_by("-finished_at").select_related("course").first()
        if latest and not latest.course.reviews.filter(submitted_at__gt=latest.finished_at).exists():
            items.append(DeskItem(section, _("Returned with a comment"), latest.get_absolute_url(),
                                  note=latest.course.title, primary=True, order=30))  # fmt: skip
    items.append(DeskItem(section, _("Courses that wait for your review") if waiting else _("Reviews"),
                          f"{reverse('review_list')}?status=waiting" if waiting else reverse("review_list"),
                          count=waiting, primary=bool(waiting), order=29 if waiting else 32))  # fmt: skip
    return items


def _syllabus_items(user: User) -> list[DeskItem]:
    """The syllabus desk, with how many drafts are under way: one query."""
    if not user_can_edit_syllabus(user):
        return []
    return [DeskItem(_("Standards"), _("Syllabus desk"), reverse("syllabus_desk"), count=Syllabus.objects.drafts().count(),
                     note=_("Standards, versions and drafts"), order=34)]  # fmt: skip


def _standards_items(user: User) -> list[DeskItem]:
    """Equivalences, with the drafts that wait for this person's approval: one query."""
    if not user_can_write_equivalences(user):
        return []
    drafts = EquivalenceStatement.objects.filter(status=EquivalenceStatement.Status.DRAFT)
    waiting = drafts.exclude(created_by=user).exclude(edited_by=user).count()
    address = f"{reverse('equivalence_list')}?state=draft" if waiting else reverse("equivalence_list")
    return [DeskItem(_("Standards"), _("Equivalences between standards"), address, count=waiting, primary=bool(waiting),
                     note=_("What stands for what; drafts wait for a second pair of eyes"), order=35),
            DeskItem(_("Standards"), _("Import a framework"), reverse("standard_import"),
                     note=_("From another system, by CASE 1.1"), order=36)]  # fmt: skip


def _task_items(user: User) -> list[DeskItem]:
    """Pages that have to be looked at, while there are any: one query."""
    if not user_has_review_tasks(user) or not (count := tasks_visible_to(user).open().count()):
        return []
    note = _("Statutes that ended, checks that are due")
    return [DeskItem(_("Courses and their review"), _("Review tasks"), reverse("review_task_list"), note=note,
                     count=count, order=33)]  # fmt: skip


def _errata_items(user: User) -> list[DeskItem]:
    """Corrections of editions that wait for this person's signature, while there are any: one query."""
    if not user_has_errata(user) or not (count := errata_waiting_for(user).count()):
        return []
    return [DeskItem(_("Courses and their review"), _("Corrections that wait for your signature"),
                     f"{reverse('erratum_list')}?status=waiting", count=count, primary=True, order=28)]  # fmt: skip


def _translation_items(user: User) -> list[DeskItem]:
    """Translations: what waits for this person's approval, or what is not complete, while there is any. Two queries."""
    if not user_has_translations(user):
        return []
    section, waiting = _("Courses and their review"), translations_waiting_for(user).count()
    if waiting:
        return [DeskItem(section, _("Translations that wait for your approval"), f"{reverse('translation_list')}?state=waiting",
                         count=waiting, primary=True, order=28)]  # fmt: skip
    if not (count := translations_visible_to(user).filter(Q(approved__lt=F("total")) | Q(old__gt=0)).count()):
        return []
    note = _("Pages whose English is not complete, or whose Chinese has changed")
    return [DeskItem(section, _("Translations"), f"{reverse('translation_list')}?state=open", note=note, count=count, order=34)]
