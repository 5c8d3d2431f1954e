"""Who may open a base's document: those who work at the base, the authority, and whoever a higher app vouches for."""

from collections.abc import Callable

from accounts.models import Organisation, User
from accounts.models.organisations import BASE_ROLES
from accounts.permissions import user_has_role

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
    return (
        user.is_superuser
        or user_has_role(user, *BASE_ROLES, organisation=organisation)
        or any(m.organisation.kind == Organisation.Kind.AUTHORITY for m in user.active_memberships)
        or any(reader(user, organisation) for reader in _readers)
    )
