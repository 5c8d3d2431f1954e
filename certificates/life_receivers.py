"""Turns decisions on continuing education and renewals into mails to holders."""

from django.dispatch import receiver

from lms.lib.jobs import enqueue

from .models import CpdDecision, Renewal
from .signals import cpd_decided, renewal_decided


@receiver(cpd_decided, sender=CpdDecision)
def tell_of_entry(sender, decision: CpdDecision, **kwargs) -> None:
    """Not of what the holder withdrew themselves."""
    if decision.decided_by_id != decision.entry.holder_id:
        enqueue("certificates.mail_cpd", key=f"mail-cpd:{decision.pk}", decision=decision.pk)


@receiver(renewal_decided, sender=Renewal)
def tell_of_renewal(sender, renewal: Renewal, **kwargs) -> None:
    enqueue("certificates.mail_renewal", key=f"mail-renewal:{renewal.pk}", renewal=renewal.pk)
