"""How often one client may do one thing. Counts in Redis, or in a file that the processes share (lms/lib/counters.py); when
neither can be reached, nobody is locked out.
"""

import hashlib
import logging
import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from .counters import counters_at

logger = logging.getLogger(__name__)


def client_address(request: HttpRequest) -> str:
    """Return the client's address, believing only as many proxies as `TRUSTED_PROXIES` says there are."""
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        if len(hops) >= settings.TRUSTED_PROXIES:
            return hops[-settings.TRUSTED_PROXIES]
    return request.META.get("REMOTE_ADDR", "")


def client_key(request: HttpRequest, what: str) -> str:
    """Return a key for this client and this thing; a hash, so that the cache holds no addresses."""
    digest = hashlib.sha256(f"{settings.SECRET_KEY}:{client_address(request)}".encode()).hexdigest()[:24]
    return f"limit:{what}:{digest}"


def allow(key: str, *, limit: int, seconds: int, here: bool = False) -> bool:
    """Count one more and say whether it is within the limit for the current window of so many seconds."""
    return count(key, seconds=seconds, here=here) <= limit * settings.RATE_LIMIT_FACTOR


def count(key: str, *, seconds: int, here: bool = False) -> int:
    """Count one more and return how many there are in the current window; 0 when nobody can say. here: on this machine."""
    slot = _slot(key, seconds)
    try:
        if settings.COUNTERS:
            return counters_at(settings.COUNTERS_HERE if here else settings.COUNTERS).add(slot, now=time.time(), seconds=seconds)
        if cache.add(slot, 1, timeout=seconds):
            return 1
        return cache.incr(slot)
    except ValueError:  # the entry ran out between the two calls
        return 0
    except Exception:
        logger.warning("rate limit: cache out of reach")
        return 0


def counted(key: str, *, seconds: int, ago: int = 0) -> int:
    """Return how many were counted in the current window, or `ago` windows before it, without counting one."""
    slot = _slot(key, seconds, ago)
    try:
        if settings.COUNTERS:
            return counters_at(settings.COUNTERS).get(slot, now=time.time())
        return cache.get(slot, 0)
    except Exception:
        logger.warning("rate limit: cache out of reach")
        return 0


def _slot(key: str, seconds: int, ago: int = 0) -> str:
    return f"{key}:{int(time.time()) // seconds - ago}"


@dataclass(frozen=True)
class Limit:
    """One client may do this so many times in so many seconds. here: each machine counts for itself, which is quicker where
    there is a server for the counts."""

    what: str
    times: int
    seconds: int
    here: bool = False

    def allows(self, request: HttpRequest) -> bool:
        """Count one more and say whether it is within the limit."""
        return allow(client_key(request, self.what), limit=self.times, seconds=self.seconds, here=self.here)
