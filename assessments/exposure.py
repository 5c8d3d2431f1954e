"""Counts for the case bank who has seen which case: three queries, whatever the number of cases."""

from collections.abc import Iterable

from django.db.models import Count, Max

from curriculum import exposure
from curriculum.exposure import Exposure
from training.models import Cohort

from .models import CaseRun

SEEN = [Cohort.Status.OPEN, Cohort.Status.CLOSED]


@exposure.register
def exposures(pages: Iterable[int]) -> dict[int, Exposure]:
    pages = list(pages)
    of_page = "assignment__item__page_id"
    runs = CaseRun.objects.filter(assignment__item__page__in=pages).order_by()
    people = Count("enrolment__user", distinct=True)
    variants: dict[int, dict[str, int]] = {}
    for row in runs.values(of_page, "variant").annotate(people=people):
        variants.setdefault(row[of_page], {})[row["variant"]] = row["people"]
    begun = {row[of_page]: row for row in runs.values(of_page).annotate(people=people, last=Max("started_at"))}
    offered = Cohort.objects.filter(edition__items__page__in=pages, status__in=SEEN).order_by()
    cohorts = {
        row["edition__items__page_id"]: row["n"]
        for row in offered.values("edition__items__page_id").annotate(n=Count("pk", distinct=True))
        if row["edition__items__page_id"] in pages
    }
    found = {}
    for page in begun.keys() | cohorts.keys():
        row = begun.get(page, {"people": 0, "last": None})
        found[page] = Exposure(cohorts.get(page, 0), row["people"], dict(sorted(variants.get(page, {}).items())), row["last"])
    return found
