"""What the audit log says of demands and of the case bank."""

from django.utils.translation import gettext_lazy as _

BANK_ACTIONS = {
    "curriculum.demand.begin": (_("Begin a demand"), _("Demand of an enterprise begun")),
    "curriculum.demand.edit": (_("Edit a demand"), _("Demand of an enterprise edited")),
    "curriculum.demand.discard": (_("Discard a demand"), _("Draft of a demand deleted")),
    "curriculum.demand.send": (_("Send a demand"), _("Demand sent, consent given")),
    "curriculum.demand.withdraw": (_("Withdraw a demand"), _("Consent to a demand withdrawn")),
    "curriculum.demand.take": (_("Take a demand up"), _("Demand taken up by a base")),
    "curriculum.demand.give_back": (_("Give a demand back"), _("Demand given back by a base")),
    "curriculum.demand.message": (_("Write about a demand"), _("Message about a demand")),
    "curriculum.demand.contact": (_("Open the contact of a demand"), _("Contact of a demand opened")),
    "curriculum.demand.make_case": (_("Make a case of a demand"), _("Case made of a demand")),
    "curriculum.demand.ask_approval": (_("Ask a firm to approve a case"), _("Firm asked to approve a case")),
    "curriculum.demand.decide_case": (_("Decide on a case of a demand"), _("Firm decided on a case")),
    "curriculum.demand.export": (_("Export demands"), _("List of demands exported")),
    "curriculum.bank.shared": (_("Share a case"), _("Case shared with other bases")),
    "curriculum.bank.unshared": (_("Stop sharing a case"), _("Case no longer shared")),
    "curriculum.bank.taken": (_("Take a case from the bank"), _("Case taken from the case bank")),
    "curriculum.bank.retired": (_("Retire a case"), _("Case retired from new cohorts")),
    "curriculum.bank.reinstated": (_("Use a case again"), _("Retired case in use again")),
    "curriculum.bank.leaked": (_("Mark a case as leaked"), _("Case marked as leaked")),
    "curriculum.bank.cleared": (_("Clear a leak"), _("Leak of a case cleared")),
    "curriculum.bank.export": (_("Export the case bank"), _("Case bank exported")),
}
