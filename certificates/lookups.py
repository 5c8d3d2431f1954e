"""What is written down of every answer: that somebody asked, by which way, and of what. Its holder reads it.

The answer does not wait for the database: a line in a file of this machine stands for the row until, a quarter of a second later,
it is written with the others of that time (lms/lib/journal.py).
"""

import logging
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from lms.lib.compiled import insert, insert_many
from lms.lib.journal import Journal, Row

from .models import CarriedLookups, Lookup

logger = logging.getLogger(__name__)

OF = ("certificate_id", "share_id", "record_id", "recognition_id", "organisation_id")
NOTHING = dict.fromkeys(OF)
COLUMNS = ("way", *OF, "looked_up_at")


def note(*, way: str, at: datetime, **of: int | None) -> None:
    """Write down one look-up. of: keys out of OF; none for a miss, which takes the same time."""
    row = as_row(way=way, at=at, **of)
    journal = get_journal()
    if journal is not None:
        try:
            return journal.write(row)
        except OSError:
            logger.exception("a look-up goes to the database at once")
    insert(Lookup, **row | {"looked_up_at": at})


def as_row(*, way: str, at: datetime, **of: int | None) -> Row:
    """The look-up as a line holds it."""
    return {"way": way, **NOTHING, **of, "looked_up_at": at.isoformat()}


@cache
def get_journal() -> Journal | None:
    """None where rows are written at once, as while tests run."""
    folder = settings.LOOKUPS_FOLDER
    return Journal(folder, bring=bring, forget=forget) if folder else None


def bring(name: str, rows: list[Row]) -> None:
    """Write a load of look-ups, once."""
    values = [_values(row) for row in rows]
    try:
        _write(name, values)
    except IntegrityError:  # one is of something that is no more: the others shall not be lost with it
        _write(name, _still_there(values))


def _write(name: str, values: list[list[Any]]) -> None:
    with transaction.atomic():
        if not CarriedLookups.objects.filter(name=name).exists():
            CarriedLookups.objects.create(name=name)
            insert_many(Lookup, COLUMNS, values)


def _still_there(values: list[list[Any]]) -> list[list[Any]]:
    """Without the look-ups of what is no more."""
    for place, column in enumerate(OF, 1):
        of = Lookup._meta.get_field(column).related_model._base_manager
        named = {one[place] for one in values} - {None}
        for gone in named - set(of.filter(pk__in=named).values_list("pk", flat=True)):
            logger.error("look-ups of something that is no more: %s %s", column, gone)
            values = [one for one in values if one[place] != gone]
    return values


def forget(name: str) -> None:
    CarriedLookups.objects.filter(name=name).delete()


def _values(row: Row) -> list[Any]:
    return [row["way"], *(row[key] for key in OF), datetime.fromisoformat(row["looked_up_at"])]
