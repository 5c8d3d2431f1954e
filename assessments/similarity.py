"""How alike two texts are: MinHash over shingles of characters, and the passages they share. Plain values, knows no database.

A hint for people, never a verdict. datasketch would do the same with NumPy and SciPy (100 MB); this needs neither.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from hashlib import blake2b
from html import unescape
from random import Random
from typing import Any

SHINGLE = 7  # characters: a Chinese phrase; shorter ones are shared by everybody who writes about the same matter
BANDS, ROWS = 48, 2
LEAST = 60  # shingles below which a text is too short to say anything
SHARE = 0.2  # of the shorter text: from here on a pair is reported
PASSAGE = 12  # characters below which a passage is not shown
_PRIME = (1 << 61) - 1
_random = Random(20260101)  # the same numbers for ever: signatures of different years are compared
_MIXERS = [(_random.randrange(1, _PRIME), _random.randrange(_PRIME)) for _ in range(BANDS * ROWS)]
_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Letters:
    """A text as it is compared, and where each of its characters stands in the text as it was written."""

    text: str
    places: list[int]


def letters(text: str) -> Letters:
    """Return letters, digits and Chinese characters only, width and case made the same."""
    kept, places = [], []
    for place, written in enumerate(text):
        for character in unicodedata.normalize("NFKC", written).lower():
            if character.isalnum():
                kept.append(character)
                places.append(place)
    return Letters("".join(kept), places)


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=7).digest(), "big")


def _shingles(text: Letters) -> list[int]:
    return [_hash(text.text[place : place + SHINGLE]) for place in range(len(text.text) - SHINGLE + 1)]


def shingles(text: str, without: frozenset[int] = frozenset()) -> frozenset[int]:
    """Return the hashes of every run of characters. without: what everybody was given, the case and its questions."""
    return frozenset(_shingles(letters(text))) - without


@lru_cache(maxsize=4096)
def shingles_of_case(text: str) -> frozenset[int]:
    """As `shingles`, remembered: one text of a case is asked for again with every work that is compared."""
    return shingles(text)


def words_in(thing: Any) -> Iterator[str]:
    """Yield every text inside dataclasses, lists and mappings, without its markup."""
    if isinstance(thing, str):
        yield unescape(_TAG.sub(" ", thing))
    elif is_dataclass(thing) and not isinstance(thing, type):
        for one in fields(thing):
            yield from words_in(getattr(thing, one.name))
    elif isinstance(thing, dict):
        for value in thing.values():
            yield from words_in(value)
    elif isinstance(thing, list | tuple | set | frozenset):
        for value in thing:
            yield from words_in(value)


def signature(found: Iterable[int]) -> list[int]:
    """Return the MinHash signature of a set of shingles; [] for nothing."""
    found = list(found)
    if not found:
        return []
    return [min((a * value + b) % _PRIME for value in found) for a, b in _MIXERS]


def bands(signed: list[int]) -> list[int]:
    """Return the keys under which a signature is looked up: two works that share one are worth comparing. 63 bits each."""
    return [
        _hash(f"{band}:{signed[band * ROWS : (band + 1) * ROWS]}") for band in range(BANDS if signed else 0)
    ]


def share(first: frozenset[int], second: frozenset[int]) -> float:
    """Return how much of the shorter one stands in the other, from 0 to 1."""
    shorter = min(len(first), len(second))
    return len(first & second) / shorter if shorter else 0.0


def passages(text: str, other: frozenset[int]) -> list[tuple[int, int]]:
    """Return where the text says the same as the other (start, end), in order, without overlaps; short ones are left out."""
    compared = letters(text)
    runs: list[list[int]] = []
    for place, value in enumerate(_shingles(compared)):
        if value not in other:
            continue
        if runs and place <= runs[-1][1]:
            runs[-1][1] = place + SHINGLE
        else:
            runs.append([place, place + SHINGLE])
    return [(compared.places[start], compared.places[end - 1] + 1) for start, end in runs if end - start >= PASSAGE]


def cut(text: str, spans: list[tuple[int, int]]) -> list[tuple[str, bool]]:
    """Return the text in pieces: (piece, whether it is shared)."""
    pieces, at = [], 0
    for start, end in spans:
        pieces += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [piece for piece in [*pieces, (text[at:], False)] if piece[0]]
