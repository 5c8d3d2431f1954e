"""Turns news into tasks: an award becomes a certificate and a signing job; a status change signs the list again."""

from django.dispatch import receiver

from lms.lib.jobs import enqueue

from .models import Award, Certificate
from .signals import awarded, status_changed


@receiver(awarded, sender=Award)
def prepare_certificate(sender, award: Award, **kwargs) -> None:
    certificate = Certificate.prepare(award, at=award.awarded_at)
    award.enrolment.complete(by=award.confirmed_by, at=award.awarded_at)
    enqueue("certificates.issue", key=f"issue:{certificate.uuid}:1", certificate=certificate.pk)


@receiver(status_changed, sender=Certificate)
def sign_status_list_again(sender, certificate: Certificate, change, **kwargs) -> None:
    enqueue("certificates.sign_status_list", key=f"status:{change.pk}", status_list=certificate.status_list_id)
