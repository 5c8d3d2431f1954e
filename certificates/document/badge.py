"""The badge as a picture: PNG by Pillow, SVG with its letters as outlines of the certificate's font, so that it looks the
same anywhere. Plain values in, the same bytes out for the same values; the credential is baked in afterwards.
"""

import io
from dataclasses import dataclass
from functools import cache
from xml.sax.saxutils import escape

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from .glyphs import FONT

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
def _font() -> TTFont:
    return TTFont(FONT, lazy=True)


def _advance(char: str) -> int:
    return _font()["hmtx"][_font().getBestCmap().get(ord(char), ".notdef")][0]


def _width(text: str, size: float) -> float:
    return sum(_advance(char) for char in text) * size / _font()["head"].unitsPerEm


def _fitted(line: Line) -> Line:
    text = " ".join(line.text.split())
    width = _width(text, line.size)
    return Line(text, line.size * min(1, (SIDE - 2 * MARGIN) / width), line.y, line.colour)


def draw_svg(badge: Badge) -> str:
    glyphs, cmap, em = _font().getGlyphSet(), _font().getBestCmap(), _font()["head"].unitsPerEm
    (x, y), r = SEAL_AT, SEAL_RADIUS
    parts = [
        f'<rect x="8" y="8" width="{SIDE - 16}" height="{SIDE - 16}" rx="36" fill="#ffffff" stroke="{INK}" stroke-width="6"/>',
        f'<rect x="24" y="24" width="{SIDE - 48}" height="{SIDE - 48}" rx="24" fill="none" stroke="{SEAL}" stroke-width="2"/>',
        f'<circle cx="{x}" cy="{y}" r="{r}" fill="#ffffff" stroke="{SEAL}" stroke-width="5"/>',
    ]
    for line in _lines(badge):
        at, scale = (SIDE - _width(line.text, line.size)) / 2, line.size / em
        for char in line.text:
            pen = SVGPathPen(glyphs, ntos=lambda value: f"{value:g}")
            glyphs[cmap.get(ord(char), ".notdef")].draw(pen)
            if outline := pen.getCommands():
                move = f"translate({at:.2f} {line.y}) scale({scale:.5f} {-scale:.5f})"
                parts.append(f'<path transform="{move}" fill="{line.colour}" d="{outline}"/>')
            at += _advance(char) * scale
    title = f"<title>{escape(f'{badge.level} {badge.name} {badge.number}')}</title>"
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" width="{SIDE}" height="{SIDE}">'
    return opening + title + "".join(parts) + "</svg>\n"


def draw_png(badge: Badge) -> bytes:
    """Drawn at twice the size and halved, so that curves are smooth."""
    picture = Image.new("RGB", (2 * SIDE, 2 * SIDE), "#ffffff")
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((16, 16, 2 * SIDE - 16, 2 * SIDE - 16), 72, outline=INK, width=12)
    draw.rounded_rectangle((48, 48, 2 * SIDE - 48, 2 * SIDE - 48), 48, outline=SEAL, width=4)
    (x, y), r = SEAL_AT, SEAL_RADIUS
    draw.ellipse((2 * (x - r), 2 * (y - r), 2 * (x + r), 2 * (y + r)), outline=SEAL, width=10)
    for line in _lines(badge):
        font = ImageFont.truetype(str(FONT), 2 * line.size, layout_engine=ImageFont.Layout.BASIC)
        draw.text((SIDE, 2 * line.y), line.text, fill=line.colour, font=font, anchor="ms")
    buffer = io.BytesIO()
    picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS).quantize(64, dither=Image.Dither.NONE).save(buffer, "PNG")
    return buffer.getvalue()
