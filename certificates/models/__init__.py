from .awards import Award, AwardProposal, AwardRule, NotEligible
from .certificates import Certificate, Lookup, StatusChange
from .issued import IssuedCredential
from .keys import SigningKey, StatusList
from .notices import ResultNotice
from .shares import ShareCode

__all__ = [
    "Award",
    "AwardProposal",
    "AwardRule",
    "Certificate",
    "IssuedCredential",
    "Lookup",
    "NotEligible",
    "ResultNotice",
    "ShareCode",
    "SigningKey",
    "StatusChange",
    "StatusList",
]
