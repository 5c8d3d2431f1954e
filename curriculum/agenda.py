"""What happens when in the life of content: reviews due, publications, review tasks, checks of statutes; cohorts come from
the app that knows them. A provider answers for some organisations and some days.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from lms.lib.language import local

from .models import ContentRules, CourseReview, ReviewTask, Statute

KINDS = {
    "review": _("review due"),
    "publication": _("publication"),
    "task": _("review task due"),
    "statute": _("statute to be checked"),
    "cohort": _("cohort begins"),
}


@dataclass(frozen=True)
class Event:
    """kind: a key of KINDS; url: where to go, "" for nowhere; uid: the same event has the same one for ever."""

    day: date
    kind: str
    title: str
    url: str
    organisation: str
    uid: str
    at: datetime | None = None

    @property
    def kind_name(self) -> str:
        return str(KINDS[self.kind])


Provider = Callable[[list[Organisation], date, date], Iterable[Event]]
_providers: list[Provider] = []


def register(provider: Provider) -> Provider:
    """Add a provider; twice is harmless. Usable as a decorator."""
    if provider not in _providers:
        _providers.append(provider)
    return provider


def events_for(organisations: list[Organisation], first: date, last: date) -> list[Event]:
    """Return the events of these organisations from the first to the last day: a constant number of queries."""
    found = [event for provider in _providers for event in provider(organisations, first, last)]
    return sorted(found, key=lambda event: (event.day, event.at is not None, list(KINDS).index(event.kind), event.title))


@register
def reviews(organisations: list[Organisation], first: date, last: date) -> list[Event]:
    """Reviews that wait for a decision, due some days after they were sent in; approved courses on their day."""
    days = timedelta(days=ContentRules.current().review_days)
    found = CourseReview.objects.open().filter(organisation__in=organisations).select_related("course", "organisation")
    events = []
    for review in found:
        title, base = local(review.course, "title"), str(review.organisation)
        if review.status == CourseReview.Status.SCHEDULED:
            moment = timezone.localtime(review.go_live_at)
            day = timezone.localdate(moment)
            line = Event(day, "publication", title, review.get_absolute_url(), base, f"go-{review.uuid}", moment)
        else:
            day = timezone.localdate(review.submitted_at) + days
            line = Event(day, "review", title, review.get_absolute_url(), base, f"review-{review.uuid}")
        events.append(line)
    return [event for event in events if first <= event.day <= last]


@register
def review_tasks(organisations: list[Organisation], first: date, last: date) -> list[Event]:
    tasks = ReviewTask.objects.open().filter(organisation__in=organisations, due_on__range=(first, last))
    return [
        Event(task.due_on, "task", task.page.title, task.get_absolute_url(), str(task.organisation), f"task-{task.uuid}")
        for task in tasks.select_related("page", "organisation")
    ]


@register
def statute_checks(organisations: list[Organisation], first: date, last: date) -> list[Event]:
    """Statutes of these organisations' libraries whose next check falls on one of the days, while they hold."""
    statutes = Statute.objects.filter(organisation__in=organisations, next_check_on__range=(first, last))
    statutes = statutes.filter(Q(ended_on=None) | Q(ended_on__gt=first)).select_related("organisation")
    return [
        Event(
            statute.next_check_on, "statute", local(statute, "title"),
            reverse("wagtailsnippets_curriculum_statute:edit", args=[statute.pk]), str(statute.organisation),
            f"statute-{statute.uuid}",
        )
        for statute in statutes
    ]  # fmt: skip
