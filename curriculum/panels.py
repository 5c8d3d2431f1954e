"""Places on a course's public page that higher apps fill: the cohorts that take trainees now.

A provider is registered in the app's `AppConfig.ready()` and answers for one course page.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .models import CoursePage


@dataclass(frozen=True)
class Panel:
    """A section of the course page: `template` is included with `context`. position: small first; until: the moment at
    which it says something else by itself."""

    heading: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)
    position: int = 50
    until: datetime | None = None


Provider = Callable[["CoursePage"], Iterable[Panel]]
_providers: list[Provider] = []


def register(provider: Provider) -> Provider:
    """Add a provider; twice is harmless. Usable as a decorator."""
    if provider not in _providers:
        _providers.append(provider)
    return provider


def panels_for(course: "CoursePage") -> list[Panel]:
    """Return the panels of a course page in their order."""
    found = [panel for provider in _providers for panel in provider(course)]
    return sorted(found, key=lambda panel: panel.position)
