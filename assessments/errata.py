"""What the impact list of a correction has to know about cases: who has begun, handed in, has a result."""

from curriculum import impact
from curriculum.models import Edition, EditionItem

from .models import CaseRun, Result, Submission


@impact.register_counts
def case_work(edition: Edition, keys: list[str], items: list[EditionItem]) -> dict[tuple[str, str], dict[str, int]]:
    """How many trainees of each cohort have begun each case, handed in, and hold a released result: three queries."""
    found: dict[tuple[str, str], dict[str, set[int]]] = {}
    sources = {
        "started": CaseRun.objects.all(),
        "handed_in": Submission.objects.exclude(status=Submission.Status.DRAFT),
        "results": Result.objects.all(),
    }
    for name, rows in sources.items():
        rows = rows.filter(assignment__item__in=items, enrolment__cohort__uuid__in=keys).order_by()
        for cohort, item, enrolment in rows.values_list(
            "enrolment__cohort__uuid", "assignment__item__uuid", "enrolment"
        ).distinct():
            found.setdefault((str(cohort), str(item)), {}).setdefault(name, set()).add(enrolment)
    return {place: {name: len(people) for name, people in counts.items()} for place, counts in found.items()}
