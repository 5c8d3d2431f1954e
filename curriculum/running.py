"""Which editions are taught now: higher apps say so (training: those of planned and open cohorts)."""

from collections.abc import Callable, Iterable

Provider = Callable[[], Iterable[int]]
_providers: list[Provider] = []


def register(provider: Provider) -> Provider:
    """Add a provider of edition ids; twice is harmless. Usable as a decorator."""
    if provider not in _providers:
        _providers.append(provider)
    return provider


def running_editions() -> set[int]:
    """Return the ids of the editions that are taught now or soon: one query for each provider."""
    return {edition for provider in _providers for edition in provider()}
