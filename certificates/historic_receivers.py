"""Turns news of imported records into tasks."""

from django.dispatch import receiver

from lms.lib.jobs import enqueue

from .models import HistoricClaim, HistoricImport
from .signals import claim_decided, import_asked, import_confirmed


@receiver(import_asked, sender=HistoricImport)
def read_import(sender, batch: HistoricImport, **kwargs) -> None:
    enqueue("certificates.check_historic", key=batch.job_key, batch=batch.pk)


@receiver(import_confirmed, sender=HistoricImport)
def take_over(sender, batch: HistoricImport, **kwargs) -> None:
    enqueue("certificates.import_historic", key=batch.job_key, batch=batch.pk)


@receiver(claim_decided, sender=HistoricClaim)
def tell_claimant(sender, claim: HistoricClaim, **kwargs) -> None:
    if claim.decided_by_id:
        enqueue("certificates.mail_claim", key=f"mail-claim:{claim.pk}", claim=claim.pk)
