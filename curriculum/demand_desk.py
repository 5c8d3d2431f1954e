"""What the desk offers firms and bases about demands and the case bank."""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from lms.lib.desk import DeskItem

from .bank_permissions import user_has_bank
from .demand_pages import with_news
from .demand_permissions import demands_for_bases, own_demands, user_has_demand_inbox, user_has_demands
from .models import CaseEvent, Demand


def demand_desk_items(user: User) -> list[DeskItem]:
    """Two queries for a firm, at most four for a base."""
    items = []
    if user_has_demands(user):
        mine = with_news(own_demands(user).exclude(status=Demand.Status.WITHDRAWN))
        waiting = (mine.filter(question=True) | mine.filter(to_approve=True)).count()
        note = _("Questions to answer, cases to approve") if waiting else _("Offer a technical problem for teaching")
        items.append(DeskItem(_("Cases from real demand"), _("Our demands"), reverse("demand_list"), note,
                              count=waiting or None, primary=waiting > 0, order=20))  # fmt: skip
    if user_has_demand_inbox(user):
        count = demands_for_bases(user).filter(status=Demand.Status.SENT).count()
        items.append(DeskItem(_("Cases from real demand"), _("Demands of enterprises"), reverse("demand_inbox"),
                              _("Take one up and make a case of it"), count=count, order=38))  # fmt: skip
    if user_has_bank(user):
        leaks = CaseEvent.objects.standing_leaks().count()
        note = _("%(count)s marks of leaks") % {"count": leaks} if leaks else _("Exposure, sharing, retirement, leaks")
        items.append(DeskItem(_("Cases from real demand"), _("Case bank"), reverse("case_bank"), note, order=39))
    return items
