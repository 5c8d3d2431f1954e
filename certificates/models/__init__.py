from .awards import Award, AwardProposal, AwardRule, NotEligible
from .certificates import Certificate, Lookup, StatusChange
from .issued import IssuedCredential
from .keys import SigningKey, StatusList

__all__ = [
    "Award",
    "AwardProposal",
    "AwardRule",
    "Certificate",
    "IssuedCredential",
    "Lookup",
    "NotEligible",
    "SigningKey",
    "StatusChange",
    "StatusList",
]
