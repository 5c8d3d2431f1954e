"""Registers what this app writes into the audit log."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks

ACTIONS = {
    "certificates.rule.in_force": (_("Bring an award rule into force"), _("Award rule brought into force")),
    "certificates.rule.draft": (_("Draft an award rule"), _("Award rule drafted")),
    "certificates.rule.change": (_("Change the draft of an award rule"), _("Draft of an award rule changed")),
    "certificates.rule.discard": (_("Throw the draft of an award rule away"), _("Draft of an award rule thrown away")),
    "certificates.rule.simulate": (_("Simulate an award rule"), _("Award rule simulated")),
    "certificates.award.propose": (_("Propose an award"), _("Award proposed")),
    "certificates.award.withdraw": (_("Withdraw a proposal"), _("Proposal withdrawn")),
    "certificates.award.confirm": (_("Confirm an award"), _("Award confirmed")),
    "certificates.award.refuse": (_("Refuse an award"), _("Award refused")),
    "certificates.certificate.prepare": (_("Prepare a certificate"), _("Certificate prepared")),
    "certificates.certificate.issue": (_("Issue a certificate"), _("Certificate signed and issued")),
    "certificates.certificate.suspend": (_("Suspend a certificate"), _("Certificate suspended")),
    "certificates.certificate.reinstate": (_("Reinstate a certificate"), _("Certificate reinstated")),
    "certificates.certificate.revoke": (_("Revoke a certificate"), _("Certificate revoked")),
    "certificates.certificate.replace": (_("Replace a certificate"), _("Certificate replaced by another")),
    "certificates.certificate.sign_anew": (_("Sign a certificate anew"), _("Certificate signed anew")),
    "certificates.certificate.show_from_old": (
        _("Lead from an old number to the new certificate"),
        _("Holder decided whether the old number leads to the new certificate"),
    ),
    "certificates.change.ask": (_("Ask for a certificate with a new name"), _("Certificate with a new name asked for")),
    "certificates.change.propose": (_("Propose a change of a certificate"), _("Change of a certificate proposed")),
    "certificates.change.confirm": (_("Confirm a change of a certificate"), _("Change of a certificate confirmed")),
    "certificates.change.refuse": (_("Refuse a change of a certificate"), _("Change of a certificate refused")),
    "certificates.change.withdraw": (_("Withdraw a change of a certificate"), _("Change of a certificate withdrawn")),
    "certificates.change.evidence": (_("Read the evidence for a new name"), _("Evidence for a new name read")),
    "certificates.share.make": (_("Make a share code"), _("Share code made")),
    "certificates.share.extend": (_("Extend a share code"), _("Share code extended")),
    "certificates.share.revoke": (_("Take a share code back"), _("Share code taken back")),
    "certificates.notice.look": (_("Look at a certificate"), _("Certificate looked at")),
    "certificates.api_key.make": (_("Make an API key"), _("API key made")),
    "certificates.api_key.withdraw": (_("Withdraw an API key"), _("API key withdrawn")),
    "certificates.receipt_key.withdraw": (_("Withdraw a key of receipts"), _("Key of receipts withdrawn")),
    "certificates.list.receive": (_("Check a list"), _("List of certificates brought to be checked")),
    "certificates.list.delete": (_("Delete a list"), _("List of certificates deleted")),
    "certificates.employer_terms.set": (_("Set terms for employers"), _("Terms for employers set")),
    "certificates.consent.ask": (_("Ask a holder for consent"), _("Holder asked for consent")),
    "certificates.consent.agree": (_("Agree to an employer's question"), _("Agreed to an employer's question")),
    "certificates.consent.decline": (_("Decline an employer's question"), _("Employer's question declined")),
    "certificates.consent.withdraw": (_("Withdraw a consent towards an employer"), _("Consent towards an employer withdrawn")),
    "certificates.consent.end": (_("End a consent"), _("Consent ended by the employer")),
    "certificates.key.create": (_("Make a signing key"), _("Signing key made")),
    "certificates.key.activate": (_("Let an announced key sign"), _("Announced key signs")),
    "certificates.key.withdraw": (_("Withdraw a signing key"), _("Signing key withdrawn")),
    "certificates.key.retire": (_("Retire a signing key"), _("Signing key retired")),
    "certificates.validity_terms.set": (_("Set terms of validity"), _("Terms of validity set")),
    "certificates.leave.grant": (_("Record leave"), _("Leave recorded, last day for renewal moved")),
    "certificates.cpd.hand_in": (_("Hand in continuing education"), _("Continuing education handed in")),
    "certificates.cpd.accepted": (_("Accept continuing education"), _("Continuing education accepted")),
    "certificates.cpd.refused": (_("Refuse continuing education"), _("Continuing education refused")),
    "certificates.cpd.taken_back": (_("Take a decision back"), _("Decision on continuing education taken back")),
    "certificates.cpd.withdrawn": (_("Withdraw continuing education"), _("Continuing education withdrawn")),
    "certificates.renewal.apply": (_("Apply for renewal"), _("Renewal applied for")),
    "certificates.renewal.propose": (_("Propose a renewal"), _("Renewal proposed")),
    "certificates.renewal.confirm": (_("Confirm a renewal"), _("Renewal confirmed")),
    "certificates.renewal.refuse": (_("Refuse a renewal"), _("Renewal refused")),
    "certificates.renewal.withdraw": (_("Withdraw a renewal"), _("Renewal withdrawn")),
    "certificates.cpd.evidence": (_("Read evidence"), _("Evidence of continuing education read")),
}


@hooks.register("register_log_actions")
def register_log_actions(actions) -> None:
    for name, (label, message) in ACTIONS.items():
        actions.register_action(name, label, message)
