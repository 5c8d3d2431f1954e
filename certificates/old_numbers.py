"""Numbers of certificates that others gave out, before us or elsewhere: how they are compared. No database here."""

import secrets
import unicodedata

from .numbers import ALPHABET, PREFIX, RANDOM_LENGTH, check_character

STATEMENT = "HR"


def number_key(typed: str) -> str:
    """Return a number reduced to what counts when two are compared: letters and digits of any script, NFKC, upper case."""
    return "".join(char for char in unicodedata.normalize("NFKC", typed).upper() if char.isalnum())[:60]


def looks_like_ours(typed: str) -> bool:
    """Say whether a number has the shape of those given out here, right check character or not: no old record may have it."""
    key = number_key(typed)
    lengths = {PREFIX: len(PREFIX) + 1 + RANDOM_LENGTH + 1, STATEMENT: len(STATEMENT) + RANDOM_LENGTH + 1}
    return any(key.startswith(prefix) and len(key) == length for prefix, length in lengths.items())


def new_statement_number() -> str:
    """Return a fresh number of a recognition: `HR-4K7QX-93HPB-T`, another prefix and no letter of a level, so that it is never
    taken for a certificate's."""
    return _write("".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH)))


def _write(body: str) -> str:
    return f"{STATEMENT}-{body[:5]}-{body[5:]}-{check_character(body)}"


def statement_number(typed: str) -> str | None:
    """Return the number of a recognition as we write it, or None when it can't be one. O is read as 0, I and L as 1."""
    key = number_key(typed)
    rest = key.removeprefix(STATEMENT).translate(str.maketrans("OIL", "011"))
    if not key.startswith(STATEMENT) or len(rest) != RANDOM_LENGTH + 1 or any(char not in ALPHABET for char in rest):
        return None
    written = _write(rest[:-1])
    return written if written[-1] == rest[-1] else None
