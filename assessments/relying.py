"""What rests on somebody's released results, such as a certificate: a question that a higher app answers.

A provider is registered in that app's `AppConfig.ready()`; it answers for many enrolments at once.
"""

from collections.abc import Callable, Iterable

Provider = Callable[[Iterable[int]], dict[int, str]]
_providers: list[Provider] = []


def register(provider: Provider) -> Provider:
    """Add a provider, which takes ids of enrolments and returns {id: what rests on it, at most 40 letters}. Twice is harmless."""
    if provider not in _providers:
        _providers.append(provider)
    return provider


def relying_on(enrolments: Iterable[int]) -> dict[int, str]:
    """Return {enrolment id: number of the certificate that rests on its results}, of those that have any."""
    ids, found = list(enrolments), {}
    for provider in _providers:
        found |= provider(ids)
    return found
