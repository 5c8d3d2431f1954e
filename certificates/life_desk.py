"""The lines of the start page about a certificate's life after issue."""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from lms.lib.desk import DeskItem

from .life_permissions import entries_to_decide, user_decides_cpd, user_sets_validity, visible_renewals
from .models import HistoricChange, HistoricClaim, HistoricImport, Recognition, RecognitionAgreement, RecognitionEnd
from .permissions import user_is_officer
from .register_permissions import visible_reports


def life_items(user: User, section: str) -> list[DeskItem]:
    items = []
    if user_decides_cpd(user):
        waiting = entries_to_decide(user).with_state().filter(state="waiting").count()
        note = _("Read the evidence, then accept or refuse.")
        items.append(DeskItem(section, _("Continuing education"), reverse("cpd_list"), note, count=waiting,
                              primary=waiting > 0, order=42))  # fmt: skip
        waiting = visible_renewals(user).open().exclude(certificate__holder=user).count()
        note = _("Applied for by holders: look at the ledger, then propose or confirm.")
        items.append(DeskItem(section, _("Renewals"), reverse("renewal_list"), note, count=waiting, primary=waiting > 0,
                              order=42))  # fmt: skip
    if user_is_officer(user):
        waiting = HistoricImport.objects.filter(status="ready").exclude(brought_by=user).count()
        waiting += HistoricChange.objects.filter(status="proposed").exclude(proposed_by=user).count()
        waiting += HistoricClaim.objects.filter(status="asked").exclude(user=user).count()
        note = _("Lists from before this system; what a second officer has to look at, and claims.")
        items.append(DeskItem(section, _("Imported records"), reverse("historic_imports"), note, count=waiting,
                              primary=waiting > 0, order=42))  # fmt: skip
        waiting = Recognition.objects.filter(status="asked").exclude(holder=user).count()
        waiting += RecognitionAgreement.objects.filter(status="draft").exclude(drafted_by=user).count()
        ends = RecognitionEnd.objects.filter(status="proposed").exclude(proposed_by=user)
        waiting += ends.exclude(recognition__holder=user).count()
        note = _("Certificates of other bodies: applications, and agreements and ends that a second officer looks at.")
        items.append(DeskItem(section, _("Recognition"), reverse("recognition_list"), note, count=waiting,
                              primary=waiting > 0, order=42))  # fmt: skip
        waiting = visible_reports(user).open().count()
        note = _("Somebody says that an entry is not the person's, or looks like fraud.")
        items.append(DeskItem(section, _("Reports on the public register"), reverse("register_reports"), note, count=waiting,
                              primary=waiting > 0, order=42))  # fmt: skip
    if user_sets_validity(user):
        note = _("Years, hours, window and grace by level")
        items.append(DeskItem(section, _("Validity and continuing education"), reverse("validity_terms"), note, order=43))
    return items
