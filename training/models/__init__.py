from .admissions import Admission, AdmissionStatement, NotAdmitted
from .cohorts import Cohort
from .enrolments import Enrolment, ListRefused, ListRow
from .errata import CohortErratum
from .records import Delivery, StudyRecord
from .scorm import ScormCommit, ScormState
from .sessions import ClassSession
from .visits import Beat, StudyVisit

__all__ = [
    "Admission",
    "AdmissionStatement",
    "Beat",
    "ClassSession",
    "Cohort",
    "CohortErratum",
    "Delivery",
    "Enrolment",
    "ListRefused",
    "ListRow",
    "NotAdmitted",
    "ScormCommit",
    "ScormState",
    "StudyRecord",
    "StudyVisit",
]
