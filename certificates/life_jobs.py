"""The jobs of a certificate's life after issue: reminders before its end."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import override

from lms.lib.jobs import enqueue, job
from lms.lib.mail import send

from .models.renewals import EndReminder


@job("certificates.remind_of_end", every=86_400)
def remind_of_end(handle) -> None:
    """Once a day: write what falls due, one mail each."""
    for reminder in EndReminder.write_due(timezone.localdate(now())):
        enqueue("certificates.mail_end", key=f"mail-end:{reminder.pk}", reminder=reminder.pk)


@job("certificates.mail_end")
def mail_end(handle, reminder: int) -> None:
    """Tell the holder when the certificate ends and where to see what is missing. No hours and no names in the mail."""
    found = EndReminder.objects.select_related("certificate__holder").get(pk=reminder)
    certificate = found.certificate
    with override(settings.LANGUAGE_CODE):
        subject = _("Your certificate ends on %(day)s") % {"day": f"{certificate.valid_until:%Y-%m-%d}"}
        lines = [
            _("Certificate %(number)s.") % {"number": certificate.number},
            _("The page shows what counts for renewal and what is missing; there you can also turn these mails off."),
            settings.BASE_URL + reverse("cpd", args=[certificate.uuid]),
        ]
    send(subject, lines, to=certificate.holder.email, key=f"certificate-end-{certificate.uuid}-{found.days}")
