"""Registers what the project itself writes into the audit log."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks


@hooks.register("register_log_actions")
def register_log_actions(actions) -> None:
    actions.register_action("lms.job.retry", _("Retry a background job"), _("Background job put back"))
