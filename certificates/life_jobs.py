"""The jobs of a certificate's life after issue: reminders before its end, mails of decisions, a digest for those who decide."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from accounts.models import Role, User
from lms.lib.jobs import enqueue, job
from lms.lib.mail import send

from .life_desk import life_items
from .models import Certificate, CpdDecision, CpdNotebook, EndReminder, Renewal


@job("certificates.mail_ready")
def mail_ready(handle, certificates: list[int]) -> None:
    """Tell holders that their certificate is there, and where."""
    found = list(Certificate.objects.filter(pk__in=certificates).select_related("holder").order_by("pk"))
    for place, certificate in enumerate(found):
        handle.beat(place, len(found))
        with override(settings.LANGUAGE_CODE):
            lines = [
                _("Certificate %(number)s.") % {"number": certificate.number},
                settings.BASE_URL + reverse("certificate_detail", args=[certificate.uuid]),
            ]
            send(_("Your certificate is ready"), lines, to=certificate.holder.email, key=f"certificate-ready-{certificate.uuid}")
    handle.beat(len(found), len(found))


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


@job("certificates.mail_cpd")
def mail_cpd(handle, decision: int) -> None:
    """Tell the holder that an entry was decided on; what and why is on the page. Not to those who turned these mails off."""
    found = CpdDecision.objects.select_related("entry__holder").get(pk=decision)
    if CpdNotebook.objects.filter(holder=found.entry.holder_id, reminders=False).exists():
        return
    with override(settings.LANGUAGE_CODE):
        subject = _("Your continuing education: %(state)s") % {"state": found.get_kind_display()}
    url = settings.BASE_URL + reverse("cpd_entry", args=[found.entry.uuid])
    send(subject, [url], to=found.entry.holder.email, key=f"cpd-decision-{found.entry.uuid}-{found.number}")


@job("certificates.mail_renewal")
def mail_renewal(handle, renewal: int) -> None:
    """Tell the holder how a renewal was decided; why is on the page. Of the certificate itself, so it can't be turned off."""
    found = Renewal.objects.select_related("certificate__holder").get(pk=renewal)
    with override(settings.LANGUAGE_CODE):
        subject = _("Renewal of your certificate: %(state)s") % {"state": found.get_status_display()}
        lines = [_("Certificate %(number)s.") % {"number": found.certificate.number}]
    lines.append(settings.BASE_URL + found.get_absolute_url())
    send(subject, lines, to=found.certificate.holder.email, key=f"renewal-{found.uuid}-{found.status}")


@job("certificates.remind_deciders", every=86_400)
def remind_deciders(handle) -> None:
    """Once a day: one mail to each registrar and officer for whom something waits."""
    day = timezone.localdate(now())
    people = User.objects.filter(is_active=True, memberships__role__in=[Role.REGISTRAR, Role.OFFICER]).distinct()
    for person in people.order_by("pk"):
        if waiting_for(person):
            enqueue("certificates.mail_deciders", key=f"mail-deciders:{person.pk}:{day}", user=person.pk, day=day.isoformat())


def waiting_for(person: User) -> list:
    """The lines of the person's desk, of a certificate's life after issue, in which something waits."""
    return [item for item in life_items(person, "") if item.count]


@job("certificates.mail_deciders")
def mail_deciders(handle, user: int, day: str) -> None:
    """How many wait and where, by kind. No names. Nothing when it was decided meanwhile."""
    person = User.objects.get(pk=user)
    with override(settings.LANGUAGE_CODE):
        waiting = waiting_for(person)
        if not waiting:
            return
        count = sum(item.count for item in waiting)
        subject = ngettext("%(count)s matter of certificates waits", "%(count)s matters of certificates wait", count)
        lines = [f"{item.title}: {item.count}\n{settings.BASE_URL}{item.url}" for item in waiting]
    send(subject % {"count": count}, lines, to=person.email, key=f"deciders-{person.pk}-{day}")
