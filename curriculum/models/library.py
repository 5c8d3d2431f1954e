"""What statutes and terms of the library have in common: an owner, a version that counts changes, a snapshot for pages.

A page takes the library's present text when it is saved; its revision keeps that text (`snapshot()` stands in the
block). So whatever happens to an entry later, no revision and no edition changes.
"""

import uuid
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from wagtail.models import RevisionMixin

from accounts.models import Organisation, User
from accounts.permissions import organisation_ids
from lms.lib.hashing import content_hash

LIBRARY_ROLES = ("author", "base_reviewer", "reviewer")


def own_organisations(user: User) -> set[int]:
    """Ids of the organisations for whose library the person works: their bases, the authority for its reviewers."""
    return organisation_ids(user, *LIBRARY_ROLES)


class LibraryQuerySet(models.QuerySet):
    def national(self):
        """Entries of the authority: every base reads them."""
        return self.filter(organisation__kind=Organisation.Kind.AUTHORITY)

    def readable_by(self, user: User):
        """National entries and those of the person's own bases; everything for the operator."""
        if user.is_superuser:
            return self
        return self.filter(Q(organisation__kind=Organisation.Kind.AUTHORITY) | Q(organisation__in=own_organisations(user)))

    def readable_at(self, organisation: Organisation):
        """What a page of this base may use."""
        return self.filter(Q(organisation__kind=Organisation.Kind.AUTHORITY) | Q(organisation=organisation))

    def owned_by(self, user: User):
        return self if user.is_superuser else self.filter(organisation__in=own_organisations(user))


class LibraryEntry(RevisionMixin, models.Model):
    """Abstract. `SAID` names the fields that a page shows: a change of one of them is a new version."""

    SAID: tuple[str, ...] = ()

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner"),
        help_text=_("Entries of the authority are read by all bases; those of a base by that base only."),
    )  # fmt: skip
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    content_hash = models.CharField(max_length=80, editable=False)

    objects = LibraryQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def is_national(self) -> bool:
        return self.organisation.kind == Organisation.Kind.AUTHORITY

    def said(self) -> dict[str, Any]:
        """What a page shows of this entry, as JSON."""
        values = {name: getattr(self, name) for name in self.SAID}
        return {name: v.isoformat() if isinstance(v, date) else v for name, v in values.items()}

    def snapshot(self) -> dict[str, Any]:
        """Return what a block keeps: this entry at its present version."""
        return {"id": str(self.uuid), "version": self.version} | self.said()

    def save(self, *args, **kwargs) -> None:
        """Count a new version when what pages show has changed."""
        fingerprint = content_hash(self.said())
        if fingerprint != self.content_hash:
            self.version += 1
            self.content_hash = fingerprint
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "version", "content_hash"}
        super().save(*args, **kwargs)
