"""Answers training's question which levels people hold: by certificates that are good on the day."""

from collections.abc import Iterable
from datetime import date

from training import holdings

from .models import Certificate, Recognition


@holdings.register
def levels_by_certificate(users: Iterable[int], day: date) -> dict[int, set[str]]:
    """One query, whatever the number of people."""
    found: dict[int, set[str]] = {}
    for certificate in Certificate.objects.good_on(day).filter(holder__in=list(users)).only("holder_id", "facts"):
        found.setdefault(certificate.holder_id, set()).add(certificate.facts["level"]["code"])
    return found


@holdings.register
def levels_by_recognition(users: Iterable[int], day: date) -> dict[int, set[str]]:
    """Levels that other bodies' certificates count as, by statement. One query."""
    found: dict[int, set[str]] = {}
    rows = Recognition.objects.good_on(day).filter(holder__in=list(users))
    for holder, level in rows.values_list("holder_id", "agreement__level"):
        found.setdefault(holder, set()).add(level)
    return found
