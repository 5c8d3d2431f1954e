"""The certificate as PDF."""

import io
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime

import pikepdf
import pytest

from certificates.document.glyphs import missing_glyphs
from certificates.document.render import CertificateDocument, HoursLine, NotDrawable, render_pdf

CREDENTIAL = '{"name": "凭证"}'.encode()
DOCUMENT = CertificateDocument(
    number="TM-J-4K7QX-93HPB-T", name="陈䶮样", name_latin="CHEN Yanyang", level="初级技术经理人",
    level_en="Junior technology manager", syllabus="培训大纲(试行)", syllabus_en="Training outline (trial)",
    syllabus_version="2020", course="初级课程", course_en="Junior course", base="示例大学培养基地",
    base_en="Sample University Base", authority="示例主管机构", authority_en="Sample Authority", issued_on="2026-10-07",
    valid_until="2029-10-07", verify_url="http://localhost:8000/v/abcdefgh12345678/",
    verify_page="http://localhost:8000/verify/", is_sample=True, hours_verified=False,
    signed_at=datetime(2026, 10, 7, 2, 3, 4, tzinfo=UTC),
    hours=(HoursLine("公共知识", "General knowledge", "6", "6"),), cases=(("需求翻译", "Translating a demand"),),
    competences=(("挖掘", "Discovery", "good"),), edition_hash="sha256:" + "a" * 64,
    credential_sha256="sha256:" + "b" * 64,
)  # fmt: skip


HOURS = tuple(HoursLine(f"模块{i}", f"Module {i}", "20", "20") for i in range(4))
LONG = {
    "name": "Maria Anna Theresia Musterfrau-Beispielhausen von und zu Langenname-Doppelstein 样样",
    "name_latin": "Maria Anna Theresia Musterfrau-Beispielhausen von und zu Langenname-Doppelstein 2",
    "base": "示例省示例市示例大学技术转移与科技成果转化人才培养基地(分院)" * 3,
    "base_en": "Sample Province Sample University Base for Training People who Transfer Technology " * 3,
    "authority": "示例省示例市科学技术行政主管部门技术转移人才培养办公室" * 3,
    "authority_en": "Sample Office of the Sample Authority for Training in Technology Transfer " * 3,
    "level": "国际化高级技术经理人（科技成果转化与跨境技术转移方向）",
    "level_en": "Senior technology manager, cross-border technology transfer and commercialisation of research",
    "course_en": "Course of the senior level on technology transfer, licensing and valuation " * 2,
    "hours": HOURS,
}


def pages_of(tmp_path, document) -> list[str]:
    """The text of each page."""
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not installed")
    path = tmp_path / "c.pdf"
    path.write_bytes(render_pdf(document, CREDENTIAL))
    text = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout
    return text.split("\f")[:-1]


def opened(document=DOCUMENT) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(render_pdf(document, CREDENTIAL)))


def test_the_credential_is_attached_unchanged():
    pdf = opened()
    assert list(pdf.attachments) == ["credential.json"]
    assert pdf.attachments["credential.json"].get_file().read_bytes() == CREDENTIAL
    assert str(pdf.Root.AF[0].AFRelationship) == "/Data"


def test_it_claims_pdf_a_3b_and_names_its_holder():
    with opened().open_metadata() as meta:
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "B")
        assert "TM-J-4K7QX-93HPB-T" in meta["dc:title"]


def test_two_pages_landscape_fonts_embedded():
    pdf = opened()
    assert len(pdf.pages) == 2
    box = pdf.pages[0].mediabox
    assert round(float(box[2])) == 842 and round(float(box[3])) == 595
    descendants = [
        font.DescendantFonts[0].FontDescriptor for page in pdf.pages for font in page.Resources.Font.values()
    ]
    assert descendants and all("/FontFile3" in d or "/FontFile2" in d for d in descendants)


def test_the_same_in_gives_the_same_bytes_out():
    """Also with another certificate drawn in between: one compiler serves them all and keeps nothing of any."""
    first = render_pdf(DOCUMENT, CREDENTIAL)
    other = render_pdf(replace(DOCUMENT, name="王㛃琋", verify_url="http://localhost:8000/v/other/"), b"{}")
    assert other != first
    assert render_pdf(DOCUMENT, CREDENTIAL) == first


def test_the_attachment_keeps_every_byte():
    credential = '{"name": "王䶮 \\"\\u00e9\\"",\r\n "x": "\t#[$]"}\n'.encode()
    pdf = pikepdf.open(io.BytesIO(render_pdf(DOCUMENT, credential)))
    assert pdf.attachments["credential.json"].get_file().read_bytes() == credential


@pytest.mark.parametrize("char", list("䶮㛃琋𬭎𬱖𰻝"))
def test_rare_characters_of_names_are_there(char):
    """Characters of GB 18030-2022 that people's names have and web fonts lack."""
    assert missing_glyphs(char) == []


def test_a_character_that_cannot_be_drawn_is_refused_before_issue():
    assert missing_glyphs("王\U0001f600") == ["\U0001f600"]
    with pytest.raises(NotDrawable):
        render_pdf(replace(DOCUMENT, name="王\U0001f600"), CREDENTIAL)


@pytest.mark.parametrize("char", ["\u202e", "\u200b", "\u0007", "\ufeff", "\ue000", "\u0301"])
def test_what_shows_nothing_or_turns_the_line_round_is_refused(char):
    """Right-to-left override, zero width space, control and private characters: a name that reads otherwise than it is."""
    assert missing_glyphs(f"王{char}") == [char]
    with pytest.raises(NotDrawable):
        render_pdf(replace(DOCUMENT, name=f"王{char}"), CREDENTIAL)


def test_a_text_is_not_markup(tmp_path):
    """What people type stays what it is: typst's own signs have no power in it."""
    strange = "#panic() *b* $x$ @a <b> \\u{41} // 注"
    assert strange in " ".join(pages_of(tmp_path, replace(DOCUMENT, course=strange))[0].split())


def test_a_line_break_in_a_title_is_a_space(tmp_path):
    assert "初级 课程" in pages_of(tmp_path, replace(DOCUMENT, course="初级\n课程"))[0]


@pytest.mark.parametrize("words", ["国家 职业\n资格", "national  vocational qualification"])
def test_forbidden_words_in_disguise(words):
    with pytest.raises(NotDrawable):
        render_pdf(replace(DOCUMENT, course=words), CREDENTIAL)


def test_nothing_of_ours_calls_itself_a_state_qualification():
    with pytest.raises(NotDrawable):
        render_pdf(replace(DOCUMENT, level="国家" + "职业资格 初级"), CREDENTIAL)


@pytest.mark.parametrize(
    "changes",
    [
        LONG,
        {"name": "阿卜杜热合曼·阿卜杜克里木", "name_latin": "Abduraxman Abdukerim of a very long Latin name indeed"},
        {"name": "Maria Anna Theresia Musterfrau-Beispielhausen", "name_latin": ""},
        {"base": "示例省示例市示例大学技术转移与科技成果转化人才培养基地(分院)" * 2},
        {"valid_until": "", "hours": (), "cases": (), "competences": (), "is_sample": False},
    ],
)
def test_what_is_long_or_missing_still_fits_on_two_pages(tmp_path, changes):
    """All of the certificate stands on the first page, in smaller print if need be."""
    document = replace(DOCUMENT, **changes)
    first, second = pages_of(tmp_path, document)
    assert document.verify_page in first
    assert "".join(second.split()).endswith("2/2")
    shown = "".join(first.split())
    for value in (document.number, document.name, document.level, document.issued_on):
        assert "".join(value.split()) in shown


def test_a_long_record_runs_on_to_further_pages(tmp_path):
    cases = tuple((f"案例{i}", f"Case {i}") for i in range(40))
    _first, *record = pages_of(tmp_path, replace(DOCUMENT, cases=cases))
    assert len(record) > 1
    assert all(DOCUMENT.number in page and "Record of study" in page for page in record)
    assert all(f"Case {i}\n" in "".join(record) for i in range(40))


def test_the_first_page_says_what_an_employer_looks_for(tmp_path):
    first, _record = pages_of(tmp_path, replace(DOCUMENT, hours=HOURS))
    for words in (
        "陈䶮样", "CHEN Yanyang", "初级技术经理人", "Junior technology manager", "TM-J-4K7QX-93HPB-T", "2020", "示例大学培养基地",
        "示例主管机构", "2026-10-07", "2029-10-07", "模块3 20", "示例 SAMPLE", "http://localhost:8000/verify/",
    ):  # fmt: skip
        assert "".join(words.split()) in "".join(first.split())


def test_hours_of_an_unverified_syllabus_carry_the_sample_mark(tmp_path):
    assert all("大纲学时为示例" in page for page in pages_of(tmp_path, DOCUMENT))
    checked = pages_of(tmp_path, replace(DOCUMENT, hours_verified=True, is_sample=False))
    assert all("大纲学时为示例" not in page and "SAMPLE" not in page for page in checked)
