from .cohorts import Cohort
from .enrolments import Enrolment, ListRefused, ListRow
from .records import Delivery, StudyRecord
from .sessions import ClassSession
from .visits import Beat, StudyVisit

__all__ = [
    "Beat", "ClassSession", "Cohort", "Delivery", "Enrolment", "ListRefused", "ListRow", "StudyRecord", "StudyVisit",
]
