"""Text that XML, and so a spreadsheet or a translation file, can hold."""

import re

# Control characters but tab and line ends, half surrogate pairs, and what Unicode calls no character.
NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def plain_text(text: str) -> str:
    """Return the text without characters that XML has no place for."""
    return NOT_TEXT.sub("", text)
