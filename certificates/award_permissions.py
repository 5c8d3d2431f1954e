"""Who may draft and approve award rules, and who may propose and decide many awards at once."""

from accounts.models import User

from .models import AwardRule
from .permissions import user_is_officer


def user_sees_rules(user: User) -> bool:
    """Award rules are made by certification officers of the authority."""
    return user_is_officer(user)


def user_can_change_rule(user: User, rule: AwardRule) -> bool:
    """Any officer may work on a draft; whoever changed it last can't approve it."""
    return user_is_officer(user) and rule.is_draft


def user_can_approve_rule(user: User, rule: AwardRule) -> bool:
    return user_can_change_rule(user, rule) and user.pk != rule.drafted_by_id
