"""How the two fonts for rare characters of names were made, of what the first font lacks.

    python lms/lib/fonts/make_rare.py NotoSerifCJK-Regular.ttc HanaMinB.ttf

The supplement holds the characters of the unified block and of extension A that Noto Serif CJK SC gained with 2.003: the same
design, a few kilobytes. The first font isn't made anew from that release, so that old certificates' bytes stay as they are.
The other holds the extensions B to F of Hanazono Mincho B (2017-09-04) without what the first font draws. Its outlines are
polygons; they are written point by point in the compact form (CFF), and parts that recur are shared (cffsubr, wanted only
here), which takes two fifths off. Both sources are under the SIL Open Font License; the names are changed, as it asks.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

import cffsubr
from fontTools import subset
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.ttLib import TTCollection, TTFont

HERE = Path(__file__).resolve().parent
FIRST = HERE / "LMSCertificateSerif-Regular.otf"
FACE = "Noto Serif CJK SC"
LATE = [*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000)]
EXTENSIONS = range(0x20000, 0x2EBF0)
LICENCE = "This Font Software is licensed under the SIL Open Font License, Version 1.1."
ADDRESS = "https://openfontlicense.org"
NOTICE = "Copyright (c) 2011, GlyphWiki Project (kamichi@fonts.jp). A modified version."


def named(family: str) -> dict[str, str]:
    return {
        "familyName": family, "styleName": "Regular", "uniqueFontIdentifier": family, "fullName": family,
        "psName": family.replace(" ", "") + "-Regular", "licenseDescription": LICENCE, "licenseInfoURL": ADDRESS,
    }  # fmt: skip


def make_supplement(source: str, have: Iterable[int]) -> None:
    family = "LMS Certificate Serif Supplement"
    font = next(face for face in TTCollection(source).fonts if face["name"].getDebugName(4).startswith(FACE))
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.desubroutinize = True
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=(set(font.getBestCmap()) & set(LATE)) - set(have))
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID in (1, 3, 4, 6, 16):
            record.string = family if record.nameID != 6 else named(family)["psName"]
    cff = font["CFF "].cff
    cff.fontNames, cff[0].FullName, cff[0].FamilyName = [named(family)["psName"]], family, family
    font.recalcTimestamp = False
    font.save(HERE / "LMSCertificateSerifSupplement-Regular.otf")


def make_rare_han(source: str, have: Iterable[int]) -> None:
    family = "LMS Certificate Rare Han"
    font = TTFont(source)
    cmap, glyphs, hhea, os2 = font.getBestCmap(), font.getGlyphSet(), font["hhea"], font["OS/2"]
    chosen = {code: f"u{code:05X}" for code in sorted(set(cmap) & set(EXTENSIONS) - set(have))}
    sources = {".notdef": ".notdef"} | {name: cmap[code] for code, name in chosen.items()}
    advances = {name: font["hmtx"][old][0] for name, old in sources.items()}
    drawn = {}
    for name, old in sources.items():
        pen = T2CharStringPen(advances[name], glyphs)
        glyphs[old].draw(pen)
        drawn[name] = pen.getCharString()
    made = FontBuilder(font["head"].unitsPerEm, isTTF=False)
    made.setupGlyphOrder(list(sources))
    made.setupCharacterMap(chosen)
    made.setupCFF(named(family)["psName"], {"FullName": family, "FamilyName": family}, drawn, {})
    made.setupHorizontalMetrics({name: (width, 0) for name, width in advances.items()})
    made.setupHorizontalHeader(ascent=hhea.ascent, descent=hhea.descent)
    made.setupNameTable(named(family) | {"version": "2017-09-04", "copyright": NOTICE})
    made.setupOS2(
        sTypoAscender=os2.sTypoAscender, sTypoDescender=os2.sTypoDescender, usWinAscent=os2.usWinAscent,
        usWinDescent=os2.usWinDescent, fsType=0, panose=os2.panose,
    )  # fmt: skip
    made.setupPost(keepGlyphNames=False)
    made.font["head"].created = made.font["head"].modified = font["head"].modified
    made.font.recalcTimestamp = False
    cffsubr.subroutinize(made.font, cff_version=1, keep_glyph_names=False).save(HERE / "LMSCertificateRareHan-Regular.otf")


def main(noto: str, hanazono: str) -> None:
    have = set(TTFont(FIRST, lazy=True).getBestCmap())
    make_supplement(noto, have)
    make_rare_han(hanazono, have)


if __name__ == "__main__":
    main(*sys.argv[1:])
