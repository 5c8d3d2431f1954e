from .casework import CaseRun, Decision, OfferIncomplete
from .marking import Allocation, Mark, MarkIncomplete, Score, StaleMark
from .plans import AssessmentPlan, Assignment, Part
from .policy import LicenceEvent, QualityPolicy
from .quality import RemarkOrder
from .results import Result
from .rubrics import Band, Criterion, Rubric
from .submissions import DraftSave, NotComplete, StaleDraft, Submission, SubmissionFile

__all__ = [
    "Allocation",
    "AssessmentPlan",
    "Assignment",
    "Band",
    "CaseRun",
    "Criterion",
    "Decision",
    "DraftSave",
    "LicenceEvent",
    "Mark",
    "MarkIncomplete",
    "NotComplete",
    "OfferIncomplete",
    "Part",
    "QualityPolicy",
    "RemarkOrder",
    "Result",
    "Rubric",
    "Score",
    "StaleDraft",
    "StaleMark",
    "Submission",
    "SubmissionFile",
]
