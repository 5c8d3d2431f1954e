"""Films, captions, pictures and documents of a base, as small as they can be."""

import io
from pathlib import Path

from django.core.files.base import ContentFile
from PIL import Image as Picture
from wagtail.documents import get_document_model

from curriculum.document_preview import READY, Made
from curriculum.models import DocumentPreview
from curriculum.walls import collection_of

MP4 = b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 12 + bytes(range(256)) * 8
WEBM = b"\x1a\x45\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1f\x42\x86\x81\x01\x42\x82\x84webm" + b"\x01" * 500
VTT = "WEBVTT\n\n00:00.000 --> 00:02.500\n先看<i>证据</i>\n\n00:02.500 --> 00:04.000\n再说级别 &amp; 等级\n".encode()
EXAMPLES = Path(__file__).resolve().parents[2] / "curriculum" / "static" / "curriculum" / "examples"


def make_document(base, name: str, data: bytes, title: str = ""):
    document = get_document_model()(title=title or name, collection=collection_of(base), file_size=len(data))
    document.file = ContentFile(data, name=name)
    document.save()
    document.get_file_hash()
    return document


def looked_at(document, made: Made | None = None):
    """The document with a preview, as a worker leaves it."""
    target = io.BytesIO()
    Picture.new("RGB", (100, 141), "white").save(target, "PNG")
    made = made or Made(READY, pages=3, png=target.getvalue(), width=100, height=141)
    row = DocumentPreview.objects.get(document=document)
    row.note(made, of=row.file_hash)
    return document


def film(**changes):
    """The plain value of a block, without any file."""
    return {
        "title": "讲解", "file": None, "address": "", "poster": None, "captions": None, "captions_en": None,
        "transcript": "<p>文字稿</p>", "chapters": [],
    } | changes  # fmt: skip


def photo(*, orientation: int = 1, size: tuple[int, int] = (60, 40)) -> bytes:
    """A JPEG as a telephone writes it: place, device, a comment."""
    picture = Picture.new("RGB", size, "teal")
    exif = Picture.Exif()
    exif[0x010F], exif[0x0112] = "Telephone", orientation
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 14.0, 3.0), 3: "E", 4: (121.0, 29.0, 2.0)})
    target = io.BytesIO()
    picture.save(target, "JPEG", exif=exif, comment=b"secret place")
    return target.getvalue()
