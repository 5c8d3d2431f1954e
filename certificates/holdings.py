"""Answers training's question which levels people hold: by certificates that are good on the day."""

from collections.abc import Iterable
from datetime import date

from training import holdings

from .models import Certificate


@holdings.register
def levels_by_certificate(users: Iterable[int], day: date) -> dict[int, set[str]]:
    """One query, whatever the number of people."""
    found: dict[int, set[str]] = {}
    for certificate in Certificate.objects.good_on(day).filter(holder__in=list(users)).only("holder_id", "facts"):
        found.setdefault(certificate.holder_id, set()).add(certificate.facts["level"]["code"])
    return found
