"""Rare characters of names: which ones are drawn, by which font, and that a name without them is drawn as ever."""

import hashlib
import io
import re
import unicodedata
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pikepdf
import pytest
import typst
from fontTools.cffLib import CFFFontSet
from fontTools.pens.recordingPen import RecordingPen
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.ttLib import TTFont
from PIL import ImageDraw

from assessments.takeaway.draw import TEMPLATE as WORK
from certificates.document.badge import Badge, draw_png, draw_svg, glyphs_of
from certificates.document.glyphs import code_named, drawn_ranges, has_private
from certificates.document.render import TEMPLATE, CertificateDocument, _inputs, render_pdf, render_preview
from lms.lib.typesetting import FAMILIES, FONT, FONTS, RARE, covered, font_for, han_covered, missing_glyphs, runs
from tests.certificates.document.test_pdf import CREDENTIAL, DOCUMENT, LONG, pages_of

SUPPLEMENT, HAN = RARE
DOCS = Path(__file__).resolve().parents[3] / "docs" / "credentials.md"
BADGE = Badge(
    level="初级技术经理人", level_en="Junior technology manager", name="陈䶮样", number="TM-J-4K7QX-93HPB-T",
    issued_on="2026-10-07", valid_until="2029-10-07", authority="示例主管机构", is_sample=True,
)  # fmt: skip
# The Han characters of GB 18030-2022: the unified block as of Unicode 11, extensions A to F as of Unicode 10, and the twelve
# unified ones among the compatibility characters. The standard counts 87,887.
STANDARD = [
    *range(0x3400, 0x4DB6), *range(0x4E00, 0x9FF0), *range(0x20000, 0x2A6D7), *range(0x2A700, 0x2B735), *range(0x2B740, 0x2B81E),
    *range(0x2B820, 0x2CEA2), *range(0x2CEB0, 0x2EBE1), 0xFA0E, 0xFA0F, 0xFA11, 0xFA13, 0xFA14, 0xFA1F, 0xFA21, 0xFA23, 0xFA24,
    0xFA27, 0xFA28, 0xFA29,
]  # fmt: skip
MIXED = "𠮷鿭野䶮𪚥𮧵𫟷鿮"  # three fonts, in turns


def named(name: str) -> CertificateDocument:
    return replace(DOCUMENT, name=name)


def test_every_han_character_of_the_standard_is_drawn():
    assert len(STANDARD) == 87_887
    assert missing_glyphs("".join(map(chr, STANDARD))) == []


@pytest.mark.parametrize(
    ("chars", "font"),
    [
        ("㛃𠮷𨱏𬭊𬱖", FONT), ("鿫鿬鿭鿮鿯", SUPPLEMENT), ("鿰鿿䶶䶿", SUPPLEMENT),
        ("𡏃𢒉𪚥", HAN), ("𪜀𫜴", HAN), ("𫝀𫠝𫟷", HAN), ("𫠡𬺡", HAN), ("𬺰𮧵𮯠", HAN),  # extensions B to F
    ],
)  # fmt: skip
def test_each_is_drawn_by_the_first_font_that_can(chars, font):
    assert [font_for(char) for char in chars] == [font] * len(chars)
    assert [name for _font, names in glyphs_of(chars) for name in names if name == ".notdef"] == []


def test_no_font_repeats_what_an_earlier_one_draws():
    """So the files hold no more than serves, and the order decides nothing but which font is asked first."""
    sizes = [len(TTFont(font, lazy=True).getBestCmap()) for font in FAMILIES.values()]
    assert sum(sizes) == len(covered())
    assert sum(font.stat().st_size for font in RARE) < 20_000_000


def test_families_are_what_the_files_and_the_templates_call_them():
    for family, font in FAMILIES.items():
        assert TTFont(font, lazy=True)["name"].getDebugName(1) == family
    line = "#let fonts = (" + ", ".join(f'"{family}"' for family in FAMILIES) + ")"
    assert all(line in template.read_text() for template in (TEMPLATE, WORK))


def test_runs():
    assert list(runs("陈样")) == [(FONT, "陈样")]
    assert [piece for _font, piece in runs(MIXED)] == ["𠮷", "鿭", "野䶮", "𪚥𮧵𫟷", "鿮"]
    assert list(runs("王\ue000 Li")) == [(FONT, "王\ue000 Li")]
    assert list(runs("")) == []


def test_the_text_of_the_pdf_has_them(tmp_path):
    first, record = pages_of(tmp_path, named(MIXED))
    assert MIXED in first and MIXED in record


def drawn_outlines(raw: bytes) -> dict[str, set[tuple]]:
    """What each character of the PDF's pages looks like: the outlines of the glyphs that its text operators name."""
    found: dict[str, set[tuple]] = {}
    for page in pikepdf.open(io.BytesIO(raw)).pages:
        fonts = {}
        for key, font in page.Resources.Font.items():
            outlines = CFFFontSet()
            outlines.decompile(io.BytesIO(font.DescendantFonts[0].FontDescriptor.FontFile3.read_bytes()), None)
            said = re.findall(rb"<([0-9a-fA-F]{4})> <([0-9a-fA-F]+)>", font.ToUnicode.read_bytes())
            fonts[key] = (outlines[0], {int(cid, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for cid, text in said})
        for operands, operator in pikepdf.parse_content_stream(page):
            if str(operator) == "Tf":
                outlines, texts = fonts[str(operands[0])]
            if str(operator) not in ("Tj", "TJ"):
                continue
            parts = operands[0] if str(operator) == "TJ" else operands
            shown = b"".join(bytes(part) for part in parts if isinstance(part, pikepdf.String))
            for place in range(0, len(shown), 2):
                cid = int.from_bytes(shown[place : place + 2], "big")
                assert cid != 0, "an empty box"
                pen = RecordingPen()
                outlines.CharStrings[f"cid{cid:05d}"].draw(pen)
                found.setdefault(texts[cid], set()).add(tuple(pen.value))
    return found


def outline(char: str) -> tuple:
    """A character as the font that ships draws it."""
    font, pen = TTFont(font_for(char), lazy=True), RecordingPen()
    font.getGlyphSet()[font.getBestCmap()[ord(char)]].draw(pen)
    return tuple(pen.value)


def test_the_pdf_draws_the_very_glyphs_of_the_fonts():
    drawn = drawn_outlines(render_pdf(named(MIXED), CREDENTIAL))
    assert {char: drawn[char] for char in MIXED} == {char: {outline(char)} for char in MIXED}


def test_it_stays_pdf_a_with_every_font_embedded():
    pdf = pikepdf.open(io.BytesIO(render_pdf(named(MIXED), CREDENTIAL)))
    with pdf.open_metadata() as meta:
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "B")
    fonts = [font.DescendantFonts[0].FontDescriptor for font in pdf.pages[0].Resources.Font.values()]
    assert len(fonts) == 3 and all("/FontFile3" in font for font in fonts)
    assert list(pdf.attachments) == ["credential.json"]


def test_the_pdf_holds_only_the_glyphs_it_needs():
    assert len(render_pdf(named(MIXED), CREDENTIAL)) < len(render_pdf(DOCUMENT, CREDENTIAL)) + 20_000


@pytest.mark.parametrize("changes", [{}, LONG, {"name": "陈㛃𬭎𬱖"}])
def test_a_name_without_them_is_drawn_byte_for_byte_as_before(tmp_path, changes):
    """Against the certificate of before: the first font alone, and a template that knows no other."""
    document = replace(DOCUMENT, **changes)
    (tmp_path / FONT.name).symlink_to(FONT)
    template = tmp_path / "before.typ"
    template.write_text(re.sub(r"(?m)^#let fonts = .*$", f'#let fonts = "{next(iter(FAMILIES))}"', TEMPLATE.read_text()))
    moment, inputs = _inputs(document)
    before = typst.Compiler(
        str(template), root=str(tmp_path),
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(tmp_path)]),
    )  # fmt: skip
    told = {"pdf_standards": ["a-3b"], "timestamp": int(moment.timestamp())}
    drawn = before.compile(format="pdf", sys_inputs=inputs | {"credential": CREDENTIAL.decode()}, **told)
    assert drawn == render_pdf(document, CREDENTIAL)
    assert before.compile(format="png", ppi=96, sys_inputs=inputs | {"credential": "{}"})[0] == render_preview(document)


def test_the_fonts_are_those_that_earlier_certificates_were_drawn_with():
    """Another file gives another PDF: a font that is to draw more comes as a further one."""
    assert {font.stem.removesuffix("-Regular"): hashlib.sha256(font.read_bytes()).hexdigest() for font in FAMILIES.values()} == {
        "LMSCertificateSerif": "ddab3146703bc9d8f6ab1431696e0ac555624d290c92c3e4c63a1370c195dc29",
        "LMSCertificateSerifSupplement": "b0b77dfe73ba551d1d9c1fd999f45c8e8893121b29cb372242318dc63560b0e3",
        "LMSCertificateRareHan": "1df8f58fdfbda090a2bf86d7d5334c9ec1c5f2a95c3b3c26fb8a72f99b9dbf79",
    }


@pytest.mark.parametrize("name", ["陈䶮样", LONG["name"], "AVATAR Tö 陈，（Wa）"])
def test_a_badge_without_them_is_drawn_as_before(monkeypatch, name):
    badge = replace(BADGE, name=name)
    now = draw_png(badge), draw_svg(badge)
    monkeypatch.setattr("certificates.document.badge.runs", lambda text: [(FONT, text)])
    assert (draw_png(badge), draw_svg(badge)) == now


def test_the_badge_as_svg_draws_the_very_glyphs_of_the_fonts():
    """Eight letters, eight outlines, none of an empty box; they stand one beside the other, centred, of one size."""
    plain, rare = (ElementTree.fromstring(draw_svg(replace(BADGE, name=name))) for name in ("陈" * len(MIXED), MIXED))
    path = "{http://www.w3.org/2000/svg}path"
    changed = [(a.attrib, b.attrib) for a, b in zip(plain.iter(path), rare.iter(path), strict=True) if a.attrib != b.attrib]
    assert len(changed) == len(MIXED)
    empty = {outline_path(font, ".notdef") for font in FAMILIES.values()}
    names = [(font, name) for font, glyphs in glyphs_of(MIXED) for name in glyphs]
    assert [after["d"] for _before, after in changed] == [outline_path(font, name) for font, name in names]
    assert not empty & {after["d"] for _before, after in changed}
    assert [at(before) for before, _after in changed] == pytest.approx([at(after) for _before, after in changed], abs=0.02)


def outline_path(font: Path, glyph: str) -> str:
    glyphs = TTFont(font, lazy=True).getGlyphSet()
    pen = SVGPathPen(glyphs, ntos=lambda value: f"{value:g}")
    glyphs[glyph].draw(pen)
    return pen.getCommands()


def at(path: dict[str, str]) -> float:
    return float(re.match(r"translate\(([\d.]+) ", path["transform"])[1])


def test_the_badge_as_png_writes_each_run_with_its_font(monkeypatch):
    written = []
    text = ImageDraw.ImageDraw.text

    def noted(self, xy, text_, **said):
        written.append((Path(said["font"].path).name, text_, said["font"].getmask(text_).getbbox()))
        return text(self, xy, text_, **said)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", noted)
    draw_png(replace(BADGE, name=MIXED))
    own = [(font, piece) for font, piece, _box in written if set(piece) <= set(MIXED)]
    assert own == [(font.name, piece) for font, piece in runs(MIXED)]
    assert all(box for _font, _piece, box in written)


# Private use, not assigned, later extensions (I, G, H), an emoji.
@pytest.mark.parametrize("char", ["\ue863", "\U000f0000", "\U0002a6e0", "\U0002ebf0", "\U00030000", "\U00031350", "\U0001f600"])
def test_what_no_font_has_is_refused(char):
    assert missing_glyphs(f"𪚥{char}鿫") == [char]


def test_refused_characters_are_named_and_what_shows_nothing_by_its_code_alone():
    assert code_named("𱍐\ue000\u202e") == "𱍐 (U+31350) U+E000 U+202E"
    assert has_private("王\ue863") and not has_private("王𱍐")


def test_of_gbks_private_codes_it_is_said_what_they_stood_for():
    assert code_named("\ue863\ue81a\ue816\ue865") == "U+E863 (GBK 䶮 U+4DAE) U+E81A (GBK 㑳 U+3473) U+E816 U+E865"


def test_what_is_drawn_is_read_from_the_fonts():
    count, ranges = han_covered()
    assert all(not missing_glyphs("".join(map(chr, range(first, last + 1)))) for first, last in ranges)
    beside = [code for first, last in ranges for code in (first - 1, last + 1)]
    assert [code for code in beside if code in covered() and unified(code)] == []
    assert count >= sum(last - first + 1 for first, last in ranges) >= len(STANDARD)
    assert drawn_ranges().startswith("U+3400–U+4DBF, U+4E00–U+9FFF, U+20000–U+2A6D6, ")


def unified(code: int) -> bool:
    return unicodedata.name(chr(code), "").startswith("CJK UNIFIED")


def test_the_docs_give_the_figures_of_the_fonts():
    """Nobody keeps the table by hand: it says what the fonts say, or this fails."""
    count, ranges = han_covered()
    text = DOCS.read_text()
    rows = [f"| U+{first:04X} to U+{last:04X} | {last - first + 1:,} |" for first, last in ranges]
    assert [row for row in rows if row not in text] == []
    assert f"{count:,} unified Han characters" in text
    assert all(f"`{font.name}`, {font.stat().st_size / 1e6:.2f} MB" in text for font in FAMILIES.values())
    assert sorted(path.name for path in FONTS.glob("*.otf")) == sorted(font.name for font in FAMILIES.values())
