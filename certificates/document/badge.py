"""The badge as a picture: PNG by Pillow, SVG with its letters as outlines of the certificate's fonts, so that it looks the
same anywhere. Plain values in, the same bytes out for the same values; the credential is baked in afterwards.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from .glyphs import runs

SIDE, MARGIN = 720, 60
INK, SOFT, TEAL, SEAL = "#16324f", "#55636f", "#1f6f78", "#b3372b"
SEAL_AT, SEAL_RADIUS = (SIDE // 2, 168), 88


@dataclass(frozen=True)
class Badge:
    level: str
    level_en: str
    name: str
    number: str
    issued_on: str
    valid_until: str
    authority: str
    is_sample: bool


@dataclass(frozen=True)
class Line:
    """Centred text; y is its baseline."""

    text: str
    size: float
    y: int
    colour: str


def _lines(badge: Badge) -> list[Line]:
    dates = badge.issued_on + (f" – {badge.valid_until}" if badge.valid_until else "")
    lines = [
        Line("技术经理人", 30, 164, SEAL),
        Line("能力等级", 24, 204, SEAL),
        Line(badge.level, 54, 358, TEAL),
        Line(badge.level_en, 24, 400, SOFT),
        Line(badge.name, 48, 488, INK),
        Line(badge.number, 26, 548, INK),
        Line(dates, 22, 588, SOFT),
        Line(badge.authority, 22, 640, SOFT),
    ]
    if badge.is_sample:
        lines.append(Line("示例 SAMPLE", 20, 676, SEAL))
    return [_fitted(line) for line in lines if line.text.strip()]


@cache
def _opened(font: Path) -> TTFont:
    return TTFont(font, lazy=True)


def glyphs_of(text: str) -> list[tuple[Path, list[str]]]:
    """The text in runs of one font, with the names of the glyphs that draw it; ".notdef" for what no font can draw."""
    cmaps = {font: _opened(font).getBestCmap() for font, _piece in runs(text)}
    return [(font, [cmaps[font].get(ord(char), ".notdef") for char in piece]) for font, piece in runs(text)]


def _width(text: str, size: float) -> float:
    return sum(
        sum(_opened(font)["hmtx"][glyph][0] for glyph in glyphs) * size / _opened(font)["head"].unitsPerEm
        for font, glyphs in glyphs_of(text)
    )


def _fitted(line: Line) -> Line:
    text = " ".join(line.text.split())
    width = _width(text, line.size)
    return Line(text, line.size * min(1, (SIDE - 2 * MARGIN) / width), line.y, line.colour)


def _outlined(line: Line) -> Iterator[str]:
    """A line as SVG, one path for each letter that has an outline."""
    at = (SIDE - _width(line.text, line.size)) / 2
    for path, glyphs in glyphs_of(line.text):
        font = _opened(path)
        outlines, scale = font.getGlyphSet(), line.size / font["head"].unitsPerEm
        for glyph in glyphs:
            pen = SVGPathPen(outlines, ntos=lambda value: f"{value:g}")
            outlines[glyph].draw(pen)
            if outline := pen.getCommands():
                move = f"translate({at:.2f} {line.y}) scale({scale:.5f} {-scale:.5f})"
                yield f'<path transform="{move}" fill="{line.colour}" d="{outline}"/>'
            at += font["hmtx"][glyph][0] * scale


def draw_svg(badge: Badge) -> str:
    (x, y), r = SEAL_AT, SEAL_RADIUS
    parts = [
        f'<rect x="8" y="8" width="{SIDE - 16}" height="{SIDE - 16}" rx="36" fill="#ffffff" stroke="{INK}" stroke-width="6"/>',
        f'<rect x="24" y="24" width="{SIDE - 48}" height="{SIDE - 48}" rx="24" fill="none" stroke="{SEAL}" stroke-width="2"/>',
        f'<circle cx="{x}" cy="{y}" r="{r}" fill="#ffffff" stroke="{SEAL}" stroke-width="5"/>',
    ]
    for line in _lines(badge):
        parts.extend(_outlined(line))
    title = f"<title>{escape(f'{badge.level} {badge.name} {badge.number}')}</title>"
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" width="{SIDE}" height="{SIDE}">'
    return opening + title + "".join(parts) + "</svg>\n"


def _write(draw: ImageDraw.ImageDraw, line: Line) -> None:
    """A line at twice the size. In one font it is centred as a whole; in several each run stands where the one before ended."""
    pieces = [
        (piece, ImageFont.truetype(str(font), 2 * line.size, layout_engine=ImageFont.Layout.BASIC))
        for font, piece in runs(line.text)
    ]
    if len(pieces) == 1:
        [(text, font)] = pieces
        draw.text((SIDE, 2 * line.y), text, fill=line.colour, font=font, anchor="ms")
        return
    at = SIDE - sum(font.getlength(piece) for piece, font in pieces) / 2
    for piece, font in pieces:
        draw.text((at, 2 * line.y), piece, fill=line.colour, font=font, anchor="ls")
        at += font.getlength(piece)


def draw_png(badge: Badge) -> bytes:
    """Drawn at twice the size and halved, so that curves are smooth."""
    picture = Image.new("RGB", (2 * SIDE, 2 * SIDE), "#ffffff")
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((16, 16, 2 * SIDE - 16, 2 * SIDE - 16), 72, outline=INK, width=12)
    draw.rounded_rectangle((48, 48, 2 * SIDE - 48, 2 * SIDE - 48), 48, outline=SEAL, width=4)
    (x, y), r = SEAL_AT, SEAL_RADIUS
    draw.ellipse((2 * (x - r), 2 * (y - r), 2 * (x + r), 2 * (y + r)), outline=SEAL, width=10)
    for line in _lines(badge):
        _write(draw, line)
    buffer = io.BytesIO()
    picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS).quantize(64, dither=Image.Dither.NONE).save(buffer, "PNG")
    return buffer.getvalue()
