"""Mails of the public register: that somebody asked, and the answer. They name no more than the organisation."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from lms.lib.jobs import job
from lms.lib.mail import send

from .models import ContactRequest


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
