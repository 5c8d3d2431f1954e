"""Who may design certificates: a base's registrars for the base, certification officers for the authority and every base."""

from accounts.models import Organisation, User
from training.permissions import bases_of_registrar

from .models import CertificateDesign
from .permissions import user_is_officer, user_sees_register


def user_sees_designs(user: User) -> bool:
    return user_sees_register(user)


def issuers_of(user: User):
    """Whose designs this person works on."""
    issuers = Organisation.objects.exclude(kind=Organisation.Kind.EMPLOYER).order_by("kind", "name")
    return issuers if user_is_officer(user) else issuers.filter(pk__in=bases_of_registrar(user))


def visible_designs(user: User):
    return CertificateDesign.objects.filter(organisation__in=issuers_of(user))


def user_can_change_design(user: User, design: CertificateDesign) -> bool:
    return design.is_draft and issuers_of(user).filter(pk=design.organisation_id).exists()


def user_can_use_design(user: User, design: CertificateDesign) -> bool:
    """A second person: whoever changed it last may not."""
    return user.pk != design.drafted_by_id and user_can_change_design(user, design)
