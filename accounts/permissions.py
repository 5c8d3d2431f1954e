"""Who may act for whom. Higher apps ask these two questions and add their own on top."""

from .models import Membership, Organisation, Role, User


def user_has_role(user: User, *roles: Role, organisation: Organisation | int | None = None) -> bool:
    """Say whether the person holds one of the roles today, at that organisation when one is given."""
    if not user.is_authenticated or not user.is_active:
        return False
    wanted = organisation.pk if isinstance(organisation, Organisation) else organisation
    return any(m.role in roles and (wanted is None or m.organisation_id == wanted) for m in user.active_memberships)


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


def user_can_see_organisations(user: User) -> bool:
    """The list of all organisations is for certification officers of the authority."""
    return user_has_role(user, Role.OFFICER)


def user_can_edit_organisation(user: User) -> bool:
    """Only the authority accredits: officers make and change organisations."""
    return user_has_role(user, Role.OFFICER)


def user_can_manage_members(user: User, organisation: Organisation) -> bool:
    """An officer manages the people of any organisation, a registrar those of their own base."""
    return user_has_role(user, Role.OFFICER) or user_has_role(user, Role.REGISTRAR, organisation=organisation)


def user_can_end_membership(user: User, membership: Membership) -> bool:
    """As managing members; but nobody ends a role of their own."""
    return membership.user_id != user.pk and user_can_manage_members(user, membership.organisation)


def audit_scope(user: User) -> set[int] | None:
    """Return the ids of the organisations whose log the person may read: None = everything, empty = nothing."""
    if user_has_role(user, Role.OFFICER):
        return None
    return organisation_ids(user, Role.REGISTRAR)
