"""What a visitor does."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import Page

from training.models import Cohort


def visitor(language="zh-hans"):
    client = Client()
    client.cookies["django_language"] = language
    return client


def drawn(pages, language="zh-hans"):
    """Return the names of the pages that are drawn anew when a visitor opens them all: those that are kept cost nothing."""
    found = set()
    for name, url in pages.items():
        with CaptureQueriesContext(connection) as queries:
            assert visitor(language).get(url).status_code == 200, url
        if len(queries):
            found.add(name)
    return found


def page(pages, name):
    slugs = [part for part in pages[name].split("/") if part]
    return Page.objects.get(url_path__endswith="/" + "/".join(slugs) + "/").specific


def cohort_of(pages, name):
    return Cohort.objects.get(edition__course=page(pages, name))


def publish(found, **changes):
    for name, value in changes.items():
        setattr(found, name, value)
    found.save_revision().publish()
