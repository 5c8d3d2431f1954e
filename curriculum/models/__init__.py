from .edition import Edition, EditionItem
from .pages import CasePlacement, CaseScenarioPage, CoursePage, HomePage, LessonPage, TrainingBasePage
from .review import CourseReview, ReviewGap, ReviewStep
from .syllabus import Competence, Level, Module, Syllabus, Topic

__all__ = [
    "CasePlacement",
    "CaseScenarioPage",
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
    "Syllabus",
    "Topic",
    "TrainingBasePage",
]
