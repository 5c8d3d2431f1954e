"""Who may read, take up and answer demands of enterprises: each rule one sentence, and the lookups that answer 404.

A firm's people see their firm's demands. A base sees what is offered to it and what it has taken up, never who else
asked what.
"""

from uuid import UUID

from django.http import Http404

from accounts.models import Organisation, Role, User
from accounts.permissions import organisation_ids, user_has_role

from .models import CaseApproval, CaseOrigin, Demand, DemandClaim

AT_BASE = (Role.AUTHOR, Role.REGISTRAR)


def firms_of(user: User) -> set[int]:
    """The employers for which the person acts."""
    kinds = {m.organisation_id: m.organisation.kind for m in user.active_memberships} if user.is_authenticated else {}
    return {pk for pk in organisation_ids(user, Role.EMPLOYER) if kinds[pk] == Organisation.Kind.EMPLOYER}


def bases_of(user: User) -> set[int]:
    """The training bases for which the person takes demands up: as author or registrar."""
    kinds = {m.organisation_id: m.organisation.kind for m in user.active_memberships} if user.is_authenticated else {}
    return {pk for pk in organisation_ids(user, *AT_BASE) if kinds[pk] == Organisation.Kind.BASE}


def user_has_demands(user: User) -> bool:
    """People of an employer write demands."""
    return bool(firms_of(user))


def user_has_demand_inbox(user: User) -> bool:
    """Authors and registrars of a base read what enterprises offer."""
    return bool(bases_of(user))


def user_can_make_case(user: User, base: Organisation | int) -> bool:
    """An author of the base makes a case of a demand that the base has taken up."""
    return user_has_role(user, Role.AUTHOR, organisation=base)


def own_demands(user: User):
    """The demands of the firms for which the person acts."""
    return Demand.objects.filter(organisation__in=firms_of(user))


def demands_for_bases(user: User):
    """What is offered to the person's bases, and what they have taken up; to accredited bases only."""
    bases = bases_of(user)
    open_to = set(Organisation.objects.accredited().filter(pk__in=bases).values_list("pk", flat=True)) if bases else set()
    return (Demand.objects.offered_to(open_to) | Demand.objects.taken_by(bases)).distinct()


def get_own_demand(user: User, uuid: UUID) -> Demand:
    """Return a demand of the person's firm, or 404."""
    return _one(own_demands(user).select_related("organisation", "created_by").filter(uuid=uuid))


def get_offered_demand(user: User, uuid: UUID) -> tuple[Demand, Organisation, DemandClaim | None]:
    """Return a demand that a base of the person's may read, that base, and its claim if it has one; or 404.

    Who works for two bases acts for the one that has taken it up, else for the first that may.
    """
    demand = _one(demands_for_bases(user).select_related("organisation").filter(uuid=uuid))
    bases = bases_of(user)
    claim = demand.claims.active().filter(organisation__in=bases).select_related("organisation", "taken_by").first()
    if claim:
        return demand, claim.organisation, claim
    for base in Organisation.objects.accredited().filter(pk__in=bases).order_by("pk"):
        if Demand.objects.offered_to({base.pk}).filter(pk=demand.pk).exists():
            return demand, base, None
    raise Http404


def user_reads_demand_files(user: User, demand: Demand) -> bool:
    """The firm, and bases that may read the demand."""
    return demand.organisation_id in firms_of(user) or demands_for_bases(user).filter(pk=demand.pk).exists()


def get_own_approval(user: User, uuid: UUID) -> CaseApproval:
    """Return a state of a case that the person's firm was asked about, or 404."""
    rows = CaseApproval.objects.select_related("origin__demand", "origin__organisation", "origin__page", "revision")
    return _one(rows.filter(uuid=uuid, origin__demand__organisation__in=firms_of(user)))


def get_made_case(user: User, uuid: UUID) -> CaseOrigin:
    """Return a case that the person's base made of a demand, for its authors and registrars, or 404."""
    rows = CaseOrigin.objects.select_related("demand__organisation", "organisation", "page__latest_revision")
    return _one(rows.filter(uuid=uuid, demand__isnull=False, organisation__in=bases_of(user)))


def _one(rows):
    found = rows.first()
    if found is None:
        raise Http404
    return found
