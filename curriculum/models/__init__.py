from .citations import Citation
from .edition import Edition, EditionItem
from .glossary import Term
from .pages import CasePlacement, CaseScenarioPage, CoursePage, HomePage, LessonPage, TrainingBasePage
from .review import CourseReview, ReviewGap, ReviewStep
from .statutes import Statute
from .syllabus import Competence, Level, Module, Syllabus, Topic

__all__ = [
    "CasePlacement",
    "CaseScenarioPage",
    "Citation",
    "Competence",
    "CoursePage",
    "CourseReview",
    "Edition",
    "EditionItem",
    "HomePage",
    "LessonPage",
    "Level",
    "Module",
    "ReviewGap",
    "ReviewStep",
    "Statute",
    "Syllabus",
    "Term",
    "Topic",
    "TrainingBasePage",
]
