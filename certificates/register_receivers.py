"""Turns news of the public register into mails."""

from datetime import datetime

from django.dispatch import receiver

from lms.lib.jobs import enqueue

from .models import ContactRequest, RegisterEntry, RegisterReport
from .signals import contact_answered, contact_asked, entry_moved, register_report_answered


@receiver(contact_asked, sender=ContactRequest)
def mail_the_holder(sender, request: ContactRequest, **kwargs) -> None:
    enqueue("certificates.mail_contact_asked", key=f"contact:{request.uuid}", request=request.pk)


@receiver(contact_answered, sender=ContactRequest)
def mail_who_asked(sender, request: ContactRequest, **kwargs) -> None:
    enqueue("certificates.mail_contact_answered", key=f"contact-answer:{request.uuid}", request=request.pk)


@receiver(register_report_answered, sender=RegisterReport)
def mail_who_reported(sender, report: RegisterReport, **kwargs) -> None:
    if report.said["email"]:
        enqueue("certificates.mail_report_answered", key=f"register-report:{report.uuid}", report=report.pk)


@receiver(entry_moved, sender=RegisterEntry)
def mail_holder_of_entry(sender, entry: RegisterEntry, at: datetime, **kwargs) -> None:
    enqueue("certificates.mail_entry_moved", key=f"register-entry:{entry.uuid}:{at.timestamp()}", entry=entry.pk)
