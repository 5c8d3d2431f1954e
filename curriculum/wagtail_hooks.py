"""What this app registers with Wagtail."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks

ACTIONS = {
    "curriculum.syllabus.in_force": (_("Bring a syllabus version into force"), _("Syllabus version brought into force")),
    "curriculum.review.submit": (_("Submit a course for review"), _("Course submitted for review")),
    "curriculum.review.approve": (_("Approve a course"), _("Course approved at one stage of the review")),
    "curriculum.review.return": (_("Return a course"), _("Course returned to the author")),
    "curriculum.review.withdraw": (_("Withdraw a course from review"), _("Course withdrawn from review")),
    "curriculum.edition.create": (_("Freeze an edition"), _("Edition frozen")),
}


@hooks.register("register_log_actions")
def register_log_actions(actions) -> None:
    for name, (label, message) in ACTIONS.items():
        actions.register_action(name, label, message)
