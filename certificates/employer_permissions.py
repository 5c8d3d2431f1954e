"""Who may act for an employer, and who sets the terms for employers."""

from accounts.models import Organisation, Role, User
from accounts.permissions import user_has_role


def employers_of(user: User) -> list[Organisation]:
    """The employers in whose name this person may verify."""
    return [m.organisation for m in user.active_memberships if m.role == Role.EMPLOYER]


def user_acts_for_employer(user: User, organisation: Organisation) -> bool:
    """Verifiers of an employer use its desk: lists, keys, consents. Nobody else does, not even the authority."""
    return user_has_role(user, Role.EMPLOYER, organisation=organisation)


def user_sets_employer_terms(user: User) -> bool:
    return user_has_role(user, Role.OFFICER)
