"""Drawing documents with typst and the font we ship: every Han character of its source, for names and for what people write."""

import json
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst
from fontTools.ttLib import TTFont

FONTS = Path(__file__).resolve().parent / "fonts"
FONT = FONTS / "LMSCertificateSerif-Regular.otf"
FAMILY = "LMS Certificate Serif"


@cache
def covered() -> frozenset[int]:
    """The code points the font can draw."""
    return frozenset(TTFont(FONT, lazy=True).getBestCmap())


def missing_glyphs(text: str) -> list[str]:
    """Return the characters of a text that the font can't draw, each once, in order."""
    return list(dict.fromkeys(char for char in text if not char.isspace() and ord(char) not in covered()))


@cache
def compiler(template: Path, embedded: bool = False) -> typst.Compiler:
    """One for each template and the life of the process: it reads the font (16 MB) once. embedded: with typst's own fonts for
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
