"""What readers of an edition are told about its law: a statute that it quotes has ended since."""

from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from lms.lib.compiled import Compiled

from .models import Citation, EditionItem, Statute


def of_item(item: EditionItem, on: date | None = None) -> list[Statute]:
    """Return the statutes that this page of an edition quotes and that no longer hold: one query."""
    return _with_state(_ended_of_item(item.pk, on := on or timezone.localdate()), on)


def of_edition(edition: int, on: date | None = None) -> list[Statute]:
    """The same for a whole edition, given by its id."""
    return _with_state(_ended_of_edition(edition, on := on or timezone.localdate()), on)


def of_page(page: int, on: date | None = None) -> list[Statute]:
    """Return what the newest revision of a page quotes and that is not sound: ended, or overdue for a check."""
    on = on or timezone.localdate()
    citations = Citation.objects.of_drafts().filter(page=page, statute__isnull=False)
    found = Statute.objects.unsound(on).filter(pk__in=citations.values("statute"))
    return _with_state(found.select_related("replaced_by"), on)


def ended(items: QuerySet[EditionItem], on: date) -> QuerySet[Statute]:
    """The statutes that these pages quote and that no longer hold on that day."""
    citations = Citation.objects.filter(revision__in=items.values("revision"), statute__isnull=False)
    return Statute.objects.ended(on).filter(pk__in=citations.values("statute")).select_related("replaced_by")


_ended_of_item = Compiled(lambda item, on: ended(EditionItem.objects.filter(pk=item), on))
_ended_of_edition = Compiled(lambda edition, on: ended(EditionItem.objects.filter(edition=edition), on))


def _with_state(statutes: Iterable[Statute], on: date) -> list[Statute]:
    found = list(statutes)
    for statute in found:
        statute.present_state = statute.state(on)
    return found
