from .api_keys import ApiKey, ApiUsage, Scope
from .awards import Award, AwardProposal, NotEligible
from .certificates import Certificate, Lookup, StatusChange
from .check_lists import CheckLine, CheckList
from .employer_consents import ConsentNews, EmployerConsent
from .employer_terms import EmployerTerms
from .issued import CopyRefusal, IssuedCredential
from .keys import DidVersion, SigningKey, StatusList
from .log import LogLeaf, LogNode, LogTree, TreeHead
from .notices import ResultNotice
from .receipt_keys import ReceiptKey
from .requests import ChangeRequest
from .rules import AwardRule
from .shares import ShareCode
from .simulations import RuleSimulation, SimulatedPerson

__all__ = [
    "ApiKey",
    "ApiUsage",
    "Award",
    "AwardProposal",
    "AwardRule",
    "Certificate",
    "ChangeRequest",
    "CheckLine",
    "CheckList",
    "ConsentNews",
    "CopyRefusal",
    "DidVersion",
    "EmployerConsent",
    "EmployerTerms",
    "IssuedCredential",
    "LogLeaf",
    "LogNode",
    "LogTree",
    "Lookup",
    "NotEligible",
    "ReceiptKey",
    "ResultNotice",
    "RuleSimulation",
    "Scope",
    "ShareCode",
    "SigningKey",
    "SimulatedPerson",
    "StatusChange",
    "StatusList",
    "TreeHead",
]
