"""A look at a document is made from its bytes; what is hostile, broken or strange gives none and breaks nothing."""

import io
import re
import shutil
import stat
import subprocess
import time
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from PIL import Image as Picture

from curriculum.document_preview import COLUMNS, FAILED, NONE, READY, ROWS, _run, make
from curriculum.office_parts import rebuild

poppler = pytest.mark.skipif(not shutil.which("pdftoppm"), reason="poppler-utils is not installed")
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 300]>>endobj\n"
    b"4 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 300]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


def look(name: str, data: bytes):
    return make(name, io.BytesIO(data))


def workbook(rows, *, empty_first: bool = False) -> bytes:
    book = Workbook()
    sheet = book.create_sheet("二") if empty_first else book.active
    for row in rows:
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@poppler
def test_a_pdf_gives_its_first_page_and_number_of_pages():
    made = look("form.pdf", PDF)
    assert (made.state, made.pages) == (READY, 2)
    picture = Picture.open(io.BytesIO(made.png))
    assert picture.format == "PNG" and picture.size == (made.width, made.height) == (1000, 1500)


@poppler
@pytest.mark.parametrize("data", [b"", b"%PDF-1.4 cut off", PDF.replace(b"/Kids[3 0 R 4 0 R]", b"/Kids[2 0 R]"), b"MZ" * 9])
def test_a_broken_pdf_gives_none(data):
    assert look("form.pdf", data).state == FAILED


@poppler
def test_a_page_too_large_to_draw_gives_none():
    huge = PDF.replace(b"0 0 200 300", b"0 0 1 14400")
    assert look("form.pdf", huge).state in (FAILED, READY)  # poppler's own limit, or ours of time, memory and size


def test_without_poppler_there_is_none(monkeypatch):
    monkeypatch.setattr("curriculum.document_preview.shutil.which", lambda name: None)
    assert look("form.pdf", PDF).state == NONE


def test_the_first_rows_of_the_first_sheet_that_has_any():
    rows = [["环节", "文件", None, 3.5], *[[f"第{n}行", "=1+1"] for n in range(30)]]
    made = look("table.xlsx", workbook(rows, empty_first=True))
    assert made.state == READY and len(made.rows) == ROWS and made.more
    assert made.rows[0] == ["环节", "文件", "", "3.5"] and made.rows[1][:2] == ["第0行", ""]
    assert {len(row) for row in made.rows} == {4}


def test_a_wide_table_is_cut():
    made = look("table.xlsx", workbook([list(range(20)), ["x" * 500]]))
    assert made.more and len(made.rows[0]) == COLUMNS and len(made.rows[1][0]) < 130


def test_a_workbook_that_unpacks_to_much_is_not_opened():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (41 * 1024 * 1024))
    assert look("table.xlsx", target.getvalue()).state == FAILED


def test_entities_in_a_workbook_are_not_followed():
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><workbook>&b;</workbook>'
    source, target = zipfile.ZipFile(io.BytesIO(workbook([["x"]]))), io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            archive.writestr(name, bomb if name == "xl/workbook.xml" else source.read(name))
    assert look("table.xlsx", target.getvalue()).state == FAILED


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_csv_of_any_usual_kind(encoding, mark):
    text = "\n".join(mark.join(row) for row in (["环节", "文件"], ["挖掘需求", "走访记录"], ["翻译需求", "说明书"]))
    made = look("table.csv", text.encode(encoding))
    assert made.rows == [["环节", "文件"], ["挖掘需求", "走访记录"], ["翻译需求", "说明书"]] and not made.more


def test_a_long_text_begins():
    made = look("note.txt", ("字" * 40_000).encode())
    assert made.state == READY and made.more and set(made.text) == {"字"}
    assert look("note.txt", b" \n ").state == FAILED


def test_office_files_need_a_converter(settings):
    settings.OFFICE_CONVERTER = ""
    assert look("letter.docx", b"PK").state == NONE


@poppler
def test_office_files_are_drawn_by_the_converter(settings, tmp_path):
    """A stand-in that is called as soffice is: --convert-to pdf --outdir FOLDER FILE."""
    (tmp_path / "sample.pdf").write_bytes(PDF)
    tool = tmp_path / "soffice"
    tool.write_text(
        "#!/bin/sh\nwhile [ $# -gt 1 ]; do [ \"$1\" = --outdir ] && folder=$2; shift; done\n"
        f'name=$(basename "$1"); cp {tmp_path}/sample.pdf "$folder/${{name%.*}}.pdf"\n'
    )  # fmt: skip
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    settings.OFFICE_CONVERTER = str(tool)
    assert look("letter.docx", letter()).pages == 2
    assert look("letter.docx", b"PK").state == FAILED
    tool.write_text("#!/bin/sh\nexit 1\n")
    assert look("letter.docx", letter()).state == FAILED


def letter(**more: str) -> bytes:
    target = io.BytesIO()
    parts = {"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>", **more}
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return target.getvalue()


def test_a_converter_is_given_nothing_that_lies_outside_the_file():
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="a" Type="{kind}/image" Target="http://127.0.0.1/x.png" TargetMode="External"/>'
        f'<Relationship Id="b" Type="{kind}/image" Target="file:///etc/hostname"/>'
        f'<Relationship Id="c" Type="{kind}/attachedTemplate" Target="../../../../etc/x.dotx" TargetMode="External"/>'
        f'<Relationship Id="d" Type="{kind}/image" Target="media/own.png"/>'
        f'<Relationship Id="e" Type="{kind}/hyperlink" Target="https://example.org/" TargetMode="External"/></Relationships>'
    )
    more = {"word/_rels/document.xml.rels": relations, "word/afchunk.html": "<img src='file:///x'>",
            "word/media/own.png": "p",
            "mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "x", "word/embeddings/o.bin": "o"}  # fmt: skip
    target = io.BytesIO()
    rebuild("docx", io.BytesIO(letter(**more)), target)
    with zipfile.ZipFile(target) as archive:
        assert set(archive.namelist()) == {
            "[Content_Types].xml", "word/document.xml", "word/_rels/document.xml.rels", "word/media/own.png",
        }  # fmt: skip
        kept = archive.read("word/_rels/document.xml.rels").decode()
    assert re.findall(r'Id="(.)"', kept) == ["d", "e"]


def test_what_a_tool_started_ends_with_it(tmp_path):
    """soffice is a script that starts another program; out of time, both are gone."""
    script = f"(sleep 2; touch {tmp_path}/late) & sleep 60"
    with pytest.raises(subprocess.TimeoutExpired):
        _run(["sh", "-c", script], tmp_path, seconds=1)
    time.sleep(2)
    assert not (tmp_path / "late").exists()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["a.csv", "a.txt", "a.xlsx"]), st.binary(max_size=300))
def test_whatever_comes_nothing_raises(name, data):
    made = look(name, data)
    assert made.state in (READY, FAILED) and "\x00" not in made.text
