"""Corrections as a cohort's trainees meet them: the text that counts now, a notice naming what changed, and what the
impact list of a correction has to know about cohorts and readers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from curriculum import impact
from curriculum.models import Edition, EditionItem, ErratumChange

from . import panels
from .models import Cohort, CohortErratum, Enrolment, StudyRecord, StudyVisit

RUNNING = [Cohort.Status.PLANNED, Cohort.Status.OPEN]


@dataclass(frozen=True)
class Correction:
    """What is shown instead of a page of the edition, and since when."""

    change: ErratumChange
    applied_at: datetime


def corrections_for(cohort: Cohort) -> dict[int, Correction]:
    """Return the latest correction of each corrected page, by the item's primary key. No query for a cohort that has
    none, else two."""
    if not cohort.has_errata:
        return {}
    applied = {row.erratum_id: row.applied_at for row in CohortErratum.objects.filter(cohort=cohort)}
    changes = ErratumChange.objects.filter(erratum__in=applied).select_related("erratum", "revision", "item")
    found: dict[int, Correction] = {}
    for change in sorted(changes, key=lambda change: (applied[change.erratum_id], change.pk)):
        found[change.item_id] = Correction(change, applied[change.erratum_id])
    return found


def correction_of(cohort: Cohort, item: EditionItem) -> Correction | None:
    """Return the correction of one page that this cohort reads, if any."""
    return corrections_for(cohort).get(item.pk)


@panels.register
def corrections_panel(enrolment: Enrolment) -> Iterable[panels.Panel]:
    """A notice on the course page that names what was corrected, when and why."""
    if not enrolment.cohort.has_errata:
        return []
    rows = CohortErratum.objects.filter(cohort=enrolment.cohort).select_related("erratum")
    rows = rows.prefetch_related("erratum__changes__item").order_by("-applied_at")
    return [panels.Panel(_("Corrections"), "training/_corrections.html", {"rows": rows}, key="errata", position=5)]


# --- What the impact list asks --------------------------------------------------------------------------------------


@impact.register_cohorts
def running_cohorts(edition: Edition) -> list[impact.CohortFacts]:
    """The planned and open cohorts of an edition with their trainees: one query."""
    cohorts = Cohort.objects.filter(edition=edition, status__in=RUNNING).with_taken().order_by("starts_on", "code")
    return [impact.CohortFacts(str(c.uuid), c.title, c.title_en, c.taken) for c in cohorts]


@impact.register_counts
def readers(edition: Edition, keys: list[str], items: list[EditionItem]) -> dict[tuple[str, str], dict[str, int]]:
    """How many trainees of each cohort have opened or been given time for each lesson: two queries."""
    found: dict[tuple[str, str], set[int]] = {}
    lessons = [item for item in items if item.kind == EditionItem.Kind.LESSON]
    for model in (StudyVisit, StudyRecord):
        rows = model.objects.filter(item__in=lessons, enrolment__cohort__uuid__in=keys).order_by()
        for cohort, item, enrolment in rows.values_list("enrolment__cohort__uuid", "item__uuid", "enrolment").distinct():
            found.setdefault((str(cohort), str(item)), set()).add(enrolment)
    return {place: {"read": len(people)} for place, people in found.items()}
