from .awards import Award, AwardProposal, AwardRule
from .certificates import Certificate, Lookup, StatusChange
from .keys import IssuedCredential, SigningKey, StatusList

__all__ = [
    "Award",
    "AwardProposal",
    "AwardRule",
    "Certificate",
    "IssuedCredential",
    "Lookup",
    "SigningKey",
    "StatusChange",
    "StatusList",
]
