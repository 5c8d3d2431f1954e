"""Who may propose, decide, see and revoke."""

from accounts.models import Role, User
from accounts.permissions import user_has_role
from training.models import Enrolment
from training.permissions import bases_of_registrar

from .models import AuditFinding, AwardProposal, Certificate, ChangeRequest, NameChange, ResultNotice
from .models.shares import Shared


def user_can_propose_award(user: User, enrolment: Enrolment) -> bool:
    """A registrar of the base that runs the cohort may propose, but never themselves."""
    base = enrolment.cohort.organisation_id
    return user.pk != enrolment.user_id and user_has_role(user, Role.REGISTRAR, organisation=base)


def user_can_decide_award(user: User, proposal: AwardProposal) -> bool:
    """A certification officer of the authority may decide, unless they proposed it or are the trainee."""
    return user_has_role(user, Role.OFFICER) and user.pk not in (
        proposal.proposed_by_id,
        proposal.enrolment.user_id,
    )


def user_can_see_proposal(user: User, proposal: AwardProposal) -> bool:
    return user_has_role(user, Role.OFFICER) or user_has_role(
        user, Role.REGISTRAR, organisation=proposal.organisation_id
    )


def user_can_change_status(user: User, certificate: Certificate) -> bool:
    """A certification officer may suspend, reinstate and revoke, but not their own certificate."""
    return user_has_role(user, Role.OFFICER) and user.pk != certificate.holder_id


def user_can_decide_change(user: User, request: ChangeRequest) -> bool:
    """Another officer than who proposed it, and not the holder."""
    return (
        request.status == ChangeRequest.Status.PROPOSED
        and user_can_change_status(user, request.certificate)
        and user.pk != request.proposed_by_id
    )


def user_can_adopt_change(user: User, request: ChangeRequest) -> bool:
    """An officer proposes what a holder asked for."""
    return request.status == ChangeRequest.Status.ASKED and user_can_change_status(user, request.certificate)


def user_can_refuse_change(user: User, request: ChangeRequest) -> bool:
    return user_can_decide_change(user, request) or user_can_adopt_change(user, request)


def user_can_withdraw_change(user: User, request: ChangeRequest) -> bool:
    """Who proposed it, or the holder who asked."""
    return request.is_open and user.pk in (request.proposed_by_id, request.asked_by_id)


def visible_changes(user: User):
    """An officer sees all, a holder those they asked for."""
    if user_is_officer(user):
        return ChangeRequest.objects.all()
    return ChangeRequest.objects.filter(asked_by=user)


def user_sees_evidence(user: User, request: ChangeRequest) -> bool:
    """While it is open: officers who may decide, and the holder who brought it."""
    return bool(request.evidence_name) and (
        user.pk == request.asked_by_id or user_can_change_status(user, request.certificate)
    )


def user_can_rename(user: User, certificate: Certificate) -> bool:
    """The holder asks for a certificate with a new name while it stands."""
    return user.pk == certificate.holder_id and certificate.prepared_at is not None and certificate.state in ("", "reinstated")


def visible_name_changes(user: User):
    """An officer sees all, a holder their own."""
    return NameChange.objects.all() if user_is_officer(user) else NameChange.objects.filter(holder=user)


def user_sees_name_evidence(user: User, case: NameChange) -> bool:
    """While it is there: the holder who brought it, and officers, who decide."""
    return bool(case.evidence_name) and (user.pk == case.holder_id or user_is_officer(user))


def user_can_adopt_name_change(user: User, case: NameChange) -> bool:
    """An officer proposes what nobody has proposed yet; never their own."""
    return any(user_can_adopt_change(user, request) for request in case.of_each())


def user_can_confirm_name_change(user: User, case: NameChange) -> bool:
    """Another officer than who proposed them, while there are such."""
    return any(user_can_decide_change(user, request) for request in case.of_each())


def user_can_refuse_name_change(user: User, case: NameChange) -> bool:
    return any(user_can_refuse_change(user, request) for request in case.of_each())


def user_can_withdraw_name_change(user: User, case: NameChange) -> bool:
    """The holder who asked."""
    return case.is_open and user.pk == case.holder_id


def user_can_share(user: User, of: Shared) -> bool:
    """Only the holder decides who sees the full name. An old record that nobody claimed has none."""
    return user.pk == of.holder_id


def user_is_officer(user: User) -> bool:
    return user_has_role(user, Role.OFFICER)


def visible_certificates(user: User):
    """What this person sees in the register: an officer everything, a registrar the base's own."""
    if user_is_officer(user):
        return Certificate.objects.all()
    return Certificate.objects.filter(organisation_id__in=bases_of_registrar(user))


def visible_proposals(user: User):
    if user_is_officer(user):
        return AwardProposal.objects.all()
    return AwardProposal.objects.filter(organisation_id__in=bases_of_registrar(user))


def user_sees_register(user: User) -> bool:
    """Officers and registrars have the register and the certificates to look at."""
    return user_is_officer(user) or bool(bases_of_registrar(user))


def visible_notices(user: User):
    """The certificates to look at among those that the person sees in the register."""
    return ResultNotice.objects.filter(certificate__in=visible_certificates(user))


def user_can_look_at(user: User, notice: ResultNotice) -> bool:
    """Whoever sees it in the register, but not the holder."""
    return user.pk != notice.certificate.holder_id and visible_notices(user).filter(pk=notice.pk).exists()


def user_can_repair(user: User, finding: AuditFinding) -> bool:
    """An officer, but nobody what their own certificate is about."""
    certificate = finding.certificate
    return user_is_officer(user) and (certificate is None or certificate.holder_id != user.pk)
