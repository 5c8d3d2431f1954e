from .anchor_consent import AnchorConsent
from .anchor_flags import MarkerFlag
from .anchor_terms import AnchorTerms
from .anchor_turns import AnchorMark, AnchorTurn
from .anchors import AnchorBand, AnchorIncomplete, AnchorReading, AnchorScript
from .answers import AnswerEvent, FeedbackAnswer
from .appeals import Appeal, AppealPolicy
from .casework import CaseRun, Decision, OfferIncomplete
from .comments import BankComment
from .conflicts import Conflict
from .deadlines import Deadline, Extension
from .deals import Deal, DealEvent, DealVersion, conclude, portfolio_of
from .defence_days import DefenceDay, DefenceSlot, PanelSeat
from .defences import Defence
from .expert import ExpertComment, ExpertConsent
from .file_copies import FileCopy
from .marking import Allocation
from .marking_rules import MarkingRule
from .marks import Mark, MarkIncomplete, Score
from .noted_copies import NotedCopy
from .notes import MarkNote
from .panel_records import ConflictDeclaration, DefenceVote, Minutes, MinutesSignature
from .part_results import PartResult
from .plans import AssessmentPlan, Assignment, Part
from .policy import LicenceEvent, QualityPolicy
from .qualifications import Qualification
from .quality import RemarkOrder
from .referees import Referee
from .regrade_terms import RegradeTerms
from .regrades import RegradeBatch, RegradeLine
from .results import Result
from .room_parts import RoomMove, RoomSeat
from .rooms import Room
from .rubrics import Band, Criterion, Rubric
from .samples import SampleDraw, SampledScript, SampleRule
from .sheet_turns import StaleMark
from .similar import Fingerprint, FingerprintBand, SimilarNote, SimilarPair
from .submission_parts import DraftSave, SubmissionFile
from .submissions import NotComplete, StaleDraft, Submission
from .teams import Contribution, MemberFactor, Team, TeamDeadline, TeamMember

__all__ = [
    "Allocation",
    "AnchorBand",
    "AnchorConsent",
    "AnchorIncomplete",
    "AnchorMark",
    "AnchorReading",
    "AnchorScript",
    "AnchorTerms",
    "AnchorTurn",
    "AnswerEvent",
    "Appeal",
    "AppealPolicy",
    "AssessmentPlan",
    "Assignment",
    "Band",
    "BankComment",
    "CaseRun",
    "Conflict",
    "ConflictDeclaration",
    "Contribution",
    "Criterion",
    "Deadline",
    "Deal",
    "DealEvent",
    "DealVersion",
    "Decision",
    "Defence",
    "DefenceDay",
    "DefenceSlot",
    "DefenceVote",
    "DraftSave",
    "ExpertComment",
    "ExpertConsent",
    "Extension",
    "FeedbackAnswer",
    "FileCopy",
    "Fingerprint",
    "FingerprintBand",
    "LicenceEvent",
    "Mark",
    "MarkIncomplete",
    "MarkNote",
    "MarkerFlag",
    "MarkingRule",
    "MemberFactor",
    "Minutes",
    "MinutesSignature",
    "NotComplete",
    "NotedCopy",
    "OfferIncomplete",
    "PanelSeat",
    "Part",
    "PartResult",
    "Qualification",
    "QualityPolicy",
    "Referee",
    "RegradeBatch",
    "RegradeLine",
    "RegradeTerms",
    "RemarkOrder",
    "Result",
    "Room",
    "RoomMove",
    "RoomSeat",
    "Rubric",
    "SampleDraw",
    "SampleRule",
    "SampledScript",
    "Score",
    "SimilarNote",
    "SimilarPair",
    "StaleDraft",
    "StaleMark",
    "Submission",
    "SubmissionFile",
    "Team",
    "TeamDeadline",
    "TeamMember",
    "conclude",
    "portfolio_of",
]
