"""Where a page comes from and who looked at it: one place that computes what `_provenance.html` shows everywhere."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.cache import cache
from django.utils import timezone
from django.utils.dateparse import parse_date

from .models import CourseReview, EditionItem, ReviewStep

CACHE_SECONDS = 60 * 60


@dataclass(frozen=True)
class Provenance:
    """edition: its number, 0 for what has not been frozen; reviewers by name, as the approving review recorded them."""

    author: str = ""
    source: str = ""
    source_url: str = ""
    licence: str = ""
    law_checked_on: date | None = None
    ai_assistance: str = ""
    edition: int = 0
    approved_on: date | None = None
    base_reviewer: str = ""
    authority_reviewer: str = ""

    def __bool__(self) -> bool:
        return any(vars(self).values())


def of_content(content: dict[str, Any], **review: Any) -> Provenance:
    """Return what the page itself says; content: `Revision.content`."""
    day = content.get("legally_valid_on")
    return Provenance(
        author=content.get("author") or "",
        source=content.get("source") or "",
        source_url=content.get("source_url") or "",
        licence=content.get("licence") or "",
        law_checked_on=parse_date(day) if isinstance(day, str) else day,
        ai_assistance=content.get("ai_assistance") or "",
        **review,
    )


FIELDS = ("author", "source", "source_url", "licence", "legally_valid_on", "ai_assistance")


def of_page(page, *, published: bool = True) -> Provenance:
    """Return the provenance of a page as it stands in memory; of a published one with its latest edition.

    One query for the first reader: who reviewed is kept until the page is published again.
    """
    content = {name: getattr(page, name, "") for name in FIELDS}
    if not published or not page.pk:
        return of_content(content)
    key = f"curriculum.provenance.page.{page.pk}.{page.last_published_at and page.last_published_at.timestamp()}"
    review = cache.get(key)
    if review is None:
        # A page stands in every edition it ever had; the latest is what was published.
        # National core stands in editions of many bases, which say nothing about it: its own line does (_core_line.html).
        own = {"review__edition__items__page": page.pk, "review__edition__items__core_release": None}
        steps = _approvals().filter(**own)
        review = _review(list(steps.order_by("-review__edition__created_at", "decided_at")[:2]))
        cache.set(key, review, CACHE_SECONDS)
    return of_content(content, **review)


def of_item(item: EditionItem) -> Provenance:
    """Return the provenance of a page of an edition. It never changes, so it is kept: no query but for the first."""
    key = f"curriculum.provenance.{item.uuid}"
    found = cache.get(key)
    if found is None:
        whole = EditionItem.objects.select_related("revision", "edition").get(pk=item.pk)
        steps = list(_approvals().filter(review__edition=whole.edition_id).order_by("decided_at"))
        found = of_content(whole.content(), **{"edition": whole.edition.number, **_review(steps)})
        cache.set(key, found, CACHE_SECONDS)
    return found


def _approvals():
    approved = ReviewStep.objects.filter(decision=ReviewStep.Decision.APPROVED, review__edition__isnull=False)
    return approved.select_related("decided_by", "review__edition")


def _review(steps: list[ReviewStep]) -> dict[str, Any]:
    if not steps:
        return {}
    names = {step.stage: step.decided_by.full_name for step in steps}
    return {
        "edition": steps[0].review.edition.number,
        "approved_on": max(timezone.localdate(step.decided_at) for step in steps),
        "base_reviewer": names.get(CourseReview.Status.WITH_BASE, ""),
        "authority_reviewer": names.get(CourseReview.Status.WITH_AUTHORITY, ""),
    }
