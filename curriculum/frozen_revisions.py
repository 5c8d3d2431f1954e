"""Revisions that have to stay as they are: frozen in an edition, a correction or the core, or sent to review.

Wagtail's editor saves by itself and writes over the revision that its own session made. A revision that somebody froze or
submitted meanwhile is not written over; the words go into a new one.
"""

from typing import Any

from django.db.models import Q
from wagtail.models import Page, Revision

from lms.lib.immutable import ImmutableRow

from .models import CoreRelease, CoreReview, CourseReview, EditionItem, ErratumChange

PINNED = (EditionItem, ErratumChange, CoreRelease, CoreReview)


def is_frozen(revision_id: int) -> bool:
    """Whether a record of fact names this revision: four queries at most."""
    return any(model.objects.filter(revision=revision_id).exists() for model in PINNED)


def is_kept(page: Page, revision_id: int) -> bool:
    """Whether this revision of the page is frozen, or was ever sent to review with a course: one query more."""
    return is_frozen(revision_id) or any(
        line["revision"] == revision_id
        for contents in _reviews_around(page).values_list("contents", flat=True).iterator()
        for line in contents
    )


def _reviews_around(page: Page):
    """Reviews in which the page can stand: of the course itself or the one above, or of a course beside a case."""
    beside = page.path[: -page.steplen]
    return CourseReview.objects.filter(Q(course__path__in=[page.path, beside]) | Q(
        course__path__startswith=beside, course__depth=page.depth
    )).order_by()  # fmt: skip


def refuse_other_words(sender, instance: Revision, raw: bool = False, update_fields: Any = None, **kwargs) -> None:
    """Receiver of `pre_save`. Raises ImmutableRow when the content of a frozen revision would be replaced."""
    if raw or instance._state.adding or (update_fields is not None and "content" not in update_fields):
        return
    before = sender.objects.filter(pk=instance.pk).values_list("content", flat=True).first()
    if before is not None and before != instance.content and is_frozen(instance.pk):
        raise ImmutableRow("A revision that an edition or a release names keeps its content.")
