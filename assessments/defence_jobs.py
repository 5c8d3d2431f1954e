"""Mails about defences: to trainees and members of panels, and the reminders. Their ids make a second sending harmless."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.invitations import password_link
from lms.lib.jobs import enqueue, job
from lms.lib.mail import send

from .models import Defence, PanelSeat, PartResult

AHEAD = timedelta(hours=48)


def _when(moment) -> str:
    return f"{localtime(moment):%Y-%m-%d %H:%M}"


@job("assessments.mail_defence")
def mail_defence(handle, defence: int, action: str) -> None:
    """Tell the trainee of a slot, a change, or that it was cancelled; what it is about is on the page."""
    found = Defence.objects.with_everything().get(pk=defence)
    url = settings.BASE_URL + reverse("defence_book", args=[found.enrolment.uuid, found.part.key])
    with override(settings.LANGUAGE_CODE):
        subject = {
            "book": _("Your defence is planned"), "move": _("Your defence has another slot"),
            "cancel": _("Your defence was cancelled"), "remind": _("Reminder: your defence"),
        }[action]  # fmt: skip
        lines = [_("Time: %(time)s") % {"time": _when(found.slot.starts_at)}, found.day.place or found.day.link, url]
    key = f"defence-{found.uuid}-{action}-{found.slot.uuid}"
    send(subject, lines, to=found.enrolment.user.email, key=key)


@job("assessments.mail_seat")
def mail_seat(handle, seat: int, remind: bool = False) -> None:
    """Tell a member of the panel of the day; whoever has no password yet gets a link to set one. No name of a trainee."""
    found = PanelSeat.objects.select_related("user", "day__part", "day__cohort__organisation").filter(pk=seat).first()
    if found is None or found.left_at or found.day.cancelled_at:
        return
    url = settings.BASE_URL + reverse("panel_day", args=[found.day.uuid])
    with override(settings.LANGUAGE_CODE):
        subject = _("Reminder: a panel you sit on") if remind else _("You are asked to sit on a panel")
        lines = [
            found.day.cohort.organisation.name,
            _("Time: %(time)s") % {"time": _when(found.day.starts_at)},
            found.day.place or found.day.link,
            url,
        ]
        if not found.user.has_usable_password():
            lines.append(_("First set a password: %(link)s") % {"link": password_link(found.user)})
    send(subject, lines, to=found.user.email, key=f"seat-{found.uuid}-{'remind' if remind else 'new'}")


@job("assessments.mail_part_result")
def mail_part_result(handle, result: int) -> None:
    """Tell the trainee that the outcome of a defence or portfolio can be read. Nothing of it in the mail."""
    found = PartResult.objects.select_related("enrolment__user", "part").get(pk=result)
    path = reverse("defence_book" if found.defence_id else "portfolio", args=[found.enrolment.uuid, found.part.key])
    with override(settings.LANGUAGE_CODE):
        subject = _("A result is ready to be read")
        lines = [
            _("The result of “%(title)s” has been released.") % {"title": found.part.title},
            settings.BASE_URL + path,
        ]
    send(subject, lines, to=found.enrolment.user.email, key=f"part-result-{found.uuid}")


@job("assessments.remind_of_defences", every=3600)
def remind(handle) -> None:
    """Every hour: who defends, or sits on a panel, within two days is reminded once for each slot."""
    at = now()
    soon = Defence.objects.filter(status="booked", slot__starts_at__gt=at, slot__starts_at__lte=at + AHEAD)
    for defence in soon.select_related("slot__day"):
        key = f"defence-remind:{defence.uuid}:{defence.slot.uuid}"
        enqueue("assessments.mail_defence", key=key, defence=defence.pk, action="remind")
    days = {defence.slot.day_id for defence in soon}
    for seat in PanelSeat.objects.filter(left_at=None, day__in=days, day__cancelled_at=None):
        enqueue("assessments.mail_seat", key=f"seat-remind:{seat.uuid}", seat=seat.pk, remind=True)
