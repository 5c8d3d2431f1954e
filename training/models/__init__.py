from .cohorts import ClassSession, Cohort, Enrolment
from .records import StudyRecord, StudyVisit

__all__ = ["ClassSession", "Cohort", "Enrolment", "StudyRecord", "StudyVisit"]
