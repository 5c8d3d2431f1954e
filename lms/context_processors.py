"""What every page knows. No database queries here: these values are drawn on every page."""

from django.conf import settings
from django.http import HttpRequest

from lms.lib.site import SITE_NAME, SITE_SHORT


def site(request: HttpRequest) -> dict:
    """Return the site's name, its public address, and whether this is the sample site."""
    return {
        "site_name": SITE_NAME,
        "site_short": SITE_SHORT,
        "base_url": settings.BASE_URL,
        "sample_site": settings.SAMPLE_SITE,
    }
