"""How the shipped fonts were made: Noto Serif CJK SC (SIL Open Font License), cut down with fontTools.

    python lms/lib/fonts/make_subset.py /usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc

The regular weight keeps every Han character of the source (names!), Latin letters with accents, digits and
punctuation; kana, hangul, vertical forms and the layout features that certificates don't use are left out. The names
of the fonts are changed, as the licence asks for modified versions that a reserved name would cover.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection

HERE = Path(__file__).resolve().parent
FACE = "Noto Serif CJK SC"
FAMILY = "LMS Certificate Serif"
RANGES = [
    (0x0020, 0x024F), (0x02B0, 0x02FF), (0x1E00, 0x1EFF), (0x2000, 0x206F), (0x20A0, 0x20BF), (0x2100, 0x218F),
    (0x2190, 0x21FF), (0x2460, 0x24FF), (0x2500, 0x25FF), (0x3000, 0x303F), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF), (0xFE30, 0xFE4F), (0xFF00, 0xFF60), (0x20000, 0x3FFFF),
]  # fmt: skip


def main(source: str) -> None:
    collection = TTCollection(source)
    font = next(face for face in collection.fonts if face["name"].getDebugName(4).startswith(FACE))
    wanted = [code for code in font.getBestCmap() if any(low <= code <= high for low, high in RANGES)]
    options = subset.Options()
    options.layout_features = ["kern", "palt", "locl", "mark"]
    options.hinting = False
    options.desubroutinize = False
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID in (1, 3, 4, 6, 16):
            record.string = FAMILY if record.nameID != 6 else FAMILY.replace(" ", "")
    font.save(HERE / "LMSCertificateSerif-Regular.otf")


if __name__ == "__main__":
    main(sys.argv[1])
