from .organisations import Membership, Organisation, Role
from .users import Consent, User

__all__ = ["Consent", "Membership", "Organisation", "Role", "User"]
