"""Who may act for whom. Higher apps ask these two questions and add their own on top."""

from .models import Organisation, Role, User


def user_has_role(user: User, *roles: Role, organisation: Organisation | int | None = None) -> bool:
    """Say whether the person holds one of the roles today, at that organisation when one is given."""
    if not user.is_authenticated or not user.is_active:
        return False
    wanted = organisation.pk if isinstance(organisation, Organisation) else organisation
    return any(
        m.role in roles and (wanted is None or m.organisation_id == wanted) for m in user.active_memberships
    )


def organisation_ids(user: User, *roles: Role) -> set[int]:
    """Return the ids of the organisations for which the person holds one of the roles today."""
    if not user.is_authenticated or not user.is_active:
        return set()
    return {m.organisation_id for m in user.active_memberships if m.role in roles}


def roles_of(user: User) -> set[Role]:
    """Return every role the person holds today, anywhere."""
    if not user.is_authenticated:
        return set()
    return {Role(m.role) for m in user.active_memberships}
