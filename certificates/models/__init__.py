from .api_keys import ApiKey, ApiUsage, Scope
from .audit_runs import AuditRun
from .awards import Award, AwardProposal, NotEligible
from .batches import AwardBatch, AwardBatchRow
from .certificates import Certificate, StatusChange
from .check_lists import CheckLine, CheckList
from .designs import CertificateDesign
from .employer_consents import ConsentNews, EmployerConsent
from .employer_terms import EmployerTerms
from .findings import AuditFinding, AuditRepair
from .historic import HistoricImport, HistoricRecord
from .historic_steps import HistoricChange, HistoricClaim
from .issued import CopyRefusal, IssuedCredential
from .keys import DidVersion, PdfSignerList, PublishedVersion, SigningKey, StatusList
from .log import HeadStamp, LogLeaf, LogNode, LogTree, TreeHead
from .lookups import CarriedLookups, Lookup
from .name_changes import NameChange
from .notices import ResultNotice
from .pdfs import FreshPdf, PdfProfile, PdfSigner, PdfSignerWithdrawal
from .receipt_keys import ReceiptKey
from .recognition import Recognition, RecognitionAgreement
from .recognition_ends import RecognitionEnd
from .records import LearnerRecord, RecordedCopy
from .register import ContactRequest, RegisterEntry, RegisterSector
from .register_reports import RegisterReport
from .renewals import EndReminder, Renewal
from .requests import ChangeRequest
from .rules import AwardRule
from .shares import ShareCode
from .simulations import RuleSimulation, SimulatedPerson
from .upkeep import CpdDecision, CpdEntry, CpdNotebook
from .validity import CpdCategory, Leave, ValidityTerms
from .wallet import WalletOffer
from .witnesses import Cosignature, Refused, Witness

__all__ = [
    "ApiKey",
    "ApiUsage",
    "AuditFinding",
    "AuditRepair",
    "AuditRun",
    "Award",
    "AwardBatch",
    "AwardBatchRow",
    "AwardProposal",
    "AwardRule",
    "CarriedLookups",
    "Certificate",
    "CertificateDesign",
    "ChangeRequest",
    "CheckLine",
    "CheckList",
    "ConsentNews",
    "ContactRequest",
    "CopyRefusal",
    "Cosignature",
    "CpdCategory",
    "CpdDecision",
    "CpdEntry",
    "CpdNotebook",
    "DidVersion",
    "EmployerConsent",
    "EmployerTerms",
    "EndReminder",
    "FreshPdf",
    "HeadStamp",
    "HistoricChange",
    "HistoricClaim",
    "HistoricImport",
    "HistoricRecord",
    "IssuedCredential",
    "LearnerRecord",
    "Leave",
    "LogLeaf",
    "LogNode",
    "LogTree",
    "Lookup",
    "NameChange",
    "NotEligible",
    "PdfProfile",
    "PdfSigner",
    "PdfSignerList",
    "PdfSignerWithdrawal",
    "PublishedVersion",
    "ReceiptKey",
    "Recognition",
    "RecognitionAgreement",
    "RecognitionEnd",
    "RecordedCopy",
    "Refused",
    "RegisterEntry",
    "RegisterReport",
    "RegisterSector",
    "Renewal",
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
    "WalletOffer",
    "Witness",
]
