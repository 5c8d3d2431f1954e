from .audit import audit_log
from .memberships import membership_add, membership_end
from .organisations import organisation_create, organisation_detail, organisation_edit, organisation_list
from .profile import consent_give, consent_withdraw, profile, terms

__all__ = [
    "audit_log",
    "consent_give",
    "consent_withdraw",
    "membership_add",
    "membership_end",
    "organisation_create",
    "organisation_detail",
    "organisation_edit",
    "organisation_list",
    "profile",
    "terms",
]
