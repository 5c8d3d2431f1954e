from .agenda import CalendarToken
from .case_events import BankState, CaseEvent
from .case_origin import CaseApproval, CaseOrigin
from .citations import Citation
from .core import CoreAnswer, CoreChangeRequest, CoreCollectionPage, CoreInclusion, CoreRelease
from .core_review import CoreReview, CoreReviewStep
from .demand_claims import DemandClaim, DemandMessage
from .demands import Demand, DemandConsent, DemandFile
from .edition import Edition, EditionItem
from .equivalence import EquivalenceNode, EquivalenceStatement, EquivalenceStep
from .errata import Erratum, ErratumChange, ErratumSignature
from .glossary import Term
from .imports import EditionImport
from .manuscripts import Manuscript
from .pages import CasePlacement, CaseScenarioPage, CoursePage, HomePage, LessonPage, TrainingBasePage
from .previews import DocumentPreview
from .review import CourseReview, ReviewGap, ReviewStep
from .scorm import ScormPackage
from .standards import Precondition, Track, TrackRequirement
from .statutes import Statute
from .syllabus import Competence, Level, Module, Syllabus, Topic
from .syllabus_import import SyllabusImport
from .syllabus_life import NotReady
from .syllabus_standard import SyllabusStandard
from .tasks import ContentRules, ReviewTask
from .translation import Translation, TranslationRelease, TranslationSegment

__all__ = [
    "BankState",
    "CalendarToken",
    "CaseApproval",
    "CaseEvent",
    "CaseOrigin",
    "CasePlacement",
    "CaseScenarioPage",
    "Citation",
    "Competence",
    "ContentRules",
    "CoreAnswer",
    "CoreChangeRequest",
    "CoreCollectionPage",
    "CoreInclusion",
    "CoreRelease",
    "CoreReview",
    "CoreReviewStep",
    "CoursePage",
    "CourseReview",
    "Demand",
    "DemandClaim",
    "DemandConsent",
    "DemandFile",
    "DemandMessage",
    "DocumentPreview",
    "Edition",
    "EditionImport",
    "EditionItem",
    "EquivalenceNode",
    "EquivalenceStatement",
    "EquivalenceStep",
    "Erratum",
    "ErratumChange",
    "ErratumSignature",
    "HomePage",
    "LessonPage",
    "Level",
    "Manuscript",
    "Module",
    "NotReady",
    "Precondition",
    "ReviewGap",
    "ReviewStep",
    "ReviewTask",
    "ScormPackage",
    "Statute",
    "Syllabus",
    "SyllabusImport",
    "SyllabusStandard",
    "Term",
    "Topic",
    "Track",
    "TrackRequirement",
    "TrainingBasePage",
    "Translation",
    "TranslationRelease",
    "TranslationSegment",
]
