"""What this app puts on somebody's start page."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Role, User
from accounts.permissions import user_has_role
from lms.lib.desk import DeskItem
from training.permissions import bases_of_registrar

from . import life_desk
from .employer_permissions import user_sets_employer_terms
from .models import (
    AuditFinding,
    AwardBatch,
    AwardProposal,
    AwardRule,
    ContactRequest,
    EmployerConsent,
    HeadStamp,
    Witness,
)
from .permissions import user_is_officer, visible_changes, visible_notices, visible_proposals


def desk_items(user: User) -> list[DeskItem]:
    section = _("Certificates")
    items = life_desk.life_items(user, section)
    if user_is_officer(user):
        waiting = visible_proposals(user).filter(status=AwardProposal.Status.PROPOSED).count()
        items.append(
            DeskItem(
                section,
                _("Award proposals"),
                reverse("award_inbox") + "?status=proposed",
                note=_("Read the facts again and confirm or refuse."),
                count=waiting,
                primary=waiting > 0,
                order=40,
            )
        )
        waiting = visible_changes(user).open().matters().count()
        note = _("Proposed by a colleague or asked for by a holder: read, then confirm or refuse.")
        items.append(DeskItem(section, _("Changes of certificates"), reverse("change_request_list"), note, count=waiting,
                              primary=waiting > 0, order=41))  # fmt: skip
        found = AuditFinding.objects.open().count()
        if found:
            note = _("The nightly audit found something that does not fit; repairs are proposed where there are any.")
        else:
            note = _("What the nightly audit found, and what became of it.")
        items.append(DeskItem(section, _("Audit of the certificates"), reverse("certificate_audit"), note, count=found,
                              primary=found > 0, order=39 if found else 43))  # fmt: skip
        if (settings.LOG_TIMESTAMPS or settings.TIMESTAMP_URL) and (since := HeadStamp.missing_since(now())):
            note = _("The time-stamping authority has not answered since %(time)s.") % {
                "time": localtime(since).strftime("%Y-%m-%d %H:%M")
            }
            items.append(DeskItem(section, _("Log heads without a time stamp"), reverse("log"), note, primary=True, order=39))
        note = _("Where each stands, what it signed, and which command comes next.")
        items.append(DeskItem(section, pgettext("of the issuer", "Keys"), reverse("key_list"), note, order=43))
        silent = Witness.objects.silent(now()).count()
        note = _("Others who compare the log with what they saw before and sign it.")
        items.append(DeskItem(section, _("Witnesses of the log"), reverse("witness_list"), note, count=silent,
                              primary=silent > 0, order=43))  # fmt: skip
    if user_sets_employer_terms(user):
        note = _("Quotas of API keys and lists, times of keeping")
        items.append(DeskItem(section, _("Terms for employers"), reverse("employer_terms"), note, order=43))
    if user_is_officer(user):
        drafts = AwardRule.objects.filter(status=AwardRule.Status.DRAFT).exclude(drafted_by=user).count()
        note = _("Who is awarded what; drafts and what they would change.")
        items.append(DeskItem(section, _("Award rules"), reverse("award_rule_list"), note, count=drafts, order=41))
        lists = AwardBatch.objects.filter(status=AwardBatch.Status.PROPOSED).count()
        note = _("Many people of a cohort, decided on together.")
        items.append(DeskItem(section, _("Lists of awards"), reverse("award_batch_list"), note, count=lists,
                              primary=lists > 0, order=40))  # fmt: skip
    if bases := bases_of_registrar(user):
        mine = AwardProposal.objects.filter(organisation__in=bases)
        back = mine.sent_back(since=now() - timedelta(days=30)).count()
        note = _("Refused ones wait to be mended and proposed again.") if back else _(
            "Trainees whose recorded facts meet every condition.")  # fmt: skip
        items.append(DeskItem(section, _("Propose awards"), reverse("award_candidates"), note, count=back,
                              primary=back > 0, order=41))  # fmt: skip
    if user_is_officer(user) or bases:
        waiting = visible_notices(user).filter(looked_at=None).count()
        note = _("Results behind them were changed after they were issued.")
        items.append(DeskItem(section, _("Certificates to look at"), reverse("certificate_notices"), note, count=waiting,
                              primary=waiting > 0, order=42))  # fmt: skip
        note = _("Layout, colour, logo, seal and words, with a preview.")
        items.append(DeskItem(section, _("Designs of certificates"), reverse("design_list"), note, order=42))
        note = _("Every certificate with its state.")
        items.append(DeskItem(section, _("Register of certificates"), reverse("certificate_register"), note, order=42))
    if user_has_role(user, Role.EMPLOYER):
        items.append(
            DeskItem(
                section,
                _("Verify a certificate"),
                reverse("verify"),
                note=_("By QR code, or by number and full name."),
                primary=True,
                order=43,
            )
        )
        note = _("Check whole lists, API keys, consents, team table.")
        items.append(DeskItem(section, _("Employer's desk"), reverse("employer_home"), note, primary=True, order=43))
    if asked := EmployerConsent.objects.filter(certificate__holder=user, status="asked").select_related("certificate").first():
        url = reverse("certificate_consents", args=[asked.certificate.uuid])
        note = _("An employer asks for your consent.")
        items.append(DeskItem(section, _("Answer an employer"), url, note, primary=True, order=43))
    if asked := ContactRequest.objects.open(now()).filter(entry__holder=user).count():
        note = _("Employers who found you in the public register")
        items.append(DeskItem(section, _("Requests for contact"), reverse("register_mine"), note, count=asked, primary=True,
                              order=43))  # fmt: skip
    if own := user.certificates.count() + user.old_records.count() + user.recognitions.count():
        items.append(DeskItem(section, _("My certificates"), reverse("certificate_list"), count=own, order=44))
    return items
