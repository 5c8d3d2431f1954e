"""Misconfiguration speaks at start-up."""

import os
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host


@register(Tags.security)
def production_is_meant(app_configs, **kwargs) -> list[CheckMessage]:
    """An https address means production: it needs its own secret, and no sample people with printed passwords."""
    found: list[CheckMessage] = []
    if settings.VC_TEST_API and not _is_for_this_machine():
        text = "LMS_VC_TEST_API lets anybody have credentials signed: it needs a plain http address of this machine."
        found.append(Error(text, id="lms.E005"))
    if not 24 <= settings.STATUS_LIST_HOURS <= 72:
        text = "LMS_STATUS_LIST_HOURS is 24 to 72: shorter lists run out over a stopped night, longer ones say valid too long."
        found.append(Error(text, id="lms.E006"))
    if not settings.HTTPS:
        return found
    if not os.environ.get("LMS_SECRET_KEY"):
        found.append(Error("Set LMS_SECRET_KEY: LMS_BASE_URL is an https address.", id="lms.E001"))
    if settings.SAMPLE_SITE:
        found.append(Error("LMS_SAMPLE_SITE puts people with known passwords on a public site.", id="lms.E002"))
    if settings.DEBUG:
        found.append(Error("LMS_DEBUG is on although LMS_BASE_URL is an https address.", id="lms.E003"))
    host = urlsplit(settings.BASE_URL).hostname or ""
    if not validate_host(host, settings.ALLOWED_HOSTS):
        found.append(Error(f"Add {host} to LMS_ALLOWED_HOSTS: it is the host of LMS_BASE_URL.", id="lms.E004"))
    if not settings.KEY_PASSPHRASE:
        found.append(Warning("Set LMS_KEY_PASSPHRASE: signing keys lie unencrypted on disk.", id="lms.W001"))
    if not settings.ANTIVIRUS:
        found.append(Warning("Set LMS_ANTIVIRUS: uploaded files are not scanned for viruses.", id="lms.W003"))
    if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        found.append(Warning("Set LMS_EMAIL_URL: mail is only written to files.", id="lms.W002"))
    return found


def _is_for_this_machine() -> bool:
    """A plain http address of the loopback, the embedded database, and no host that others could ask for."""
    here = {"localhost", "127.0.0.1", "::1"}
    hosts = {host.strip("[]") for host in settings.ALLOWED_HOSTS} - {"testserver"}
    host = urlsplit(settings.BASE_URL).hostname
    return not settings.HTTPS and host in here and hosts <= here and not settings.DATABASE_URL


def refuse_to_start() -> None:
    """The same for processes that no `manage.py` command starts (gunicorn, celery). Raises with one line per error."""
    errors = [f"{error.msg} ({error.id})" for error in production_is_meant(None) if error.is_serious()]
    if errors:
        raise ImproperlyConfigured("\n".join(errors))
