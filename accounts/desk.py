"""What a person can do here about people and organisations."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from lms.lib.desk import DeskItem

from .middleware import needs_second_factor
from .models import Consent, Role, User
from .permissions import user_has_role


def desk_items(user: User) -> list[DeskItem]:
    """Return the lines for the desk; two queries for anybody, one more for staff where a second factor is asked for."""
    items = []
    mine = _("My account")
    terms = user.consents.in_force().filter(kind=Consent.Kind.TERMS, text_version=Consent.TEXT_VERSION)
    if not terms.exists():
        items.append(
            DeskItem(mine, _("Read and accept the terms"), reverse("terms"), primary=True, order=1,
                     note=_("The terms of use and the privacy notice are new or have changed."))
        )  # fmt: skip
    if settings.STAFF_SECOND_FACTOR and needs_second_factor(user):
        items.append(DeskItem(mine, _("Set up a second factor"), reverse("mfa_activate_totp"), primary=True, order=2))
    items.append(
        DeskItem(mine, _("Profile"), reverse("profile"), note=_("Name, language, consents, log-in security"), order=90)
    )
    if user_has_role(user, Role.OFFICER):
        people = _("Organisations and people")
        items.append(
            DeskItem(people, _("Organisations"), reverse("organisation_list"), order=70,
                     note=_("Training bases, employers, accreditation, roles"))
        )  # fmt: skip
        items.append(DeskItem(people, _("Audit log"), reverse("audit_log"), note=_("Who did what, and when"), order=75))
        return items
    bases = [m.organisation for m in user.active_memberships if m.role == Role.REGISTRAR]
    for base in bases:
        items.append(
            DeskItem(_("Organisations and people"), base.display_name, base.get_absolute_url(), order=70,
                     note=_("People of the base and their roles"))
        )  # fmt: skip
    if bases:
        items.append(
            DeskItem(_("Organisations and people"), _("Audit log"), reverse("audit_log"), order=75,
                     note=_("Who did what, and when"))
        )  # fmt: skip
    return items
