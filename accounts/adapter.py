"""How allauth meets this site: whose address it counts, and what the site is called in its mails."""

from types import SimpleNamespace

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from lms.lib.ratelimit import client_address
from lms.lib.site import SITE_NAME


class AccountAdapter(DefaultAccountAdapter):
    def get_client_ip(self, request: HttpRequest) -> str:
        """The client's address as our own limits see it: as many proxies are believed as the settings say."""
        return client_address(request) or "unknown"

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        """Send one of allauth's mails under the site's name (there is no django.contrib.sites here)."""
        site = SimpleNamespace(name=str(SITE_NAME), domain=settings.BASE_URL.split("://", 1)[-1])
        super().send_mail(template_prefix, email, {"current_site": site, **context})
