"""How often a case was seen: the app that plays cases with trainees says so."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Exposure:
    """cohorts that had the case on offer, trainees who began it, trainees by variant ("" for a case without any), and when
    somebody last began it."""

    cohorts: int = 0
    trainees: int = 0
    variants: dict[str, int] = field(default_factory=dict)
    last: datetime | None = None

    def __add__(self, other: "Exposure") -> "Exposure":
        keys = self.variants.keys() | other.variants.keys()
        return Exposure(
            self.cohorts + other.cohorts,
            self.trainees + other.trainees,
            {key: self.variants.get(key, 0) + other.variants.get(key, 0) for key in sorted(keys)},
            max(filter(None, [self.last, other.last]), default=None),
        )


Provider = Callable[[Iterable[int]], dict[int, Exposure]]
_providers: list[Provider] = []


def register(provider: Provider) -> Provider:
    """The last one registered is asked. Usable as a decorator."""
    _providers[:] = [provider]
    return provider


def exposures(pages: Iterable[int]) -> dict[int, Exposure]:
    """Return the exposure of each page that was on offer at all, by its id."""
    return _providers[0](pages) if _providers else {}
