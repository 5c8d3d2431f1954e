"""A small sum for whoever asks very often: the browser's script finds a number, or the person waits. No third party, no
picture, nothing to see or hear, so nobody is shut out.

    puzzle = make(request, "verify-number")      # into the page, with components/puzzle.html
    is_solved(request, "verify-number")          # the next POST: once for each puzzle

Solved is a puzzle when SHA-256 of "<nonce>:<answer>" begins with so many zero bits (each bit doubles the work), or when the
puzzle is older than `WAIT_SECONDS`; of those who wait, each address gets one in that time, so that waiting for many at once
gains nothing.
"""

import hashlib
import logging
import secrets
import time
from dataclasses import dataclass

from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest

from .ratelimit import Limit, client_key

logger = logging.getLogger(__name__)

BITS = 16  # 65,536 hashes on average: less than a second on a desk, some on a phone
WAIT_SECONDS = 30
LIFE_SECONDS = 15 * 60
SALT = "lms.puzzle"


@dataclass(frozen=True)
class Puzzle:
    """ticket: signed, names the client and what it is for; nonce: what is hashed with the answer."""

    ticket: str
    nonce: str
    bits: int
    wait: int = WAIT_SECONDS


def make(request: HttpRequest, what: str) -> Puzzle:
    nonce, bits = secrets.token_hex(8), BITS
    ticket = signing.dumps([client_key(request, what), nonce, bits, int(time.time())], salt=SALT)
    return Puzzle(ticket, nonce, bits)


def held_up(request: HttpRequest, limit: Limit, solved: Limit) -> tuple[Puzzle | None, bool]:
    """Count one more. Return the puzzle to be solved first, if one is, and whether it is too much even with solved ones.

    solved: how often one may come with a solved puzzle beyond the limit.
    """
    if limit.allows(request):
        return None, False
    if not is_solved(request, limit.what):
        return make(request, limit.what), False
    return None, not solved.allows(request)


def is_solved(request: HttpRequest, what: str) -> bool:
    """Say whether this request brings a solved puzzle of this client for this thing. Each is good for one request."""
    try:
        client, nonce, bits, made_at = signing.loads(request.POST.get("puzzle", ""), salt=SALT, max_age=LIFE_SECONDS)
    except signing.BadSignature:
        return False
    if client != client_key(request, what):
        return False
    answer = request.POST.get("puzzle_answer", "")[:20]
    if not _is_answer(nonce, answer, bits):
        waited = time.time() >= made_at + WAIT_SECONDS
        if not waited or not _once(f"{client}:waited", WAIT_SECONDS):
            return False
    return _once(f"puzzle:{nonce}", LIFE_SECONDS)


def _is_answer(nonce: str, answer: str, bits: int) -> bool:
    digest = hashlib.sha256(f"{nonce}:{answer}".encode()).digest()
    return bool(answer) and int.from_bytes(digest, "big") >> (256 - bits) == 0


def _once(key: str, seconds: int) -> bool:
    """The first time in so many seconds; as with the limits, nobody is locked out when the cache is down."""
    try:
        return cache.add(key, 1, timeout=seconds)
    except Exception:
        logger.warning("puzzle: cache out of reach")
        return True
