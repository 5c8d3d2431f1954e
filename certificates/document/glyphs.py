"""Which characters the certificate's font can draw. A name with another one is refused before issue, not printed as a box."""

from lms.lib.typesetting import FONT, FONTS, missing_glyphs

__all__ = ["FONT", "FONTS", "missing_glyphs"]
