"""Who may do what with portfolios: each rule one sentence, and the look-ups that answer 404."""

from uuid import UUID

from django.http import Http404

from accounts.models import Role, User
from accounts.permissions import organisation_ids, user_has_role
from training.models import Enrolment

from .models import Deal, Part
from .permissions import get_practising_enrolment


def get_own_portfolio(user: User, uuid: UUID, key: str) -> tuple[Enrolment, Part]:
    """Return the person's own enrolment and the portfolio part of its plan, or 404."""
    enrolment = get_practising_enrolment(user, uuid)
    part = Part.objects.select_related("plan").filter(
        plan__edition=enrolment.cohort.edition_id, key=key, kind=Part.Kind.PORTFOLIO
    ).first()  # fmt: skip
    if part is None or not part.is_portfolio:
        raise Http404
    return enrolment, part


def get_own_deal(user: User, uuid: UUID) -> Deal:
    """Return a deal of the person's own, or 404."""
    found = Deal.objects.with_everything().select_related("part__plan", "enrolment__cohort__edition").filter(enrolment__user=user)
    deal = found.exclude(enrolment__status=Enrolment.Status.WITHDRAWN).filter(uuid=uuid).first()
    if deal is None:
        raise Http404
    return deal


def user_verifies_deals(user: User) -> bool:
    """Registrars and moderators check the evidence of their bases' trainees."""
    return user_has_role(user, Role.REGISTRAR, Role.MODERATOR)


def deals_to_check(user: User):
    """The deals of the bases where the person verifies, never their own nor those of a cohort they teach."""
    found = Deal.objects.filter(enrolment__cohort__organisation__in=organisation_ids(user, Role.REGISTRAR, Role.MODERATOR))
    return found.exclude(enrolment__user=user).exclude(enrolment__cohort__instructors=user)


def get_deal_to_check(user: User, uuid: UUID) -> Deal:
    """Return a deal of the verifier's bases, or 404."""
    deal = deals_to_check(user).with_everything().filter(uuid=uuid).first()
    if deal is None:
        raise Http404
    return deal


def get_portfolio_to_conclude(user: User, uuid: UUID, key: str) -> tuple[Enrolment, Part]:
    """Return a trainee of the verifier's bases with the portfolio part of the plan, or 404."""
    bases = organisation_ids(user, Role.REGISTRAR, Role.MODERATOR)
    found = Enrolment.objects.with_course().filter(cohort__organisation__in=bases, uuid=uuid).exclude(user=user)
    enrolment = found.exclude(cohort__instructors=user).first()
    if enrolment is None:
        raise Http404
    part = Part.objects.filter(plan__edition=enrolment.cohort.edition_id, key=key, kind=Part.Kind.PORTFOLIO).first()
    if part is None or not part.is_portfolio:
        raise Http404
    return enrolment, part


def user_concludes(user: User, enrolment: Enrolment) -> bool:
    """A registrar of the base records the outcome; moderators check evidence only."""
    return user_has_role(user, Role.REGISTRAR, organisation=enrolment.cohort.organisation_id)
