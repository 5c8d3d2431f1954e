from .api_keys import ApiKey, ApiUsage, Scope
from .audit_runs import AuditRun
from .awards import Award, AwardProposal, NotEligible
from .batches import AwardBatch, AwardBatchRow
from .certificates import Certificate, Lookup, StatusChange
from .check_lists import CheckLine, CheckList
from .designs import CertificateDesign
from .employer_consents import ConsentNews, EmployerConsent
from .employer_terms import EmployerTerms
from .issued import CopyRefusal, IssuedCredential, PdfProfile, PdfSigner
from .keys import DidVersion, SigningKey, StatusList
from .log import LogLeaf, LogNode, LogTree, TreeHead
from .notices import ResultNotice
from .receipt_keys import ReceiptKey
from .register import ContactRequest, RegisterEntry, RegisterSector
from .renewals import EndReminder as EndReminder
from .renewals import Renewal as Renewal
from .requests import ChangeRequest
from .rules import AwardRule
from .shares import ShareCode
from .simulations import RuleSimulation, SimulatedPerson
from .upkeep import CpdDecision as CpdDecision
from .upkeep import CpdEntry as CpdEntry
from .upkeep import CpdNotebook as CpdNotebook
from .validity import CpdCategory as CpdCategory
from .validity import Leave, ValidityTerms

__all__ = [
    "ApiKey",
    "ApiUsage",
    "AuditRun",
    "Award",
    "AwardBatch",
    "AwardBatchRow",
    "AwardProposal",
    "AwardRule",
    "Certificate",
    "CertificateDesign",
    "ChangeRequest",
    "CheckLine",
    "CheckList",
    "ConsentNews",
    "ContactRequest",
    "CopyRefusal",
    "DidVersion",
    "EmployerConsent",
    "EmployerTerms",
    "IssuedCredential",
    "Leave",
    "LogLeaf",
    "LogNode",
    "LogTree",
    "Lookup",
    "NotEligible",
    "PdfProfile",
    "PdfSigner",
    "ReceiptKey",
    "RegisterEntry",
    "RegisterSector",
    "ResultNotice",
    "RuleSimulation",
    "Scope",
    "ShareCode",
    "SigningKey",
    "SimulatedPerson",
    "StatusChange",
    "StatusList",
    "TreeHead",
    "ValidityTerms",
]
