"""What this app puts on somebody's start page."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from curriculum.demand_permissions import firms_of, user_has_demands
from lms.lib.desk import DeskItem

from .anchor_permissions import anchors_to_confirm, user_decides_flags, user_sees_anchors
from .defence_permissions import defence_days_of, user_arranges_defences
from .expert_permissions import works_for_experts
from .models import Appeal, ExpertComment, MarkerFlag, PanelSeat
from .models.anchor_queue import count_waiting
from .oversight_permissions import (
    user_declares_conflicts,
    user_sees_conflicts,
    user_sees_samples,
    user_sets_appeal_terms,
)
from .permissions import (
    appeals_of,
    regrades_of,
    user_handles_appeals,
    user_is_assessor,
    user_is_moderator,
    user_releases_results,
    user_sees_answers,
    user_sees_gradebooks,
    user_sees_marking_quality,
    user_sees_product_kinds,
    user_sees_regrades,
    user_sets_marking_policy,
)  # fmt: skip
from .portfolio_permissions import deals_to_check, user_verifies_deals
from .room_permissions import user_watches_rooms
from .similar_permissions import user_sees_similarity
from .views.moderation import in_moderation
from .views.portfolio_desk import in_state
from .views.release import waiting_for_release

DAY = timedelta(days=1)


def desk_items(user: User) -> list[DeskItem]:
    """The marking queue, moderation, release and gradebooks, by role: at most three queries."""
    items = []
    marking, results = _("Marking"), _("Results")
    if user_is_assessor(user):
        waiting = count_waiting(user, at=timezone.now())
        items.append(
            DeskItem(marking, _("Marking queue"), reverse("marking_queue"), _("Work products waiting for your mark."),
                     count=waiting, primary=waiting > 0, order=30)
        )  # fmt: skip
    if user_is_moderator(user):
        waiting = in_moderation(user).count()
        items.append(
            DeskItem(marking, _("Moderation of marks"), reverse("moderation_queue"), _("Two assessors disagreed."),
                     count=waiting, primary=waiting > 0, order=31)
        )  # fmt: skip
    if user_releases_results(user):
        ready = waiting_for_release(user).count()
        items.append(
            DeskItem(results, _("Release results"), reverse("release_list"), _("Agreed marks, not yet shown to trainees."),
                     count=ready, primary=ready > 0, order=32)
        )  # fmt: skip
    if user_sees_gradebooks(user):
        items.append(DeskItem(results, _("Gradebooks"), reverse("gradebook_list"), order=33))
    if user_sees_regrades(user):
        waiting = regrades_of(user).filter(status="simulated").exclude(drafted_by=user).count()
        text = _("Corrections of released results, by two people.")
        items.append(DeskItem(results, _("Regrades"), reverse("regrade_list"), text, count=waiting, primary=waiting > 0,
                              order=39))  # fmt: skip
    if user_watches_rooms(user):
        text = _("Tables at which several trainees negotiate with each other.")
        items.append(DeskItem(results, _("Rooms"), reverse("room_list"), text, order=34))
    if user_sees_product_kinds(user):
        text = _("Templates for cases, with their automatic checks.")
        section = _("Courses and their review")
        items.append(DeskItem(section, _("Kinds of work products"), reverse("product_kinds"), text, order=37))
    if user_sees_marking_quality(user):
        text = _("Agreement of assessors, severity, drift.")
        items.append(DeskItem(marking, _("Quality of marking"), reverse("quality_list"), text, order=34))
    if user_sees_similarity(user):
        text = _("Works of different people that say the same.")
        items.append(DeskItem(marking, _("Similar works"), reverse("similar_list"), text, order=36))
    if user_sets_marking_policy(user):
        items.append(DeskItem(marking, _("Marking licences"), reverse("licence_list"), order=35))
        items.append(DeskItem(marking, _("Who marks what"), reverse("marking_rules"), order=35))
    if user_sees_samples(user):
        text = _("A second look at marked work, from elsewhere.")
        items.append(DeskItem(marking, _("Samples"), reverse("sample_list"), text, order=38))
    if user_declares_conflicts(user):
        text = _("Whose work you can't judge.")
        items.append(DeskItem(marking, _("Conflicts of interest"), reverse("conflicts"), text, order=39))
    if user_sees_conflicts(user):
        items.append(DeskItem(marking, _("Declared conflicts"), reverse("conflict_list"), order=39))
    return items + anchor_items(user) + appeal_items(user) + expert_items(user) + defence_items(user)


def anchor_items(user: User) -> list[DeskItem]:
    """Practice for assessors; for moderators and officers the anchors that wait for them, for officers flagged markers: at most
    two queries."""
    marking, items = _("Marking"), []
    if user_is_assessor(user):
        text = _("Work with agreed bands, to compare yours with.")
        items.append(DeskItem(marking, _("Practise marking"), reverse("anchor_practice"), text, order=33))
    if user_sees_anchors(user):
        count = anchors_to_confirm(user).count()
        text = _("Work whose bands two people have agreed on.")
        items.append(DeskItem(marking, _("Anchor scripts"), reverse("anchor_list"), text, count=count, order=33))
    if user_decides_flags(user) and (count := MarkerFlag.objects.filter(outcome="").count()):
        text = _("Markers surely beyond the limit of bias.")
        url = reverse("anchor_markers") + "?state=flagged"
        items.append(DeskItem(marking, _("Flagged markers"), url, text, count=count, primary=True, order=33))
    return items


def expert_items(user: User) -> list[DeskItem]:
    """Released work on the firm's cases that its trainees let it read: two queries for people of a firm."""
    if not user_has_demands(user):
        return []
    commented = ExpertComment.objects.filter(organisation__in=firms_of(user))
    count = works_for_experts(user).exclude(pk__in=commented.values("submission")).count()
    text = _("Read what trainees made of your problem, and comment")
    return [DeskItem(_("Cases from real demand"), _("Work on our demands"), reverse("expert_works"), text, count=count,
                     primary=count > 0, order=21)]  # fmt: skip


def appeal_items(user: User) -> list[DeskItem]:
    """Appeals and answers to feedback: two queries for registrars and moderators, a few for assessors."""
    at, results, items = timezone.now(), _("Results"), []
    if user_is_assessor(user) and (fresh := Appeal.objects.for_marker(user, at=at).count()):
        text = _("Work products for somebody who never saw them.")
        items.append(DeskItem(_("Marking"), _("Appeals to mark afresh"), reverse("marking_queue"), text, count=fresh,
                              primary=True, order=30))  # fmt: skip
    if user_handles_appeals(user):
        count, late = appeals_of(user).open().count(), appeals_of(user).overdue(at).count()
        text = _("%(count)s overdue") % {"count": late} if late else _("Appeals against results, with their deadlines.")
        items.append(
            DeskItem(results, _("Appeals"), reverse("appeal_list"), text, count=count, primary=late > 0, order=36)
        )
    if user_sees_answers(user):
        text = _("What trainees answer to the feedback on their work.")
        items.append(DeskItem(results, _("Answers to feedback"), reverse("answer_list"), text, order=37))
    if user_sets_appeal_terms(user):
        items.append(DeskItem(results, _("Terms of appeals"), reverse("appeal_terms"), order=38))
    return items


def defence_items(user: User) -> list[DeskItem]:
    """Panels one sits on, and the days to arrange: a query each."""
    at, items = timezone.now(), []
    seats = PanelSeat.objects.filter(user=user, left_at=None, day__cancelled_at=None, day__starts_at__gte=at - DAY)
    if count := seats.count():
        text = _("Defences that you hear and vote on.")
        items.append(DeskItem(_("Marking"), _("Panels I sit on"), reverse("panel_list"), text, count=count, primary=True,
                              order=29))  # fmt: skip
    if user_arranges_defences(user):
        count = defence_days_of(user).standing().filter(starts_at__gte=at).count()
        text = _("Days, slots and panels of defences.")
        items.append(DeskItem(_("Results"), _("Defences"), reverse("defence_list"), text, count=count, order=34))
    if user_verifies_deals(user):
        count = in_state(deals_to_check(user), "waiting").count()
        text = _("Evidence of trainees' deals, with what referees say.")
        items.append(DeskItem(_("Results"), _("Portfolios"), reverse("deal_list"), text, count=count, order=35))
    return items
