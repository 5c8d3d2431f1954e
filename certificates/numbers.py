"""Certificate numbers: random, not sequential, with a check character; and how typed numbers and names are compared.

A number reads `TM-J-4K7QX-93HPB-T`: a fixed prefix, the level's letter, ten random characters, one check character.
The alphabet has 31 characters (digits and letters without I, L, O, U, Z), so ten of them carry 49.5 bits, and a
weighted sum modulo the prime 31 finds every single wrong character and every swap of two neighbours.
"""

import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXY"
PREFIX = "TM"
LEVEL_LETTERS = {"junior": "J", "intermediate": "M", "senior": "S"}
RANDOM_LENGTH = 10


def check_character(payload: str) -> str:
    """Return the check character of a level letter followed by the random characters."""
    total = sum(weight * ALPHABET.index(char) for weight, char in enumerate(payload, start=2))
    return ALPHABET[total % len(ALPHABET)]


def new_number(level_code: str) -> str:
    """Return a fresh number for that level. Uniqueness is the database's to keep."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    return write_number(LEVEL_LETTERS[level_code], body)


def write_number(letter: str, body: str) -> str:
    """Return the number of a level letter and ten characters, as we write it."""
    return f"{PREFIX}-{letter}-{body[:5]}-{body[5:]}-{check_character(letter + body)}"


def normalise_number(typed: str) -> str | None:
    """Return the number as we write it, or None when it can't be one of ours (wrong shape or check character).

    Spaces, dashes, full-width forms and lower case don't matter; O is read as 0, and I and L as 1.
    """
    text = unicodedata.normalize("NFKC", typed).upper()
    text = "".join(char for char in text if char.isalnum())
    if not text.startswith(PREFIX) or len(text) != len(PREFIX) + 1 + RANDOM_LENGTH + 1:
        return None
    letter, rest = text[2], text[3:].translate(str.maketrans("OIL", "011"))
    body, check = rest[:-1], rest[-1]
    if letter not in LEVEL_LETTERS.values() or any(char not in ALPHABET for char in rest):
        return None
    return write_number(letter, body) if check_character(letter + body) == check else None


def new_token() -> str:
    """Return 80 random bits as 16 characters for the address in the QR code."""
    return "".join(secrets.choice("0123456789abcdefghjkmnpqrstvwxyz") for _ in range(16))


def normalise_name(typed: str) -> str:
    """Return a name reduced to what counts when two are compared: no spaces or dots, NFKC, case folded."""
    text = unicodedata.normalize("NFKC", typed).casefold()
    return "".join(char for char in text if not char.isspace() and char not in "·•・.．‧")


def mask_name(name: str) -> str:
    """Return a name as a stranger may see it: the first character and a star for each of the others (张*, 欧***)."""
    name = name.strip()
    if name.isascii():  # a Latin name: initials only
        return " ".join(f"{part[0]}." for part in name.split() if part)
    return name[:1] + "*" * max(len(name) - 1, 1)
