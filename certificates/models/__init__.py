from .awards import Award, AwardProposal, AwardRule, NotEligible
from .certificates import Certificate, Lookup, StatusChange
from .issued import IssuedCredential
from .keys import SigningKey, StatusList
from .log import LogLeaf, LogNode, LogTree, TreeHead
from .notices import ResultNotice
from .shares import ShareCode

__all__ = [
    "Award",
    "AwardProposal",
    "AwardRule",
    "Certificate",
    "IssuedCredential",
    "LogLeaf",
    "LogNode",
    "LogTree",
    "Lookup",
    "NotEligible",
    "ResultNotice",
    "ShareCode",
    "SigningKey",
    "StatusChange",
    "StatusList",
    "TreeHead",
]
