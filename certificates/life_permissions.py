"""Who keeps, sees and decides on a certificate's life after issue: continuing education, leave, terms."""

from django.db.models import Q

from accounts.models import User
from training.permissions import bases_of_registrar

from .models import Certificate, CpdEntry, Renewal
from .permissions import user_is_officer, visible_certificates


def user_keeps_cpd(user: User, certificate: Certificate) -> bool:
    """Only the holder hands in continuing education, while the certificate is one that ends and may be renewed."""
    return user.pk == certificate.holder_id


def user_can_grant_leave(user: User, certificate: Certificate) -> bool:
    """A registrar of the base, or an officer, but nobody for themselves."""
    return user.pk != certificate.holder_id and visible_certificates(user).filter(pk=certificate.pk).exists()


def user_decides_cpd(user: User) -> bool:
    """Officers, and registrars for the holders of their base's certificates."""
    return user_is_officer(user) or bool(bases_of_registrar(user))


def entries_to_decide(user: User):
    """Entries of others: an officer's are all, a registrar's those of holders of certificates of the base."""
    others = CpdEntry.objects.exclude(holder=user)
    if user_is_officer(user):
        return others
    return others.filter(holder__certificates__organisation_id__in=bases_of_registrar(user)).distinct()


def visible_entries(user: User):
    """One's own, and those one decides on."""
    if not user_decides_cpd(user):
        return CpdEntry.objects.filter(holder=user)
    return CpdEntry.objects.filter(holder=user) | CpdEntry.objects.filter(pk__in=entries_to_decide(user).values("pk"))


def user_sets_validity(user: User) -> bool:
    """The authority's officers set how long certificates hold and what renewal asks for."""
    return user_is_officer(user)


def visible_renewals(user: User):
    """One's own, those of the registrar's bases, for officers all."""
    if user_is_officer(user):
        return Renewal.objects.all()
    return Renewal.objects.filter(
        Q(certificate__holder=user) | Q(certificate__organisation_id__in=bases_of_registrar(user))
    )


def user_can_propose_renewal(user: User, renewal: Renewal) -> bool:
    """A registrar of the base or an officer, not the holder, while nobody has proposed it."""
    return renewal.status == Renewal.Status.APPLIED and user_can_grant_leave(user, renewal.certificate)


def user_can_confirm_renewal(user: User, renewal: Renewal) -> bool:
    """An officer other than who proposed it, and not the holder."""
    others = (renewal.proposed_by_id, renewal.certificate.holder_id)
    return renewal.status == Renewal.Status.PROPOSED and user_is_officer(user) and user.pk not in others


def user_can_refuse_renewal(user: User, renewal: Renewal) -> bool:
    """An officer other than who proposed it, and not the holder, as long as it is open."""
    others = (renewal.proposed_by_id, renewal.certificate.holder_id)
    return renewal.is_open and user_is_officer(user) and user.pk not in others


def user_can_withdraw_renewal(user: User, renewal: Renewal) -> bool:
    return renewal.is_open and user.pk == renewal.certificate.holder_id
