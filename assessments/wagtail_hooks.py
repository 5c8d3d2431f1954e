"""Registers what this app writes into the audit log."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks

ACTIONS = {
    "assessments.submission.hand_in": (_("Hand in a work product"), _("Work product handed in")),
    "assessments.mark.give": (_("Give a mark"), _("Mark given")),
    "assessments.mark.give_back": (_("Give a script back"), _("Script given back to the queue")),
    "assessments.result.release": (_("Release a result"), _("Result released")),
    "assessments.gradebook.export": (_("Export gradebook"), _("Gradebook exported")),
}


@hooks.register("register_log_actions")
def register_log_actions(actions) -> None:
    for name, (label, message) in ACTIONS.items():
        actions.register_action(name, label, message)
