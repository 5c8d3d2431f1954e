"""What a trainee sees of appeals: whether the result can be appealed against, until when, and how an appeal stands."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from .models import Appeal, AppealPolicy, Result
from .models.appeals import last_day


@dataclass(frozen=True)
class AppealState:
    """why_not: "" while the latest result can be appealed against, else the reason; last_day: until when;
    found: the appeals of this hand-in, earliest first; terms: those of the latest result."""

    why_not: str
    last_day: date
    found: list[Appeal]
    terms: AppealPolicy

    @property
    def is_open(self) -> bool:
        return any(appeal.is_open for appeal in self.found)


def appeal_state(results: list[Result], *, further: bool, at: datetime) -> AppealState:
    """How the appeals of one hand-in stand. results: its results, earliest first; further: whether another hand-in was begun.
    Two queries."""
    latest = results[-1]
    found = list(Appeal.objects.filter(result__in=results).order_by("lodged_at", "pk"))
    terms = AppealPolicy.objects.at(latest.released_at)
    used = any(appeal.result_id == latest.pk for appeal in found)
    why_not = Appeal.why_not(latest, at=at, terms=terms, used=used, further=further)
    return AppealState(why_not, last_day(Appeal.until(latest, terms)), found, terms)


def steps_of(appeal: Appeal) -> list[dict[str, str]]:
    """The steps of an appeal for `components/steps.html`."""
    states = Appeal.Status
    place = {states.LODGED: 1, states.ADMITTED: 2, states.MARKED: 3}.get(appeal.status, 4)
    if appeal.status in (states.REJECTED, states.WITHDRAWN):
        return [
            {"label": _("Appeal lodged"), "state": "done"},
            {"label": appeal.get_status_display(), "state": "done"},
        ]
    names = [_("Appeal lodged"), _("Admitted by the base"), _("Marked afresh"), pgettext("appeal", "Decided")]
    return [
        {"label": name, "state": "done" if number < place else "current" if number == place else "todo"}
        for number, name in enumerate(names)
    ]
