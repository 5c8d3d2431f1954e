"""Turns news (signals) into page-tree rights."""

from django.dispatch import receiver

from accounts.models import Organisation
from accounts.signals import organisation_saved

from .models import HomePage
from .walls import ensure_base_site


@receiver(organisation_saved)
def on_organisation_saved(sender, organisation, **kwargs) -> None:
    """Give a new base its page, its files' collection and the rights of its groups; before the site exists, nothing."""
    if organisation.kind == Organisation.Kind.BASE and HomePage.objects.exists():
        ensure_base_site(organisation)
