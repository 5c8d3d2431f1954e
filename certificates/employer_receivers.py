"""Turns news about employers into jobs: a list to answer, a question for a holder, a state that changed."""

from django.db import transaction
from django.dispatch import receiver
from django.utils.timezone import now

from lms.lib.jobs import enqueue

from .api.callers import forget
from .models import ApiKey, Certificate, CheckList, ConsentNews, EmployerConsent
from .signals import api_key_withdrawn, consent_asked, consent_told, list_received, status_changed


@receiver(api_key_withdrawn, sender=ApiKey)
def forget_key(sender, key: ApiKey, **kwargs) -> None:
    transaction.on_commit(lambda: forget(key))


@receiver(list_received, sender=CheckList)
def answer_list(sender, check_list: CheckList, **kwargs) -> None:
    enqueue("certificates.answer_list", key=f"check-list:{check_list.uuid}", check_list=check_list.pk)


@receiver(status_changed, sender=Certificate)
def note_news(sender, certificate: Certificate, change, **kwargs) -> None:
    """For employers whom the holder lets know."""
    ConsentNews.note(certificate, change.kind, happened_at=change.changed_at, at=now())


@receiver(consent_asked, sender=EmployerConsent)
def ask_holder(sender, consent: EmployerConsent, **kwargs) -> None:
    enqueue("certificates.mail_consent_asked", key=f"consent:{consent.uuid}", consent=consent.pk)


@receiver(consent_told, sender=ConsentNews)
def tell_employer(sender, news: ConsentNews, **kwargs) -> None:
    enqueue("certificates.mail_consent_news", key=f"consent-news:{news.pk}", news=news.pk)
