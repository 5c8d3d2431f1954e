"""Registers what the training app writes into the audit log."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail import hooks


@hooks.register("register_log_actions")
def register_log_actions(actions):
    """Name each dotted action and the sentence the audit log shows for it."""
    for action, label, message in (
        ("training.cohort.create", _("Create cohort"), _("Cohort created")),
        ("training.cohort.edit", _("Edit cohort"), _("Cohort edited")),
        ("training.cohort.open", _("Open cohort"), _("Cohort opened")),
        ("training.cohort.close", _("Close cohort"), _("Cohort closed")),
        ("training.cohort.cancel", _("Cancel cohort"), _("Cohort cancelled")),
        ("training.enrolment.create", _("Enrol"), _("Trainee enrolled")),
        ("training.admission.despite", _("Admit despite a condition"), _("Admitted although a condition was not met")),
        ("training.enrolment.withdraw", pgettext_lazy("enrolment", "Withdraw"), _("Trainee withdrawn")),
        ("training.enrolment.take_back", _("Readmit"), _("Trainee readmitted")),
        ("training.enrolment.complete", _("Complete study"), _("Study completed")),
        ("training.session.create", _("Create class session"), _("Class session created")),
        ("training.session.attendance", _("Record attendance"), _("Attendance recorded")),
        ("training.record.reverse", _("Reverse hours"), _("Hours reversed")),
        ("training.roster.export", _("Export roster"), _("Roster exported")),
    ):
        actions.register_action(action, label, message)
