"""Files without who wrote them."""

import io
import zipfile

import pikepdf
import pytest
from openpyxl import Workbook, load_workbook
from PIL import Image

from lms.lib.blindfiles import NotBlind, blind


def docx() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("docProps/core.xml", "<cp><dc:creator>王某</dc:creator><cp:lastModifiedBy>王某</cp:lastModifiedBy></cp>")
        archive.writestr("word/document.xml", '<w:ins w:author="王某" w:id="1"><w:t>正文王某</w:t></w:ins>')
        archive.writestr("word/people.xml", '<w15:person w15:author="王某"/>')
    return target.getvalue()


def test_word_files():
    with zipfile.ZipFile(io.BytesIO(blind(docx(), "docx"))) as archive:
        assert "王某" not in archive.read("docProps/core.xml").decode()
        assert archive.read("word/document.xml").decode() == '<w:ins w:author="" w:id="1"><w:t>正文王某</w:t></w:ins>'
        assert "王某" not in archive.read("word/people.xml").decode()


def test_workbooks_still_open():
    book, source = Workbook(), io.BytesIO()
    book.properties.creator = "王某"
    book.active["A1"] = 7
    book.save(source)
    again = load_workbook(io.BytesIO(blind(source.getvalue(), "xlsx")))
    assert again.active["A1"].value == 7 and again.properties.creator in (None, "")


def test_pdf():
    source = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.docinfo["/Author"] = "Wang"
        document.save(source)
    data = blind(source.getvalue(), "pdf")
    with pikepdf.open(io.BytesIO(data)) as document:
        assert len(document.pages) == 1 and "/Info" not in document.trailer
    assert b"Wang" not in data


def test_pictures():
    source = io.BytesIO()
    exif = Image.Exif()
    exif[0x013B] = "Wang"
    Image.new("RGB", (4, 4)).save(source, "JPEG", exif=exif)
    assert b"Wang" not in blind(source.getvalue(), "jpg")


BROKEN = [(b"PK", "zip"), (b"%PDF-1.4 broken", "pdf"), (b"nothing", "docx"), (b"x", "png")]


@pytest.mark.parametrize(("data", "extension"), BROKEN)
def test_what_cannot_be_read_is_not_handed_on(data, extension):
    with pytest.raises(NotBlind):
        blind(data, extension)
