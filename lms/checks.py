"""Misconfiguration speaks at start-up."""

import os

from django.conf import settings
from django.core.checks import Error, Tags, register


@register(Tags.security)
def production_is_meant(app_configs, **kwargs) -> list:
    """An https address means production: it needs its own secret, and no sample people with printed passwords."""
    if not settings.HTTPS:
        return []
    found = []
    if not os.environ.get("LMS_SECRET_KEY"):
        found.append(Error("Set LMS_SECRET_KEY: LMS_BASE_URL is an https address.", id="lms.E001"))
    if settings.SAMPLE_SITE:
        found.append(Error("LMS_SAMPLE_SITE puts people with known passwords on a public site.", id="lms.E002"))
    if settings.DEBUG:
        found.append(Error("LMS_DEBUG is on although LMS_BASE_URL is an https address.", id="lms.E003"))
    return found
