"""Background work: telling people of their roles, and groups of roles that begin or end by date."""

from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from lms.lib.jobs import job
from lms.lib.site import SITE_NAME

from .groups import sync_groups
from .invitations import password_link
from .models import Membership


@job("accounts.sync_groups", every=3600)
def sync(handle) -> None:
    sync_groups()


@job("accounts.tell_membership")
def tell_membership(handle, membership: int) -> None:
    """Mail the person their new role, in both languages; one who has no password yet gets a link to set it.

    A role that is gone or over by now is passed over.
    """
    found = Membership.objects.filter(pk=membership).select_related("user", "organisation").first()
    if found is None or found.is_over:
        return
    context = {
        "membership": found,
        "site_name": SITE_NAME,
        "link": "" if found.user.has_usable_password() else password_link(found.user),
    }
    subjects, bodies = [], []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            subjects.append(_("Your role at %(organisation)s") % {"organisation": found.organisation.display_name})
            bodies.append(render_to_string("accounts/email/membership.txt", context).strip())
    send_mail(" / ".join(subjects), "\n\n----\n\n".join(bodies) + "\n", None, [found.user.email])
