"""Turns news (signals) into tasks and keeps Wagtail's groups in step with organisations and memberships."""

from allauth.account.models import EmailAddress
from allauth.account.signals import password_reset
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from lms.lib.audit import log

from .groups import make_groups, sync_person
from .models import Membership, Organisation
from .signals import organisation_saved


@receiver(post_save, sender=Organisation)
def on_organisation_saved(sender, instance, raw=False, **kwargs) -> None:
    if raw:
        return
    make_groups(instance)
    organisation_saved.send(sender=Organisation, organisation=instance)


@receiver(post_save, sender=Membership)
@receiver(post_delete, sender=Membership)
def on_membership_changed(sender, instance, raw=False, **kwargs) -> None:
    if not raw:
        sync_person(instance.user)


@receiver(password_reset)
def on_password_reset(sender, user, **kwargs) -> None:
    """Whoever used a link sent to the one address of an account has shown that the address is theirs."""
    addresses = list(EmailAddress.objects.filter(user=user)[:2])
    if len(addresses) == 1 and addresses[0].email.lower() == user.email.lower() and not addresses[0].verified:
        addresses[0].set_verified()


@receiver(authenticator_added)
def on_authenticator_added(sender, user, authenticator, **kwargs) -> None:
    log(user, "accounts.second_factor.add", by=user, kind=authenticator.type)


@receiver(authenticator_removed)
def on_authenticator_removed(sender, user, authenticator, **kwargs) -> None:
    log(user, "accounts.second_factor.remove", by=user, kind=authenticator.type)
