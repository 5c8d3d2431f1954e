"""Uploads: taken by content, not by name; disguises, bombs and locked archives refused; served for saving only."""

import hashlib
import io
import zipfile

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from lms.lib import uploads
from lms.lib.uploads import check_upload, serve_attachment

LIMIT = 1024 * 1024
PDF = b"%PDF-1.7\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF"
EXE = b"MZ\x90\x00\x03\x00\x00\x00"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"


def archive(*names: str, content: bytes = b"x", encrypted: bool = False) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name in names:
            made.writestr(name, content)
    data = buffer.getvalue()
    # Bit 0 of the flags in the local header and in the directory says "encrypted".
    return data.replace(b"\x14\x00\x00\x00\x08\x00", b"\x14\x00\x01\x00\x08\x00") if encrypted else data


DOCX = archive("[Content_Types].xml", "word/document.xml")
XLSX = archive("[Content_Types].xml", "xl/workbook.xml")


def check(name: str, content: bytes, limit: int = LIMIT):
    return check_upload(SimpleUploadedFile(name, content), max_bytes=limit)


@pytest.mark.parametrize(
    ("name", "content", "extension"),
    [
        ("report.pdf", PDF, "pdf"),
        ("REPORT.PDF", PDF, "pdf"),
        ("chart.png", PNG, "png"),
        ("photo.jpeg", JPG, "jpg"),
        ("技术需求说明书.docx", DOCX, "docx"),
        ("budget.xlsx", XLSX, "xlsx"),
        ("slides.pptx", archive("[Content_Types].xml", "ppt/presentation.xml"), "pptx"),
        ("notes.txt", "需求翻译：一氧化碳浓度".encode(), "txt"),
        ("old.txt", "国产软件的旧编码".encode("gb18030"), "txt"),
        ("long.txt", ("界" * 5000).encode(), "txt"),  # the first piece ends in the middle of a character
        ("mz.txt", b"MZ is how this text begins", "txt"),
        ("table.csv", "项目,数值\r\n流量,3\r\n".encode("utf-8-sig"), "csv"),
        ("bundle.zip", archive("a.pdf", "photos/b.jpeg"), "zip"),
    ],
)
def test_it_works(name, content, extension):
    checked = check(name, content)
    assert checked.extension == extension
    assert checked.size == len(content)
    assert checked.sha256 == "sha256:" + hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("report.pdf", EXE),
        ("report.pdf", b"<html><script>alert(1)</script>"),
        ("photo.jpg", PNG),
        ("photo.png", SVG),
        ("notes.txt", b"<!DOCTYPE html><p>"),
        ("notes.txt", b"  <SVG onload=alert(1)>"),
        ("notes.txt", EXE),
        ("table.csv", b"\xff\xfe\x00\x01"),
        ("report.docx", PDF),
        ("report.docx", XLSX),
        ("report.docx", b"PK\x03\x04 and then nothing"),
        ("macro.docx", archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")),
        ("report.docx", archive("[Content_Types].xml", "word/document.xml", "../../etc/cron.d/x")),
        ("report.docx", archive("[Content_Types].xml", "word/document.xml", "..\\..\\x")),
        ("bundle.zip", archive("setup.exe")),
        ("bundle.zip", archive("page.html")),
        ("bundle.zip", archive("inner.zip")),
        ("bundle.zip", archive()),
        ("bundle.zip", archive("a.pdf", encrypted=True)),
    ],
)
def test_disguised_files_are_refused(name, content):
    with pytest.raises(ValidationError) as refusal:
        check(name, content)
    assert refusal.value.code == "disguised"


@pytest.mark.parametrize("name", ["run.exe", "page.html", "drawing.svg", "script.js", "noextension", ".pdf", ""])
def test_other_types_are_refused_whatever_they_hold(name):
    with pytest.raises(ValidationError) as refusal:
        check_upload(_named(name, PDF), max_bytes=LIMIT)
    assert refusal.value.code == "type"


def _named(name: str, content: bytes) -> SimpleUploadedFile:
    upload = SimpleUploadedFile("x", content)
    upload._name = name  # Django's own setter would refuse or shorten some of them
    return upload


def test_empty_and_oversized_files_are_refused():
    for content, code in [(b"", "empty"), (PDF + b"0" * LIMIT, "too_large")]:
        with pytest.raises(ValidationError) as refusal:
            check("report.pdf", content)
        assert refusal.value.code == code


def test_bombs_are_refused(monkeypatch):
    monkeypatch.setattr(uploads, "MAX_UNPACKED", 10_000)
    bomb = archive("[Content_Types].xml", "word/document.xml", content=b"0" * 100_000)
    assert len(bomb) < 2_000
    with pytest.raises(ValidationError):
        check("bomb.docx", bomb)
    monkeypatch.setattr(uploads, "MAX_ENTRIES", 3)
    with pytest.raises(ValidationError):
        check("many.docx", archive("[Content_Types].xml", "word/document.xml", "word/a", "word/b"))


@pytest.mark.parametrize("name", ["../../etc/passwd.pdf", "C:\\Users\\me\\passwd.pdf", "a/b\x00/passwd.pdf"])
def test_folders_in_names_are_dropped(name):
    assert check_upload(_named(name, PDF), max_bytes=LIMIT).name == "passwd.pdf"


def test_the_file_can_be_read_afterwards():
    upload = SimpleUploadedFile("bundle.zip", archive("a.pdf"))
    check_upload(upload, max_bytes=LIMIT)
    assert upload.read(2) == b"PK"


def test_files_are_served_for_saving_never_for_showing():
    response = serve_attachment(io.BytesIO(b"<html>"), "需求说明书.docx", "text/html")
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%E9%9C%80")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "private, no-store"
