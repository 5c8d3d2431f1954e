"""Drawing documents with typst and the fonts we ship: every Han character of GB 18030-2022, for names and what people write.

One font draws what it can, the next one what it lacks, and so on: a text without rare characters is drawn by the first alone.
"""

import json
import threading
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import typst
from fontTools.ttLib import TTFont

FONTS = Path(__file__).resolve().parent / "fonts"
FAMILIES = {  # in the order in which they are asked; the templates name them in the same order
    "LMS Certificate Serif": FONTS / "LMSCertificateSerif-Regular.otf",
    "LMS Certificate Serif Supplement": FONTS / "LMSCertificateSerifSupplement-Regular.otf",
    "LMS Certificate Rare Han": FONTS / "LMSCertificateRareHan-Regular.otf",
}
FONT, *RARE = FAMILIES.values()


@cache
def code_points(font: Path) -> frozenset[int]:
    """What one font can draw."""
    return frozenset(TTFont(font, lazy=True).getBestCmap())


@cache
def covered() -> frozenset[int]:
    """The code points that the fonts together can draw."""
    return frozenset().union(*map(code_points, FAMILIES.values()))


def font_for(char: str) -> Path:
    """The first font that can draw a character; the first of all for one that none can, or for white space."""
    return next((font for font in FAMILIES.values() if ord(char) in code_points(font)), FONT)


def runs(text: str) -> Iterator[tuple[Path, str]]:
    """The text in pieces, each with the font that draws it."""
    for font, chars in groupby(text, font_for):
        yield font, "".join(chars)


def missing_glyphs(text: str) -> list[str]:
    """Return the characters of a text that no font can draw, each once, in order."""
    return list(dict.fromkeys(char for char in text if not char.isspace() and ord(char) not in covered()))


LONG_RUN = 100  # characters; shorter runs are counted, not listed


@cache
def han_covered() -> tuple[int, list[tuple[int, int]]]:
    """How many unified Han characters the fonts draw, and the long runs of them as first and last code point.

    Unified: not what normalising puts another character in place of. Read from the fonts and Python's table of characters.
    """
    codes = [code for code in sorted(covered()) if _is_unified(chr(code))]
    runs_of = groupby(enumerate(codes), lambda pair: pair[1] - pair[0])
    found = [[code for _place, code in run] for _key, run in runs_of]
    return len(codes), [(run[0], run[-1]) for run in found if len(run) >= LONG_RUN]


def _is_unified(char: str) -> bool:
    named = unicodedata.name(char, "").startswith(("CJK UNIFIED IDEOGRAPH-", "CJK COMPATIBILITY IDEOGRAPH-"))
    return named and not unicodedata.decomposition(char)


@cache
def compiler(template: Path, embedded: bool = False) -> typst.Compiler:
    """One for each template and the life of the process: it reads the fonts (34 MB) once. embedded: with typst's own fonts for
    signs that ours has not (≤, ∑): for what people write, not for certificates."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=embedded, font_paths=[str(FONTS)])
    return typst.Compiler(str(template), root=str(template.parent), font_paths=fonts)


_one_at_a_time = threading.Lock()


def typeset(template: Path, inputs: Mapping[str, str], *, at: datetime, standards: Sequence[str] = ()) -> bytes:
    """Return the PDF of a template with these inputs. at: the moment it says it was made; the same in, the same out."""
    with _one_at_a_time:
        return _compiled(compiler(template), inputs, at, standards)


def typeset_picture(template: Path, inputs: Mapping[str, str], *, ppi: int = 96) -> bytes:
    """Return the first page as PNG: a look at what the PDF will be."""
    with _one_at_a_time:
        pages = compiler(template).compile(format="png", ppi=ppi, sys_inputs=dict(inputs))
    return pages[0] if isinstance(pages, list) else pages


def typeset_with(template: Path, inputs: Mapping[str, str], label: str, *, at: datetime) -> tuple[bytes, list[Any]]:
    """Return the PDF of what people wrote, and the values of what the template labels so, in their order: where on which page
    something stands. A sign that no font has is drawn as an empty box."""
    with _one_at_a_time:
        made = compiler(template, embedded=True)
        return _compiled(made, inputs, at), json.loads(made.query(label, field="value"))


def _compiled(made: typst.Compiler, inputs: Mapping[str, str], at: datetime, standards: Sequence[str] = ()) -> bytes:
    return made.compile(
        format="pdf", pdf_standards=list(standards), timestamp=int(at.timestamp()), sys_inputs=dict(inputs)
    )
