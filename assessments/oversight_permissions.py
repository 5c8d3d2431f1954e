"""Who may do what with declared conflicts and with samples of marked work: what bases and the authority see of each other."""

from uuid import UUID

from django.http import Http404

from accounts.models import Membership, Organisation, Role, User
from accounts.permissions import organisation_ids, user_has_role

from .models import Conflict, SampledScript


def user_sets_appeal_terms(user: User) -> bool:
    """Officers of the authority set the terms of appeals."""
    return user_has_role(user, Role.OFFICER)


def user_sets_sample_rule(user: User) -> bool:
    """Officers of the authority say how large samples are."""
    return user_has_role(user, Role.OFFICER)


def user_draws_samples(user: User) -> bool:
    """Officers from every base, moderators from their own."""
    return user_has_role(user, Role.OFFICER, Role.MODERATOR)


def sampled_bases(user: User):
    """The bases from whose work the person draws."""
    bases = Organisation.objects.bases()
    return bases if user_has_role(user, Role.OFFICER) else bases.filter(pk__in=organisation_ids(user, Role.MODERATOR))


def user_sees_samples(user: User) -> bool:
    """Officers every sampled script, moderators and registrars those of their base."""
    return user_has_role(user, Role.OFFICER, Role.MODERATOR, Role.REGISTRAR)


def samples_of(user: User):
    """The sampled scripts the person reads about; never of their own work."""
    found = SampledScript.objects.all()
    if not user_has_role(user, Role.OFFICER):
        bases = organisation_ids(user, Role.MODERATOR, Role.REGISTRAR)
        found = found.filter(submission__enrolment__cohort__organisation__in=bases)
    found = found.exclude(submission__enrolment__user=user)
    return found.exclude(submission__companions__enrolment__user=user)


def get_sampled(user: User, uuid: UUID) -> SampledScript:
    """Return a sampled script the person reads about, or 404."""
    found = samples_of(user).select_related(
        "draw__drawn_by", "submission__enrolment__cohort__organisation", "submission__assignment__item",
        "submission__assignment__part", "decided_by", "answered_by", "regrade",
    )  # fmt: skip
    sampled = found.filter(uuid=uuid).first()
    if sampled is None:
        raise Http404
    return sampled


def user_answers_finding(user: User, sampled: SampledScript) -> bool:
    """A registrar or moderator of the base says what follows from a finding."""
    base = sampled.submission.enrolment.cohort.organisation_id
    return user_has_role(user, Role.REGISTRAR, Role.MODERATOR, organisation=base)


def user_declares_conflicts(user: User) -> bool:
    """Whoever judges work says whose they can't."""
    return user_has_role(user, Role.ASSESSOR, Role.MODERATOR)


def user_sees_conflicts(user: User) -> bool:
    """Registrars for the people of their base, officers for everybody."""
    return user_has_role(user, Role.REGISTRAR, Role.OFFICER)


def conflicts_of(user: User):
    """The declarations the person reads: an officer every one, a registrar those of whoever judges for their base."""
    if user_has_role(user, Role.OFFICER):
        return Conflict.objects.all()
    judges = Membership.objects.filter(
        organisation__in=organisation_ids(user, Role.REGISTRAR), role__in=[Role.ASSESSOR, Role.MODERATOR]
    )
    return Conflict.objects.filter(declared_by__in=judges.values("user"))
