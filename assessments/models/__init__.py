from .casework import CaseRun, Decision
from .marking import Allocation, Mark, MarkIncomplete, Score, StaleMark
from .plans import AssessmentPlan, Assignment, Part
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
    "Mark",
    "MarkIncomplete",
    "NotComplete",
    "Part",
    "Result",
    "Rubric",
    "Score",
    "StaleDraft",
    "StaleMark",
    "Submission",
    "SubmissionFile",
]
