"""Turns what happens to a certificate after its award into mails to holders: it is ready, continuing education, renewal."""

from django.dispatch import receiver

from lms.lib.jobs import enqueue

from .models import Certificate, CpdDecision, Renewal
from .signals import certificates_prepared, cpd_decided, renewal_decided


@receiver(certificates_prepared, sender=Certificate)
def tell_of_first(sender, first: list[Certificate], **kwargs) -> None:
    """One job for those signed together. What follows another is told of by what made it follow."""
    if first:
        ids = [certificate.pk for certificate in first]
        enqueue("certificates.mail_ready", key=f"mail-ready:{ids[0]}", certificates=ids)


@receiver(cpd_decided, sender=CpdDecision)
def tell_of_entry(sender, decision: CpdDecision, **kwargs) -> None:
    """Not of what the holder withdrew themselves."""
    if decision.decided_by_id != decision.entry.holder_id:
        enqueue("certificates.mail_cpd", key=f"mail-cpd:{decision.pk}", decision=decision.pk)


@receiver(renewal_decided, sender=Renewal)
def tell_of_renewal(sender, renewal: Renewal, **kwargs) -> None:
    enqueue("certificates.mail_renewal", key=f"mail-renewal:{renewal.pk}", renewal=renewal.pk)
