from .casework import CaseRun, Decision, DraftSave, Submission, SubmissionFile
from .marking import Allocation, Mark, Score
from .plans import AssessmentPlan, Assignment, Part
from .results import Result
from .rubrics import Band, Criterion, Rubric

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
    "Part",
    "Result",
    "Rubric",
    "Score",
    "Submission",
    "SubmissionFile",
]
