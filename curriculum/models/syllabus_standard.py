"""The standards that stand side by side: the national outline, a group's, a region's. Each has versions (`Syllabus`)."""

import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import zip_longest
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class SyllabusStandard(models.Model):
    """One standard through time: who issues it, where it applies. What it asks for stands in its versions.

    The national outline is the one standard of kind NATIONAL; a new document of the ministry is a new version of it.
    """

    class Kind(models.TextChoices):
        NATIONAL = "national", _("national outline")
        OCCUPATIONAL = "occupational", _("national occupational standard")
        GROUP = "group", _("group standard")
        REGIONAL = "regional", _("regional variant")
        OTHER = "other", pgettext_lazy("kind of standard", "other")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(_("short name in addresses"), max_length=60, unique=True)
    kind = models.CharField(pgettext_lazy("of a standard", "kind"), max_length=14, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=160)
    title_en = models.CharField(_("English title"), max_length=200, blank=True)
    issuer = models.CharField(_("issuer"), max_length=120)
    issuer_en = models.CharField(_("issuer in English"), max_length=160, blank=True)
    region = models.CharField(_("region"), max_length=60, blank=True, help_text=_("Of a regional variant: where it applies."))
    document_number = models.CharField(_("document number"), max_length=60, blank=True)
    source_url = models.URLField(_("source"), max_length=400, blank=True)
    source_note = models.TextField(_("what the source says"), blank=True)
    verified = models.BooleanField(_("verified against the official text"), default=False)

    class Meta:
        verbose_name = _("syllabus standard")
        verbose_name_plural = _("syllabus standards")
        ordering = ["slug"]
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=Q(kind="national"), name="one_national_standard"),
            models.CheckConstraint(condition=~Q(kind="regional") | ~Q(region=""), name="regional_standard_has_region"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{reverse('syllabus_list')}#{self.slug}"

    @classmethod
    def found_for(cls, version: models.Model) -> "SyllabusStandard":
        """Return a standard of kind OTHER for a version that names none, with the version's own words."""
        same = ("slug", "title", "title_en", "issuer", "issuer_en", "document_number", "source_url", "source_note", "verified")
        return cls.objects.create(kind=cls.Kind.OTHER, **{name: getattr(version, name) for name in same})

    @staticmethod
    def links(versions: list) -> Iterator[tuple[Any, date | None, Any]]:
        """Yield (version, until, superseded by) for versions of one standard in the order of their first days.

        Each is in force until the day before the next one; one that had ended of itself before that keeps its end. The
        last one is open, unless it ended of itself. `superseded_by` is read to tell the two: select it along.
        """
        for version, following in zip_longest(versions, versions[1:]):
            until, old = version.in_force_until, version.superseded_by
            if old is not None and until == old.in_force_from - timedelta(days=1):
                until = None  # it ended because of its successor, who may be another one now
            if following is not None:
                eve = following.in_force_from - timedelta(days=1)
                until = eve if until is None else min(until, eve)
            yield version, until, following
