"""Which levels people hold a valid certificate of: a question that a higher app answers.

A provider is registered in that app's `AppConfig.ready()`; it answers for many people at once.
"""

from collections.abc import Callable, Iterable
from datetime import date

Provider = Callable[[Iterable[int], date], dict[int, set[str]]]
_providers: list[Provider] = []


def register(provider: Provider) -> Provider:
    """Add a provider, which takes ids of users and a day and returns {id: codes of levels}. Twice is harmless."""
    if provider not in _providers:
        _providers.append(provider)
    return provider


def levels_held(users: Iterable[int], day: date) -> dict[int, frozenset[str]] | None:
    """Return {user id: codes of levels held on that day}, every id present; None when nobody can tell."""
    if not _providers:
        return None
    ids = list(users)
    answers = [provider(ids, day) for provider in _providers]
    return {pk: frozenset().union(*(answer.get(pk, ()) for answer in answers)) for pk in ids}
