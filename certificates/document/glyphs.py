"""Which characters the certificate's font can draw. A name with another one is refused before issue, not printed as a box."""

from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

FONTS = Path(__file__).resolve().parent.parent / "fonts"
FONT = FONTS / "LMSCertificateSerif-Regular.otf"


@cache
def _covered() -> frozenset[int]:
    return frozenset(TTFont(FONT, lazy=True).getBestCmap())


def missing_glyphs(text: str) -> list[str]:
    """Return the characters of a text that the font can't draw, each once, in order."""
    covered = _covered()
    return list(dict.fromkeys(char for char in text if not char.isspace() and ord(char) not in covered))
