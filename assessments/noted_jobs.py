"""Draws works with the notes on them as PDF, and forgets them again."""

from django.utils.timezone import now
from django.utils.translation import override

from lms.lib.jobs import job

from .models import NotedCopy
from .take_away import work_of
from .takeaway.draw import draw


@job("assessments.draw_notes")
def draw_notes(handle, copy: int) -> None:
    """Draw one. What is forgotten meanwhile is not drawn."""
    related = ("submission__assignment__item", "submission__enrolment__cohort", "submission__run")
    found = NotedCopy.objects.select_related(*related).filter(pk=copy).first()
    if found is None or found.is_ready:
        return
    found.submission.run.assignment = found.submission.assignment
    with override(found.language):
        work = work_of(found.submission, found.marks.all(), language=found.language, at=found.asked_at)
    found.keep(draw(work))


@job("assessments.forget_noted_copies", every=24 * 60 * 60)
def forget_noted_copies(handle) -> None:
    """Every day: what was taken away, or could have been, is deleted here."""
    NotedCopy.forget(at=now())
