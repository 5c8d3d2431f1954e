"""Places on the trainee's course page that higher apps fill: the practice list, the tree of the award's conditions.

A provider is registered in the app's `AppConfig.ready()` and answers for one enrolment.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.template.loader import render_to_string

from .models import Enrolment


@dataclass(frozen=True)
class Panel:
    """A section of the course page: `template` drawn with `context` and `enrolment`. position: small first."""

    heading: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)
    key: str = ""
    position: int = 50

    def render(self, enrolment: Enrolment) -> str:
        """Return the section's HTML, without its heading. It knows nothing of the request: it holds no forms."""
        return render_to_string(self.template, {**self.context, "enrolment": enrolment})


Provider = Callable[[Enrolment], Iterable[Panel]]
_providers: list[Provider] = []


def register(provider: Provider) -> Provider:
    """Add a provider; twice is harmless. Usable as a decorator."""
    if provider not in _providers:
        _providers.append(provider)
    return provider


def panels_for(enrolment: Enrolment) -> list[Panel]:
    """Return the panels of an enrolment in their order."""
    found = [panel for provider in _providers for panel in provider(enrolment)]
    return sorted(found, key=lambda panel: panel.position)
