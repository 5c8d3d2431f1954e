"""Trainees find the texts of the editions they study, and come to them on their own study pages."""

from collections.abc import Callable, Iterable

from django.urls import reverse
from django.utils.translation import pgettext_lazy

from accounts.models import User
from curriculum.models import EditionItem
from curriculum.searching import revision_of
from lms.lib.search.models import SearchEntry
from lms.lib.search.registry import Audience, register_viewer

from .models import Cohort, Enrolment


@register_viewer
def own_editions(user: User) -> Iterable[Audience]:
    """Whoever may read the lessons of an enrolment (permissions.user_can_read_lessons): one query."""
    enrolments = Enrolment.objects.taking_a_seat().filter(user=user).exclude(cohort__status=Cohort.Status.CANCELLED)
    for edition, uuid in enrolments.order_by("enrolled_at").values_list("cohort__edition_id", "uuid"):
        yield Audience(f"edition:{edition}", 10, _links(edition, uuid), pgettext_lazy("search result", "your course"))


def _links(edition: int, enrolment) -> Callable[[User, list[SearchEntry]], dict[int, str]]:
    def links(user: User, entries: list[SearchEntry]) -> dict[int, str]:
        """A lesson opens as the trainee's own page of it; cases and the course itself on the way there: one query."""
        course = reverse("enrolment_detail", args=[enrolment])
        items = EditionItem.objects.filter(edition=edition, revision__in=[revision_of(entry) for entry in entries])
        addresses = {}
        for revision, kind, uuid in items.values_list("revision_id", "kind", "uuid"):
            lesson = kind == EditionItem.Kind.LESSON
            addresses[revision] = reverse("lesson", args=[enrolment, uuid]) if lesson else course
        return {entry.pk: addresses[revision_of(entry)] for entry in entries if revision_of(entry) in addresses}

    return links
