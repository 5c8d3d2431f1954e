"""Counts that all processes share: in Redis, or, on one machine and without a server, in slots of a file that each of them has in
its memory.

For what is counted for a while, such as requests of a client: a count ends with its time, and its slot serves the next one.
In the file, where so many are counted at once that no slot near its place is free, the count that would end first makes room.
"""

import fcntl
import hashlib
import mmap
import os
import struct
import threading
from functools import cache
from pathlib import Path

SLOT = struct.Struct("<QII")  # whose (of a hash), until when (seconds since 1970), how many
SLOTS = 1 << 16
NEAR = 8


class Counters:
    """path: the file, made when it is not there; one megabyte."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if os.fstat(self._file).st_size < SLOTS * SLOT.size:
            os.ftruncate(self._file, SLOTS * SLOT.size)
        self._memory = mmap.mmap(self._file, SLOTS * SLOT.size)
        self._lock = threading.Lock()

    def add(self, key: str, *, now: float, seconds: int) -> int:
        """Count one more and return how many there are. The time of a new count: so many seconds from now."""
        with self._lock:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                place, tag, until, count = self._find(key, now)
                if not count:
                    until = int(now) + seconds
                SLOT.pack_into(self._memory, place, tag, until, min(count + 1, 0xFFFFFFFF))
                return count + 1
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def get(self, key: str, *, now: float) -> int:
        with self._lock:
            fcntl.flock(self._file, fcntl.LOCK_SH)
            try:
                return self._find(key, now)[3]
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def _find(self, key: str, now: float) -> tuple[int, int, int, int]:
        """Return (place, tag, until, count) of this key, or of the slot that it would take, with a count of 0."""
        digest = hashlib.blake2b(key.encode(), digest_size=16).digest()
        tag, first = int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")
        free, soonest = None, (0xFFFFFFFF + 1, 0)
        for step in range(NEAR):
            place = (first + step) % SLOTS * SLOT.size
            whose, until, count = SLOT.unpack_from(self._memory, place)
            if until <= now:
                free = place if free is None else free
            elif whose == tag:
                return place, tag, until, count
            else:
                soonest = min(soonest, (until, place))
        return (soonest[1] if free is None else free), tag, 0, 0


class RedisCounters:
    """The same in Redis: one way there and back for each. url: of the server."""

    def __init__(self, url: str) -> None:
        from redis import Redis  # only where there is one

        self._redis = Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2)

    def add(self, key: str, *, now: float, seconds: int) -> int:
        with self._redis.pipeline(transaction=False) as both:
            both.incr(f"count:{key}")
            both.expire(f"count:{key}", seconds)
            return both.execute()[0]

    def get(self, key: str, *, now: float) -> int:
        return int(self._redis.get(f"count:{key}") or 0)


@cache
def counters_at(place: Path | str) -> Counters | RedisCounters:
    """Return the counters of a file, or of the server of a URL."""
    return Counters(place) if isinstance(place, Path) else RedisCounters(place)
