"""Turns news of imported records and of recognitions into tasks."""

from django.dispatch import receiver

from lms.lib.jobs import enqueue

from .models import HistoricClaim, HistoricImport, Recognition
from .signals import claim_decided, import_asked, import_confirmed, recognition_decided


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


@receiver(recognition_decided, sender=Recognition)
def tell_applicant(sender, recognition: Recognition, **kwargs) -> None:
    if recognition.decided_by_id:
        key = f"mail-recognition:{recognition.pk}:{recognition.status}"
        enqueue("certificates.mail_recognition", key=key, recognition=recognition.pk)
