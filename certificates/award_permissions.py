"""Who may draft and approve award rules, and who may propose and decide many awards at once."""

from accounts.models import Role, User
from accounts.permissions import user_has_role
from training.permissions import bases_of_registrar

from .models import AwardBatch, AwardRule
from .permissions import user_is_officer


def user_sees_rules(user: User) -> bool:
    """Award rules are made by certification officers of the authority."""
    return user_is_officer(user)


def user_can_change_rule(user: User, rule: AwardRule) -> bool:
    """Any officer may work on a draft; whoever changed it last can't approve it."""
    return user_is_officer(user) and rule.is_draft


def user_can_approve_rule(user: User, rule: AwardRule) -> bool:
    return user_can_change_rule(user, rule) and user.pk != rule.drafted_by_id


def user_can_call_off_rule(user: User, rule: AwardRule) -> bool:
    """Another officer than who drafted it, its approver or a third one, as long as its date has not come."""
    return user_is_officer(user) and rule.status == AwardRule.Status.SCHEDULED and user.pk != rule.drafted_by_id


def visible_batches(user: User):
    """An officer sees every list, a registrar those of the own base."""
    if user_is_officer(user):
        return AwardBatch.objects.all()
    return AwardBatch.objects.filter(organisation_id__in=bases_of_registrar(user))


def user_sees_batches(user: User) -> bool:
    return user_is_officer(user) or bool(bases_of_registrar(user))


def user_can_decide_batch(user: User, batch: AwardBatch) -> bool:
    """An officer who did not propose the list and is not on it."""
    if not user_is_officer(user) or user.pk == batch.proposed_by_id:
        return False
    return not batch.rows.filter(enrolment__user=user).exists()


def user_can_withdraw_batch(user: User, batch: AwardBatch) -> bool:
    """A registrar of the base. That nobody has decided yet is asked by the step itself."""
    return user_has_role(user, Role.REGISTRAR, organisation=batch.organisation_id)
