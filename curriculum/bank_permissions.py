"""Who sees the case bank and what they may do there: each rule one sentence, and the lookup that answers 404.

A base sees its own cases, those that others share, and the national core; the authority sees what has reached it.
"""

from django.db.models import Exists, OuterRef, Q
from django.http import Http404

from accounts.models import Organisation, Role, User
from accounts.permissions import organisation_ids, user_has_role

from .models import (
    CaseEvent,
    CaseOrigin,
    CaseScenarioPage,
    CoreCollectionPage,
    CoreRelease,
    Demand,
    EditionItem,
    TrainingBasePage,
)
from .permissions import AUTHORITY_READERS

AT_BASE = (Role.AUTHOR, Role.BASE_REVIEWER, Role.REGISTRAR)


def bank_bases_of(user: User) -> set[int]:
    """The training bases for which the person uses the bank."""
    if not user.is_authenticated:
        return set()
    kinds = {m.organisation_id: m.organisation.kind for m in user.active_memberships}
    return {pk for pk in organisation_ids(user, *AT_BASE) if kinds[pk] == Organisation.Kind.BASE}


def user_reads_all_cases(user: User) -> bool:
    """Reviewers and officers of the authority see every case that was published once."""
    return user_has_role(user, *AUTHORITY_READERS)


def user_has_bank(user: User) -> bool:
    return bool(bank_bases_of(user)) or user_reads_all_cases(user)


def cases_of_bases(bases: set[int]):
    """The cases below the pages of these bases."""
    below = Q(pk__in=[])
    for path in TrainingBasePage.objects.filter(organisation__in=bases).values_list("path", flat=True):
        below |= Q(path__startswith=path)
    return CaseScenarioPage.objects.filter(below)


def shared_cases():
    """Cases that their base shares, whose firm has not said otherwise."""
    latest = CaseEvent.objects.latest_kind(CaseEvent.Kind.SHARED, CaseEvent.Kind.UNSHARED)
    refused = CaseOrigin.objects.filter(page=OuterRef("pk"), demand__isnull=False).exclude(
        demand__status=Demand.Status.TAKEN, demand__several=True
    )
    shared = CaseScenarioPage.objects.annotate(bank_share=latest).filter(bank_share=CaseEvent.Kind.SHARED)
    return shared.filter(~Exists(refused))


def may_use_demand(base: set[int], demand: Demand | None) -> bool:
    """Whether the firm allows one of these bases to use what was made of its demand."""
    if demand is None:
        return True
    if demand.status != Demand.Status.TAKEN or not demand.several:
        return False
    return demand.audience == Demand.Audience.ALL or demand.bases.filter(pk__in=base).exists()


def cases_visible_to(user: User):
    """Own, shared and national cases for a base; for the authority the national ones and what an edition holds."""
    national = Q(pk__in=CoreRelease.objects.filter(kind="case").values("page"))
    bases = bank_bases_of(user)
    wanted = national
    if bases:
        shared = shared_cases().filter(
            Q(origin__demand=None) | Q(origin__demand__audience=Demand.Audience.ALL) | Q(origin__demand__bases__in=bases)
        )
        wanted |= Q(pk__in=cases_of_bases(bases).values("pk")) | Q(pk__in=shared.values("pk"))
    if user_reads_all_cases(user):
        wanted |= Q(pk__in=EditionItem.objects.filter(kind="case").values("page"))
    return CaseScenarioPage.objects.filter(wanted)


def get_bank_case(user: User, pk: int) -> CaseScenarioPage:
    """Return a case of the bank with `of_base` (the base, None for the national core), or 404."""
    page = user_has_bank(user) and cases_visible_to(user).select_related("origin__demand").filter(pk=pk).first()
    if not page:
        raise Http404
    page.of_base = owner_of(page)
    return page


def owner_of(page: CaseScenarioPage) -> Organisation | None:
    """The base a case belongs to; None for the national core."""
    parent = TrainingBasePage.objects.select_related("organisation").filter(path=page.path[: -page.steplen]).first()
    return parent.organisation if parent else None


def is_national(page: CaseScenarioPage) -> bool:
    return CoreCollectionPage.objects.filter(path=page.path[: -page.steplen]).exists()


def user_can_share(user: User, page: CaseScenarioPage) -> bool:
    """An author of the base shares its own cases, and takes that back."""
    return page.of_base is not None and user_has_role(user, Role.AUTHOR, organisation=page.of_base)


def user_can_retire(user: User, page: CaseScenarioPage) -> bool:
    """Reviewers and registrars of the base retire its own cases, the authority's reviewers and officers national ones."""
    if page.of_base is None:
        return user_reads_all_cases(user)
    return user_has_role(user, Role.BASE_REVIEWER, Role.REGISTRAR, organisation=page.of_base)


def user_can_mark_leak(user: User, page: CaseScenarioPage) -> bool:
    """Whoever sees a case in the bank says that it has leaked."""
    return user_has_bank(user)


def user_can_clear_leak(user: User, leak: CaseEvent) -> bool:
    """The authority, or people of the base that marked it."""
    return user_reads_all_cases(user) or (leak.organisation_id is not None and leak.organisation_id in bank_bases_of(user))


def user_can_take(user: User, page: CaseScenarioPage) -> bool:
    """An author takes what another base shares, while it is neither retired nor its firm against it."""
    writes = organisation_ids(user, Role.AUTHOR) & bank_bases_of(user)
    if page.of_base is None or not writes or page.of_base.pk in writes or not shared_cases().filter(pk=page.pk).exists():
        return False
    origin = getattr(page, "origin", None)
    return may_use_demand(writes, origin.demand if origin else None)
