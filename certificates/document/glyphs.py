"""Which characters the certificate's fonts can draw. A name with another one is refused before issue, not printed as a box."""

import unicodedata
from collections.abc import Iterable

from lms.lib.typesetting import han_covered, missing_glyphs, runs

__all__ = ["code_named", "drawn_ranges", "has_private", "missing_glyphs", "runs"]

UNSHOWN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}  # they show nothing, turn the line round, or differ from machine to machine
# Systems of the GBK years kept 80 characters under private codes; by now most of them have codes of their own.
GBK_PRIVATE = {
    chr(0xE815 + place): bytes([0xFE, low]).decode("gb18030")
    for place, low in enumerate([*range(0x50, 0x7F), *range(0x80, 0xA1)])
}


def code_named(characters: Iterable[str]) -> str:
    """Characters with their code points, "𰀀 (U+30000) U+E000"; the code point alone for what has no shape of its own.

    A private code of GBK is followed by the character that it stood for, where that has a code now: "U+E863 (GBK 䶮 U+4DAE)".
    """
    return " ".join(map(_named, characters))


def _named(char: str) -> str:
    code, meant = f"U+{ord(char):04X}", GBK_PRIVATE.get(char, char)
    if unicodedata.category(char) not in UNSHOWN:
        return f"{char} ({code})"
    return f"{code} (GBK {meant} U+{ord(meant):04X})" if meant != char else code


def has_private(characters: Iterable[str]) -> bool:
    """Whether one of them is a private code, as systems used for rare characters before the standard had them."""
    return any(unicodedata.category(char) == "Co" for char in characters)


def drawn_ranges() -> str:
    """The Han characters that the fonts draw, in long runs, as read from the fonts: "U+3400–U+4DBF, …"."""
    return ", ".join(f"U+{first:04X}–U+{last:04X}" for first, last in han_covered()[1])
