"""Who calls: the key, what it may do, and how often. Counting is in the cache; a known key costs no query.

A key is remembered for a minute, and forgotten at once when it is withdrawn. Were the cache away at that very moment, it
would open for the rest of the minute.
"""

import hashlib
import logging
import time
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.timezone import now
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from lms.lib.ratelimit import allow, client_key, counted

from ..credential.carriers import MAX_FILE
from ..models import ApiKey, EmployerTerms, Scope
from ..models.api_keys import MARK, key_hash
from ..numbers import normalise_number
from .problems import Problem

logger = logging.getLogger(__name__)

REMEMBERED_SECONDS = 60
MINUTE, DAY = 60, 86_400
UNKNOWN_KEYS_PER_ADDRESS = 30  # in ten minutes: who tries keys is stopped long before finding one
MAX_JSON = 16 * 1024
FORM_BYTES = 64 * 1024


@dataclass(frozen=True)
class Caller:
    """What a key stands for, with the quotas that held when it was remembered."""

    key: int
    organisation: int
    scopes: tuple[str, ...]
    expires_at: datetime
    per_minute: int
    per_day: int
    per_number: int


def day_counter(key: int) -> str:
    return f"limit:api-day:{key}"


def calls_on_day(key: int, *, ago: int = 0) -> int:
    """How many calls the cache has counted for a key today (UTC), or so many days ago."""
    return counted(day_counter(key), seconds=DAY, ago=ago)


def find(key: str, at: datetime) -> Caller | None:
    """Return the caller of a live key, from the cache or by one query."""
    name = f"api-key:{key_hash(key)}"
    known = _remembered(name)
    if known is None:
        row = ApiKey.objects.live(at).filter(key_hash=key_hash(key)).first()
        if row is None:
            return None
        terms = EmployerTerms.objects.at(at)
        known = Caller(
            row.pk, row.organisation_id, tuple(row.scopes), row.expires_at, terms.calls_per_minute, terms.calls_per_day,
            terms.tries_per_number,
        )  # fmt: skip
        _remember(name, known)
    return known if known.expires_at > at else None


def forget(key: ApiKey) -> None:
    """Let a withdrawn key be unknown from the next call on."""
    try:
        cache.delete(f"api-key:{key.key_hash}")
    except Exception:
        logger.warning("API key %s: cache out of reach, may be remembered for a minute", key.prefix)


def _remembered(name: str) -> Caller | None:
    try:
        return cache.get(name)
    except Exception:
        return None


def _remember(name: str, caller: Caller) -> None:
    try:
        cache.set(name, caller, REMEMBERED_SECONDS)
    except Exception:
        logger.warning("API keys: cache out of reach")


class Key(HttpBearer):
    """`Authorization: Bearer tmk_…` with a scope. Looks at the announced size first, then key, scope, quotas."""

    def __init__(self, scope: Scope | None) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Caller:
        most = MAX_FILE + FORM_BYTES if self.scope == Scope.FILE else MAX_JSON
        if int(request.META.get("CONTENT_LENGTH") or 0) > most:
            raise Problem("too_large", max_bytes=most)
        caller = super().__call__(request)
        if caller is None:
            raise Problem("no_key")
        return caller

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        caller = find(token, now()) if token.startswith(f"{MARK}_") else None
        if caller is None:
            if not allow(client_key(request, "api-unknown"), limit=UNKNOWN_KEYS_PER_ADDRESS, seconds=600):
                raise Problem("too_many", retry_after=600)
            return None
        if self.scope is not None and self.scope not in caller.scopes:
            raise Problem("scope", _("It needs the scope %(scope)s.") % {"scope": self.scope}, scope=str(self.scope))
        if self.scope is not None:
            count_call(caller)
        return caller


def count_call(caller: Caller) -> None:
    """Count one call. Raises Problem when the minute's or the day's quota is used up."""
    if not allow(f"limit:api-minute:{caller.key}", limit=caller.per_minute, seconds=MINUTE):
        raise Problem("minute_quota", retry_after=MINUTE - int(time.time()) % MINUTE, limit=caller.per_minute)
    if not allow(day_counter(caller.key), limit=caller.per_day, seconds=DAY):
        raise Problem("day_quota", retry_after=DAY - int(time.time()) % DAY, limit=caller.per_day)


def number_allowed(organisation: int, number: str, most: int) -> bool:
    """Count one question of this employer for a number, known to us or not, and say whether it is within the day's limit."""
    digest = hashlib.sha256((normalise_number(number) or number).encode()).hexdigest()[:16]
    return allow(f"limit:api-number:{organisation}:{digest}", limit=most, seconds=DAY)


def count_number(caller: Caller, number: str) -> None:
    """Raises Problem when an employer asks for a number too often."""
    if not number_allowed(caller.organisation, number, caller.per_number):
        raise Problem("number_quota", retry_after=DAY - int(time.time()) % DAY, limit=caller.per_number)
