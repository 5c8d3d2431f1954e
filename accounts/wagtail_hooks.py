"""Registers the audit actions of people and organisations."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks


@hooks.register("register_log_actions")
def register_actions(actions) -> None:
    actions.register_action("accounts.organisation.create", _("Create organisation"), _("Organisation created"))
    actions.register_action("accounts.organisation.edit", _("Edit organisation"), _("Organisation changed"))
    actions.register_action("accounts.membership.grant", _("Give a role"), _("Role given"))
    actions.register_action("accounts.membership.end", _("End a role"), _("Role ended"))
    actions.register_action("accounts.profile.edit", _("Edit profile"), _("Profile changed"))
    actions.register_action("accounts.consent.give", _("Give consent"), _("Consent given"))
    actions.register_action("accounts.consent.withdraw", _("Withdraw consent"), _("Consent withdrawn"))
    actions.register_action("accounts.second_factor.add", _("Add second factor"), _("Second factor added"))
    actions.register_action("accounts.second_factor.remove", _("Remove second factor"), _("Second factor removed"))
    actions.register_action("accounts.audit.export", _("Export audit log"), _("Audit log exported"))
