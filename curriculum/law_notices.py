"""What readers of an edition are told about its law: a statute that it quotes has ended since."""

from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from .models import Citation, EditionItem, Statute


def of_item(item: EditionItem, on: date | None = None) -> list[Statute]:
    """Return the statutes that this page of an edition quotes and that no longer hold: one query."""
    return _ended(EditionItem.objects.filter(pk=item.pk), on)


def of_edition(edition: int, on: date | None = None) -> list[Statute]:
    """The same for a whole edition, given by its id."""
    return _ended(EditionItem.objects.filter(edition=edition), on)


def of_page(page: int, on: date | None = None) -> list[Statute]:
    """Return what the newest revision of a page quotes and that is not sound: ended, or overdue for a check."""
    on = on or timezone.localdate()
    citations = Citation.objects.of_drafts().filter(page=page, statute__isnull=False)
    found = Statute.objects.unsound(on).filter(pk__in=citations.values("statute"))
    return _with_state(found, on)


def _ended(items: QuerySet[EditionItem], on: date | None) -> list[Statute]:
    on = on or timezone.localdate()
    citations = Citation.objects.filter(revision__in=items.values("revision"), statute__isnull=False)
    return _with_state(Statute.objects.ended(on).filter(pk__in=citations.values("statute")), on)


def _with_state(statutes: QuerySet[Statute], on: date) -> list[Statute]:
    found = list(statutes.select_related("replaced_by"))
    for statute in found:
        statute.present_state = statute.state(on)
    return found
