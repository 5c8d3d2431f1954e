"""The next thing to do, collected for the dashboard. Higher apps add theirs by `register` in their `AppConfig.ready()`.

A provider is asked once for all enrolments of a person, so that the number of queries does not grow with them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString, mark_safe

from lms.lib.drawn import Drawn

from .models import Enrolment


@dataclass(frozen=True)
class NextStep:
    """kind: "lesson", "case", "result", "certificate" …; priority: small numbers come first (a lesson has 50)."""

    title: str
    url: str
    note: str = ""
    kind: str = "lesson"
    priority: int = 50

    def html(self, *, primary: bool) -> SafeString:
        """The step as a line of a list. primary: whether it is the thing to do next."""
        return drawn_step(self.url, title=self.title, note=self.note, primary=primary)


drawn_step = Drawn("training/_step.html")


def lines(steps: Iterable[NextStep]) -> SafeString:
    """Return the steps as lines of a list, the first one being the thing to do next."""
    return mark_safe("".join(step.html(primary=not number) for number, step in enumerate(steps)))


Provider = Callable[[list[Enrolment], datetime], dict[int, Iterable[NextStep]]]
_providers: list[Provider] = []


def register(provider: Provider) -> Provider:
    """Add a provider; twice is harmless. Usable as a decorator."""
    if provider not in _providers:
        _providers.append(provider)
    return provider


def steps_for(enrolments: list[Enrolment], at: datetime) -> dict[int, list[NextStep]]:
    """Return the steps of each enrolment, by its primary key, most pressing first."""
    found: dict[int, list[NextStep]] = {enrolment.pk: [] for enrolment in enrolments}
    for provider in _providers:
        for key, steps in provider(enrolments, at).items():
            found[key].extend(steps)
    return {key: sorted(steps, key=lambda step: step.priority) for key, steps in found.items()}
