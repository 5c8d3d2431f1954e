"""Registers what this app writes into the audit log."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks

ACTIONS = {
    "assessments.submission.hand_in": (_("Hand in a work product"), _("Work product handed in")),
    "assessments.mark.give": (_("Give a mark"), _("Mark given")),
    "assessments.mark.give_back": (_("Give a script back"), _("Script given back to the queue")),
    "assessments.mark.download": (_("Download a script for marking"), _("Script downloaded for marking")),
    "assessments.bank.remove": (_("Delete a shared comment"), _("Shared comment deleted")),
    "assessments.result.release": (_("Release a result"), _("Result released")),
    "assessments.result.remark": (_("Order a work product to be marked again"), _("Work product to be marked again")),
    "assessments.result.regrade": (_("Correct a released result"), _("Released result corrected")),
    "assessments.regrade.draft": (_("Draft a regrade"), _("Regrade drafted")),
    "assessments.regrade.simulate": (_("Simulate a regrade"), _("Regrade simulated")),
    "assessments.regrade.approve": (_("Approve a regrade"), _("Regrade approved")),
    "assessments.regrade.refuse": (_("Refuse a regrade"), _("Regrade refused")),
    "assessments.regrade.withdraw": (_("Withdraw a regrade"), _("Regrade withdrawn")),
    "assessments.regrade.apply": (_("Apply a regrade"), _("Regrade applied")),
    "assessments.regrade.stop": (_("Stop a regrade"), _("Regrade stopped")),
    "assessments.regrade.export": (_("Export a regrade"), _("Regrade exported")),
    "assessments.regrade.terms": (_("Set the terms of corrections"), _("Terms of corrections set")),
    "assessments.appeal.lodge": (_("Lodge an appeal"), _("Appeal lodged")),
    "assessments.appeal.admit": (_("Admit an appeal"), _("Appeal admitted")),
    "assessments.appeal.reject": (_("Refuse an appeal on formal grounds"), _("Appeal not admitted")),
    "assessments.appeal.withdraw": (_("Withdraw an appeal"), _("Appeal withdrawn")),
    "assessments.appeal.uphold": (_("Uphold an appeal"), _("Appeal upheld, new result")),
    "assessments.appeal.dismiss": (_("Dismiss an appeal"), _("Appeal dismissed")),
    "assessments.appeal.export": (_("Export appeals"), _("Appeals exported")),
    "assessments.appeal.terms": (_("Set the terms of appeals"), _("Terms of appeals set")),
    "assessments.feedback.answer": (_("Answer feedback"), _("Feedback answered")),
    "assessments.feedback.read": (_("Read an answer to feedback"), _("Answer to feedback read")),
    "assessments.feedback.reply": (_("Reply to an answer"), _("Reply to an answer given")),
    "assessments.expert.consent": (_("Say whether a firm may read the work"), _("Consent to a firm's expert given or withdrawn")),
    "assessments.expert.comment": (_("Comment as an expert of a firm"), _("Expert of a firm commented")),
    "assessments.policy.set": (_("Set the marking policy"), _("Marking policy set")),
    "assessments.licence.granted": (_("Grant a marking licence"), _("Marking licence granted")),
    "assessments.licence.lapsed": (_("Let a marking licence lapse"), _("Marking licence lapsed")),
    "assessments.licence.withdrawn": (_("Withdraw a marking licence"), _("Marking licence withdrawn")),
    "assessments.team.deadline": (_("Set the day until which teams are made"), _("Day for making teams set")),
    "assessments.team.join": (_("Take somebody into a team"), _("Somebody joined a team")),
    "assessments.team.leave": (_("Let somebody leave a team"), _("Somebody left a team")),
    "assessments.team.pass_on": (_("Pass a shared draft on"), _("Shared draft passed on to another member")),
    "assessments.team.factor": (_("Set a factor for a member of a team"), _("Factor for a member of a team set")),
    "assessments.room.open": (_("Open a room"), _("Room opened")),
    "assessments.room.sit": (_("Take a seat in a room"), _("Seat in a room taken")),
    "assessments.room.leave": (_("Leave a room"), _("Somebody left a room")),
    "assessments.room.begin": (_("Begin the talks of a room"), _("Talks of a room begun")),
    "assessments.room.off": (_("Call a room off"), _("Room called off")),
    "assessments.room.export": (_("Export rooms"), _("Rooms exported")),
    "assessments.gradebook.export": (_("Export gradebook"), _("Gradebook exported")),
}


@hooks.register("register_log_actions")
def register_log_actions(actions) -> None:
    for name, (label, message) in ACTIONS.items():
        actions.register_action(name, label, message)
