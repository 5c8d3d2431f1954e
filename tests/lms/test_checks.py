"""Misconfiguration speaks at start-up."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from lms.checks import production_is_meant, refuse_to_start


@pytest.fixture
def production(settings, monkeypatch):
    """A production that is set up well."""
    monkeypatch.setenv("LMS_SECRET_KEY", "x" * 50)
    settings.HTTPS = True
    settings.BASE_URL = "https://lms.example"
    settings.ALLOWED_HOSTS = ["lms.example"]
    settings.SAMPLE_SITE = settings.DEBUG = False
    settings.ANTIVIRUS = "clamd://scanner:3310"
    settings.KEY_PASSPHRASE = "a passphrase"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    return settings


def found() -> set[str]:
    return {message.id for message in production_is_meant(None)}


def test_it_works(production):
    assert found() == set()
    refuse_to_start()


def test_the_embedded_default_has_nothing_to_fear(settings):
    settings.SAMPLE_SITE = True
    assert found() == set()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("STATUS_LIST_HOURS", 23, "lms.E006"),
        ("STATUS_LIST_HOURS", 73, "lms.E006"),
        ("SAMPLE_SITE", True, "lms.E002"),
        ("DEBUG", True, "lms.E003"),
        ("ALLOWED_HOSTS", ["localhost"], "lms.E004"),
        ("KEY_PASSPHRASE", "", "lms.W001"),
        ("ANTIVIRUS", "", "lms.W003"),
        ("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend", "lms.W002"),
    ],
)
def test_each_mistake_is_named(production, name, value, message):
    setattr(production, name, value)
    assert found() == {message}


def test_web_and_worker_refuse_errors_and_live_with_warnings(production, monkeypatch):
    production.KEY_PASSPHRASE = ""
    refuse_to_start()
    monkeypatch.delenv("LMS_SECRET_KEY")
    with pytest.raises(ImproperlyConfigured, match="LMS_SECRET_KEY"):
        refuse_to_start()
