"""Turns news of the public register into mails."""

from django.dispatch import receiver

from lms.lib.jobs import enqueue

from .models import ContactRequest
from .signals import contact_answered, contact_asked


@receiver(contact_asked, sender=ContactRequest)
def mail_the_holder(sender, request: ContactRequest, **kwargs) -> None:
    enqueue("certificates.mail_contact_asked", key=f"contact:{request.uuid}", request=request.pk)


@receiver(contact_answered, sender=ContactRequest)
def mail_who_asked(sender, request: ContactRequest, **kwargs) -> None:
    enqueue("certificates.mail_contact_answered", key=f"contact-answer:{request.uuid}", request=request.pk)
