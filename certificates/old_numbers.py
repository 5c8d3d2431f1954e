"""Numbers of certificates that others gave out, before us or elsewhere: how they are compared. No database here."""

import unicodedata

from .numbers import PREFIX, RANDOM_LENGTH


def number_key(typed: str) -> str:
    """Return a number reduced to what counts when two are compared: letters and digits of any script, NFKC, upper case."""
    return "".join(char for char in unicodedata.normalize("NFKC", typed).upper() if char.isalnum())[:60]


def looks_like_ours(typed: str) -> bool:
    """Say whether a number has the shape of those given out here, right check character or not: no old record may have it."""
    key = number_key(typed)
    return key.startswith(PREFIX) and len(key) == len(PREFIX) + 1 + RANDOM_LENGTH + 1
