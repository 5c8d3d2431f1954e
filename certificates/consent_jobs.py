"""Mails about consents: to a holder who is asked, and to an employer that may know. They name no person."""

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Membership, Role
from lms.lib.jobs import job
from lms.lib.mail import send

from .models import ConsentNews, EmployerConsent


@job("certificates.mail_consent_asked")
def mail_consent_asked(handle, consent: int) -> None:
    """Ask the holder to answer on the certificate's page. A question that is over is passed over."""
    found = EmployerConsent.objects.select_related("organisation", "certificate__holder").get(pk=consent)
    if found.status != EmployerConsent.Status.ASKED:
        return
    with override(settings.LANGUAGE_CODE):
        subject = _("An employer asks for your consent")
        lines = [
            _("%(employer)s knows the number of your certificate and your name, and asks to be told when its state changes or "
              "to show it in its team table. Nothing is told unless you agree; you can take it back at any time.")
            % {"employer": found.organisation.name},
            settings.BASE_URL + reverse("certificate_consents", args=[found.certificate.uuid]),
        ]  # fmt: skip
    send(subject, lines, to=found.certificate.holder.email, key=f"consent-{found.uuid}")


@job("certificates.mail_consent_news")
def mail_consent_news(handle, news: int) -> None:
    """Tell the employer's people, as long as the consent stands at the moment of sending."""
    found = ConsentNews.objects.select_related("consent__organisation", "consent__certificate").get(pk=news)
    consent = found.consent
    if not EmployerConsent.objects.alerts().filter(pk=consent.pk).exists():
        return
    members = Membership.objects.in_force().filter(organisation=consent.organisation, role=Role.EMPLOYER)
    with override(settings.LANGUAGE_CODE):
        subject = _("The state of a certificate has changed")
        lines = [
            _("Certificate %(number)s: %(state)s, since %(time)s.")
            % {"number": consent.certificate.number, "state": found.kind_label,
               "time": f"{localtime(found.happened_at):%Y-%m-%d %H:%M}"},
            settings.BASE_URL + reverse("employer_consents", args=[consent.organisation.uuid]),
        ]  # fmt: skip
    for member in members.select_related("user"):
        send(subject, lines, to=member.user.email, key=f"consent-news-{found.pk}-{member.user.uuid}")


@job("certificates.tell_expired", every=86_400)
def tell_expired(handle) -> None:
    ConsentNews.note_expired(at=now())
