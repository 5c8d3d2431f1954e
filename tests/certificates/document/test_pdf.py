"""The certificate as PDF."""

import io
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
    assert render_pdf(DOCUMENT, CREDENTIAL) == render_pdf(DOCUMENT, CREDENTIAL)


@pytest.mark.parametrize("char", list("䶮㛃琋𬭎𬱖𰻝"))
def test_rare_characters_of_names_are_there(char):
    """Characters of GB 18030-2022 that people's names have and web fonts lack."""
    assert missing_glyphs(char) == []


def test_a_character_that_cannot_be_drawn_is_refused_before_issue():
    assert missing_glyphs("王\U0001f600") == ["\U0001f600"]
    with pytest.raises(NotDrawable):
        render_pdf(replace(DOCUMENT, name="王\U0001f600"), CREDENTIAL)


def test_nothing_of_ours_calls_itself_a_state_qualification():
    with pytest.raises(NotDrawable):
        render_pdf(replace(DOCUMENT, level="国家" + "职业资格 初级"), CREDENTIAL)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "阿卜杜热合曼·阿卜杜克里木", "name_latin": "Abduraxman Abdukerim of a very long Latin name indeed"},
        {"name": "Maria Anna Theresia Musterfrau-Beispielhausen", "name_latin": ""},
        {"base": "示例省示例市示例大学技术转移与科技成果转化人才培养基地(分院)" * 2},
        {"valid_until": "", "hours": (), "cases": (), "competences": (), "is_sample": False},
    ],
)
def test_what_is_long_or_missing_still_fits_on_two_pages(changes):
    assert len(opened(replace(DOCUMENT, **changes)).pages) == 2


def test_hours_of_an_unverified_syllabus_carry_the_sample_mark(tmp_path):
    import shutil
    import subprocess

    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not installed")
    path = tmp_path / "c.pdf"
    path.write_bytes(render_pdf(DOCUMENT, CREDENTIAL))
    text = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout
    assert "陈䶮样" in text
    assert "TM-J-4K7QX-93HPB-T" in text
    assert "示例" in text
    path.write_bytes(render_pdf(replace(DOCUMENT, hours_verified=True, is_sample=False), CREDENTIAL))
    text = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout
    assert "大纲学时为示例" not in text
