"""Mails and the clean-up around portfolios."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import override

from lms.lib.jobs import enqueue, job
from lms.lib.mail import send

from .models import DealEvent, Referee


@job("assessments.mail_referee")
def mail_referee(handle, referee: int, remind: bool = False) -> None:
    """Ask the referee by mail. The link is made here, so that no row holds it; the link of an earlier mail ends with it."""
    found = Referee.objects.select_related("deal__enrolment__user", "deal__enrolment__cohort__organisation").get(pk=referee)
    if found.expires_at <= now() or not found.email or (token := found.new_token()) is None:
        return
    with override(found.language):
        subject = _("Reminder: please confirm a deal") if remind else _("Please confirm a deal")
        person, base = found.deal.enrolment.user.full_name, found.deal.enrolment.cohort.organisation.display_name
        text = _("%(person)s, a trainee of %(base)s, named you as a referee for a deal. Please say whether it is as described.")
        lines = [
            found.name,
            text % {"person": person, "base": base},
            settings.BASE_URL + reverse("referee", args=[token]),
            _("The link works once, until %(day)s; links of earlier mails no longer do. You need no account.")
            % {"day": f"{localdate(found.expires_at):%Y-%m-%d}"},
        ]
    send(subject, lines, to=found.email, key=f"referee-{found.uuid}-{'remind' if remind else 'ask'}")


@job("assessments.mail_finding")
def mail_finding(handle, event: int) -> None:
    """Tell the trainee that the base looked at a deal; what it found stands on the page."""
    found = DealEvent.objects.select_related("deal__enrolment__user").get(pk=event)
    with override(settings.LANGUAGE_CODE):
        subject = _("A deal of your portfolio was checked")
        lines = [settings.BASE_URL + reverse("deal", args=[found.deal.uuid])]
    send(subject, lines, to=found.deal.enrolment.user.email, key=f"finding-{found.pk}")


@job("assessments.remind_referees", every=24 * 60 * 60)
def remind_referees(handle) -> None:
    """Every day: who has not answered after the days the plan sets is reminded, once."""
    at = now()
    waiting = Referee.objects.filter(status="asked", reminded_at=None, expires_at__gt=at).select_related("deal__part")
    for referee in waiting:
        if referee.asked_at + timedelta(days=referee.deal.part.portfolio.reminder_days) > at:
            continue
        if Referee.objects.filter(pk=referee.pk, reminded_at=None).update(reminded_at=at):
            enqueue("assessments.mail_referee", key=f"remind-referee:{referee.uuid}", referee=referee.pk, remind=True)


@job("assessments.erase_referees", every=24 * 60 * 60)
def erase_referees(handle) -> None:
    """Every day: the personal data of referees whose time is over is erased."""
    at = now()
    for referee in Referee.objects.filter(erased_at=None).select_related("deal__part", "deal__enrolment__cohort__organisation"):
        if (referee.answered_at or referee.asked_at) + timedelta(days=referee.deal.part.portfolio.keep_days) <= at:
            referee.erase(at=at)
