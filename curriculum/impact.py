"""Whom a correction of an edition touches. Cohorts and what happened in them are the higher apps' knowledge: they
register providers in their `AppConfig.ready()`, this app only asks and writes down.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .models import Edition, EditionItem


@dataclass(frozen=True)
class CohortFacts:
    """A running cohort of an edition. key: by which it is known to the app that owns it."""

    key: str
    title: str
    title_en: str
    trainees: int


# What happened to one page in one cohort, each a number of trainees. `read` for lessons, the others for cases.
COUNTS = ("read", "started", "handed_in", "results")

CohortProvider = Callable[["Edition"], Iterable[CohortFacts]]
CountProvider = Callable[["Edition", list[str], "list[EditionItem]"], dict[tuple[str, str], dict[str, int]]]
_cohorts: list[CohortProvider] = []
_counts: list[CountProvider] = []


def register_cohorts(provider: CohortProvider) -> CohortProvider:
    """Add a source of running cohorts; twice is harmless. Usable as a decorator."""
    if provider not in _cohorts:
        _cohorts.append(provider)
    return provider


def register_counts(provider: CountProvider) -> CountProvider:
    """Add a source of counts by (cohort key, item's uuid as text); twice is harmless. Usable as a decorator."""
    if provider not in _counts:
        _counts.append(provider)
    return provider


def running_cohorts(edition: "Edition") -> list[CohortFacts]:
    """Return the cohorts that study this edition now or are about to."""
    return [cohort for provider in _cohorts for cohort in provider(edition)]


def impact_on(edition: "Edition", keys: Iterable[str], items: "list[EditionItem]") -> list[dict[str, Any]]:
    """Return what would be touched, as JSON: for each named cohort that still runs its trainees, and for each page how
    many of them have read, begun, handed in, or have a result. In the order of the cohorts' keys."""
    wanted = set(keys)
    cohorts = sorted((c for c in running_cohorts(edition) if c.key in wanted), key=lambda cohort: cohort.key)
    found: dict[tuple[str, str], dict[str, int]] = {}
    for provider in _counts:
        for place, counts in provider(edition, [cohort.key for cohort in cohorts], items).items():
            found.setdefault(place, {}).update(counts)
    return [
        {
            "cohort": cohort.key,
            "title": cohort.title,
            "title_en": cohort.title_en,
            "trainees": cohort.trainees,
            "items": [
                {"item": str(item.uuid)}
                | {name: found.get((cohort.key, str(item.uuid)), {}).get(name, 0) for name in COUNTS}
                for item in items
            ],
        }
        for cohort in cohorts
    ]
