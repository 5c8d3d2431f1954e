"""Mails of the public register: that somebody asked, and the answer; what officers answered and did; and cases that go when
their time is over. They name no more than the organisation."""

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import override

from lms.lib.jobs import job
from lms.lib.mail import send

from .models import ContactRequest, RegisterEntry, RegisterReport


@job("certificates.mail_contact_asked")
def mail_asked(handle, request: int) -> None:
    found = ContactRequest.objects.select_related("entry__holder", "organisation").filter(pk=request, answer="").first()
    if found is None:
        return
    with override(settings.LANGUAGE_CODE):
        subject = _("%(organisation)s would like to get in touch with you") % {"organisation": found.organisation.name}
        lines = [
            _("The request came through the public register. They don't know your address; read it and answer here:"),
            settings.BASE_URL + reverse("register_contact", args=[found.uuid]),
        ]
    send(subject, lines, to=found.entry.holder.email, key=f"contact-{found.uuid}")


@job("certificates.mail_contact_answered")
def mail_answered(handle, request: int) -> None:
    found = ContactRequest.objects.select_related("asked_by", "organisation").filter(pk=request).first()
    if found is None:
        return
    with override(settings.LANGUAGE_CODE):
        subject = _("A request for contact was answered")
        lines = [settings.BASE_URL + reverse("contact_list", args=[found.organisation.uuid])]
    send(subject, lines, to=found.asked_by.email, key=f"contact-answer-{found.uuid}")


@job("certificates.mail_report_answered")
def mail_report_answered(handle, report: int) -> None:
    """To the address that was left for it. The officer's words are written to be read outside, and name nobody."""
    found = RegisterReport.objects.filter(pk=report, status=RegisterReport.Status.ANSWERED).first()
    if found is None or not found.said["email"]:
        return
    with override(settings.LANGUAGE_CODE):
        subject = _("Your report on the public register was answered")
        lines = [str(found.get_outcome_display()), found.reason]
    send(subject, lines, to=found.said["email"], key=f"register-report-{found.uuid}")


@job("certificates.mail_entry_moved")
def mail_entry_moved(handle, entry: int) -> None:
    """Tell the holder; why stands on the page. Nothing says whether anybody reported anything."""
    found = RegisterEntry.objects.select_related("holder").filter(pk=entry).first()
    if found is None:
        return
    with override(settings.LANGUAGE_CODE):
        off = found.taken_off_at is not None
        on_again = _("Your entry may be shown in the public register again")
        subject = _("Your entry was taken off the public register") if off else on_again
        lines = [settings.BASE_URL + reverse("register_mine")]
    send(subject, lines, to=found.holder.email, key=f"register-entry-{found.uuid}-{found.taken_off_at or now():%Y%m%d%H%M%S}")


@job("certificates.erase_reports", every=86_400)
def erase_reports(handle) -> None:
    RegisterReport.objects.drop_old(now())
