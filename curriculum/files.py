"""Who may open a base's document: those who work at the base, the authority, and whoever a higher app vouches for.

Files of the national core: see `_may_read_core_file`.
"""

from collections.abc import Callable

from accounts.models import Organisation, User
from accounts.models.organisations import BASE_ROLES
from accounts.permissions import user_has_role

from .core_permissions import works_at_accredited_base
from .models import CoreRelease

Reader = Callable[[User, Organisation], bool]
_readers: list[Reader] = []


def register_reader(reader: Reader) -> Reader:
    """Add a rule that says whether the person may open files of the base; twice is harmless. Usable as a decorator."""
    if reader not in _readers:
        _readers.append(reader)
    return reader


def user_can_open_document(user: User, document) -> bool:
    """Documents outside the bases' collections are public."""
    name = document.collection.name
    if not name.startswith("org:"):
        return True
    if not user.is_authenticated:
        return False
    organisation = Organisation.objects.filter(slug=name.removeprefix("org:")).first()
    if organisation is None:
        return user.is_superuser
    if organisation.kind == Organisation.Kind.AUTHORITY and _may_read_core_file(user, document.pk):
        return True
    return (
        user.is_superuser
        or user_has_role(user, *BASE_ROLES, organisation=organisation)
        or any(m.organisation.kind == Organisation.Kind.AUTHORITY for m in user.active_memberships)
        or any(reader(user, organisation) for reader in _readers)
    )


def _may_read_core_file(user: User, document_id: int) -> bool:
    """A file of a released core page is for every accredited base, and for whoever studies an edition that includes it."""
    showing = CoreRelease.objects.exclude(documents=[]).values_list("pk", "documents")
    releases = [pk for pk, documents in showing if document_id in documents]
    if not releases:
        return False
    if works_at_accredited_base(user):
        return True
    bases = Organisation.objects.filter(editions__items__core_release__in=releases).distinct()
    return any(reader(user, base) for base in bases for reader in _readers)
