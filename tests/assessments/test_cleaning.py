"""The copy that others see names no author: PDF, Office files, pictures, and what lies in a ZIP."""

import io
import zipfile

import openpyxl
import pikepdf
import pytest
from openpyxl.comments import Comment
from PIL import Image

from assessments.cleaning import clean

NAME = "王某某Wang"


def pdf(name: str = NAME) -> bytes:
    target = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(200, 300))
        document.docinfo["/Author"] = name
        with document.open_metadata() as meta:
            meta["dc:creator"] = [name]
        note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 10, 10], T=name, Contents="留")
        document.pages[0].Annots = pikepdf.Array([document.make_indirect(note), pikepdf.Dictionary(note)])
        document.save(target)
    return target.getvalue()


def test_a_pdf_forgets_its_author_and_keeps_its_pages_and_notes():
    with pikepdf.open(io.BytesIO(clean("pdf", pdf()))) as cleaned:
        assert "/Info" not in cleaned.trailer
        assert "/Metadata" not in cleaned.Root
        assert len(cleaned.pages) == 1
        notes = list(cleaned.pages[0].Annots)
        assert [str(note.Contents) for note in notes] == ["留", "留"]
        assert not any("/T" in note for note in notes)


def workbook() -> bytes:
    book, target = openpyxl.Workbook(), io.BytesIO()
    book.properties.creator = book.properties.lastModifiedBy = NAME
    book.active["A1"] = 12
    book.active["A1"].comment = Comment("批注", NAME)
    book.save(target)
    return target.getvalue()


def test_a_workbook_forgets_its_author_and_opens():
    cleaned = clean("xlsx", workbook())
    with zipfile.ZipFile(io.BytesIO(cleaned)) as archive:
        assert not [name for name in archive.namelist() if NAME.encode() in archive.read(name)]
    book = openpyxl.load_workbook(io.BytesIO(cleaned))
    assert book.active["A1"].value == 12
    assert book.active["A1"].comment.text == "批注"


def docx() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", '<Types><Override PartName="/docProps/custom.xml" ContentType="x"/></Types>')
        custom = '<Relationship Id="r" Type="http://x/custom-properties" Target="c"/>'
        archive.writestr("_rels/.rels", f"<Relationships>{custom}</Relationships>")
        archive.writestr("docProps/core.xml", f"<c><dc:creator>{NAME}</dc:creator></c>")
        archive.writestr("docProps/app.xml", f"<Properties><Company>{NAME}</Company></Properties>")
        archive.writestr("docProps/custom.xml", f"<p>{NAME}</p>")
        archive.writestr("word/document.xml", f'<w:p><w:ins w:id="1" w:author="{NAME}"><w:t>正文</w:t></w:ins></w:p>')
        archive.writestr("ppt/authors.xml", f'<p188:author id="1" name="{NAME}" initials="{NAME}" providerId="None"/>')
        archive.writestr("word/comments.xml", f'<w:comment w:author="{NAME}" w:initials="{NAME}"/>')
        who = f'<w15:presenceInfo w15:userId="{NAME}"/>'
        archive.writestr("word/people.xml", f'<w15:person w15:author="{NAME}">{who}</w15:person>')
    return target.getvalue()


def test_a_word_file_forgets_authors_of_changes_and_comments_and_keeps_its_text():
    with zipfile.ZipFile(io.BytesIO(clean("docx", docx()))) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
        assert NAME.encode() not in everything
        assert "正文".encode() in everything
        assert "docProps/custom.xml" not in archive.namelist()
        assert b"custom" not in archive.read("_rels/.rels") + archive.read("[Content_Types].xml")


def photo() -> bytes:
    target, exif = io.BytesIO(), Image.Exif()
    exif[0x013B] = "Wang"  # Artist
    Image.new("RGB", (20, 10), "red").save(target, "JPEG", exif=exif)
    return target.getvalue()


def test_a_picture_forgets_its_camera():
    cleaned = clean("jpg", photo())
    assert b"Wang" not in cleaned
    assert not Image.open(io.BytesIO(cleaned)).getexif()


def test_what_lies_in_a_zip_is_cleaned_and_named_neutrally():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(f"{NAME}/{NAME}.pdf", pdf())
        archive.writestr(f"{NAME}.jpg", photo())
    with zipfile.ZipFile(io.BytesIO(clean("zip", target.getvalue()))) as archive:
        assert archive.namelist() == ["1.pdf", "2.jpg"]
        assert b"Wang" not in archive.read("1.pdf") + archive.read("2.jpg")


@pytest.mark.parametrize("extension", ["pdf", "docx", "jpg", "zip"])
def test_what_is_broken_raises_and_gives_no_copy(extension):
    with pytest.raises(Exception):  # noqa: B017 - whatever the reader raises
        clean(extension, b"%PDF-1.4 or not")
